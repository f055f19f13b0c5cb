/** Switches, with their words in front or elsewhere. */
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

/** A switch whose words stand elsewhere in its row; `name` is for screen readers and the tooltip. */
export function BareSwitch({
  name,
  on,
  onChange,
}: {
  name: string;
  on: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <label className="switch" title={name}>
      <input
        type="checkbox"
        role="switch"
        checked={on}
        aria-label={name}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}
