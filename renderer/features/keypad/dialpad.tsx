/** The twelve keys. Holding 0 gives +, where a number is being written. */
import { useRef } from 'react';
import { en } from '../../i18n/en.ts';
import './dialpad.css';
import { keys } from './key-letters.ts';

const longPressMs = 500;

interface DialpadProps {
  onKey: (digit: string) => void;
  /** True where holding 0 writes +. */
  plus: boolean;
  disabled?: boolean;
}

export function Dialpad({ onKey, plus, disabled = false }: DialpadProps) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const held = useRef(false);
  const press = (digit: string) => {
    held.current = false;
    if (digit !== '0' || !plus) return;
    timer.current = setTimeout(() => {
      held.current = true;
      onKey('+');
    }, longPressMs);
  };
  const release = () => clearTimeout(timer.current);
  const click = (digit: string) => {
    // The click that ends a long press is not a second key.
    if (!held.current) onKey(digit);
    held.current = false;
  };
  return (
    <div className="dialpad" role="group" aria-label={en.keypad.keys}>
      {keys.map(({ digit, letters }) => (
        <button
          key={digit}
          type="button"
          className="dialpad-key"
          disabled={disabled}
          aria-label={spoken[digit] ?? digit}
          data-letters={letters === '+' && !plus ? '' : letters}
          title={digit === '0' && plus ? en.keypad.plus : undefined}
          onPointerDown={() => press(digit)}
          onPointerUp={release}
          onPointerLeave={release}
          onClick={() => click(digit)}
        >
          <span className="dialpad-digit">{digit === '*' ? '✱' : digit}</span>
        </button>
      ))}
    </div>
  );
}

/** Keys whose sign a screen reader does not say. */
const spoken: Record<string, string> = { '*': 'Star', '#': 'Pound' };
