/** A line of text in the settings that counts with Enter or when one leaves its field. */
import { useId, useState } from 'react';

interface LineFieldProps {
  label: string;
  value: string;
  placeholder?: string;
  /** What is wrong with a text; it is not saved then. */
  problemOf?: (text: string) => string | undefined;
  onChange: (value: string) => void;
}

export function LineField({ label, value, placeholder, problemOf, onChange }: LineFieldProps) {
  const id = useId();
  /** What is being typed; null shows what is set. */
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const save = () => {
    if (typed === null) return;
    const text = typed.trim();
    const found = problemOf?.(text);
    setProblem(found);
    if (found !== undefined) return;
    if (text !== value) onChange(text);
    setTyped(null);
  };
  return (
    <div className="settings-line settings-line-stacked">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="select"
        value={typed ?? value}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={save}
        onKeyDown={({ key }) => {
          if (key === 'Enter') save();
        }}
      />
      {problem !== undefined && (
        <p className="field-error" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}
