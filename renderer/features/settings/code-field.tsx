/** A short code that counts with Enter or when one leaves its field. */
import { useState } from 'react';

interface CodeFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

export function CodeField({ label, value, onChange }: CodeFieldProps) {
  /** What is being typed; null shows the code as it is. */
  const [typed, setTyped] = useState<string | null>(null);
  const save = () => {
    if (typed === null) return;
    const code = typed.replace(/\s/g, '').replaceAll('✱', '*');
    if (code !== value) onChange(code);
    setTyped(null);
  };
  return (
    <label className="feature-code">
      <span>{label}</span>
      <input
        className="select"
        value={typed ?? value}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === 'Enter') save();
        }}
      />
    </label>
  );
}
