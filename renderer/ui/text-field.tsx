/** A labelled text field with its problem under it. */
import { useId } from 'react';
import { FieldNote, type FieldFinding } from './field-note.tsx';

interface TextFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'password';
  placeholder?: string;
  problem?: string | undefined;
  /** What was found out about the value; a problem goes before it. */
  finding?: FieldFinding | undefined;
  autoFocus?: boolean;
}

export function TextField({
  label,
  value,
  onChange,
  type = 'text',
  placeholder,
  problem,
  finding,
  autoFocus,
}: TextFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        type={type}
        value={value}
        placeholder={placeholder}
        autoComplete={type === 'password' ? 'new-password' : 'off'}
        autoFocus={autoFocus}
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? `${id}-note` : `${id}-problem`}
        onChange={(event) => onChange(event.target.value)}
      />
      {problem === undefined ? (
        <FieldNote id={`${id}-note`} finding={finding} />
      ) : (
        <p className="field-error" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}
