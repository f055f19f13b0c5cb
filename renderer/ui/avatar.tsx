/** A person's initials in a colour of their own; a figure when there is no name. */
import { User } from 'lucide-react';
import type { Party } from '../../contract/snapshot.ts';
import { initials, personColour } from '../features/people/party.ts';
import './avatar.css';
import { Icon } from './icon.tsx';

interface AvatarProps {
  party: Pick<Party, 'name' | 'number'>;
  size: 'small' | 'large';
  /** A ring that pulses around it. */
  ringing?: boolean;
}

export function Avatar({ party, size, ringing = false }: AvatarProps) {
  const letters = initials(party.name);
  const colour = personColour(party.number);
  const names = ['avatar', `avatar-${size}`, `avatar-colour-${colour}`, ringing ? 'avatar-ringing' : ''];
  return (
    <span className={names.join(' ').trim()} aria-hidden>
      {letters === '' ? <Icon of={User} size={size === 'small' ? 18 : 34} /> : letters}
    </span>
  );
}
