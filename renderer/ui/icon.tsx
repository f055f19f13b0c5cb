/** lucide's icons in the one weight that the window uses. An icon always stands beside a word or in a named control. */
import { Phone, type LucideIcon } from 'lucide-react';
import './icon.css';

export function Icon({ of: Shape, size = 20 }: { of: LucideIcon; size?: number }) {
  return <Shape size={size} strokeWidth={1.75} aria-hidden focusable={false} />;
}

/** A handset that lies down: hang up, reject. */
export function HangUpIcon() {
  return (
    <span className="icon-down">
      <Icon of={Phone} size={22} />
    </span>
  );
}
