/** The server certificates that are trusted whoever signed them, each to be forgotten again. */
import { X } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';

export function TrustedPins({
  pins,
  onChange,
}: {
  pins: readonly string[];
  onChange: (pins: readonly string[]) => void;
}) {
  if (pins.length === 0) return null;
  return (
    <div className="field">
      <span className="field-label">{en.certificate.trusted}</span>
      <ul className="pins">
        {pins.map((pin) => (
          <li key={pin} className="pin">
            <span className="certificate-fingerprint">{pin}</span>
            <IconButton
              word={en.certificate.forget(pin)}
              onClick={() => onChange(pins.filter((each) => each !== pin))}
            >
              <Icon of={X} size={18} />
            </IconButton>
          </li>
        ))}
      </ul>
    </div>
  );
}
