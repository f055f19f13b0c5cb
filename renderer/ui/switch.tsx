/** A switch with its words in front. */
import { useId } from 'react';
import './switch.css';

interface SwitchProps {
  label: string;
  detail?: string;
  on: boolean;
  onChange: (on: boolean) => void;
}

export function Switch({ label, detail, on, onChange }: SwitchProps) {
  const id = useId();
  return (
    <label className="switch">
      <span className="row-text">
        <span id={id}>{label}</span>
        {detail !== undefined && (
          <span className="switch-detail" id={`${id}-detail`}>
            {detail}
          </span>
        )}
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={on}
        aria-labelledby={id}
        aria-describedby={detail === undefined ? undefined : `${id}-detail`}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}
