/** True while the condition is, and for a while after. */
import { useEffect, useState } from 'react';

export function useHeld(condition: boolean, holdMs: number): boolean {
  const [held, setHeld] = useState(condition);
  useEffect(() => {
    const timer = setTimeout(() => setHeld(condition), condition ? 0 : holdMs);
    return () => clearTimeout(timer);
  }, [condition, holdMs]);
  return held || condition;
}
