/** lucide's icons in the one weight that the window uses. An icon always stands beside a word or in a named control. */
import type { LucideIcon } from 'lucide-react';

export function Icon({ of: Shape, size = 20 }: { of: LucideIcon; size?: number }) {
  return <Shape size={size} strokeWidth={1.75} aria-hidden focusable={false} />;
}
