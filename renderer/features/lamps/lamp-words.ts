/** A lamp in words: what somebody does, and what they say about it. */
import { assertNever } from '../../../contract/assert-never.ts';
import type { Lamp } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { partyName } from '../people/party.ts';

/** The label, else the number. */
export const lampName = ({ label, number }: Pick<Lamp, 'label' | 'number'>): string =>
  partyName({ name: label, number });

/** "On a call with Ben", "Free · away: back at two", or why nothing is known. */
export function lampSentence(lamp: Lamp): string {
  const presence =
    lamp.presence === 'unknown' || lamp.presence === 'available' ? '' : en.lamps.presence[lamp.presence];
  const said = [presence, lamp.note].filter((word) => word !== '').join(': ');
  return [stateSentence(lamp), said].filter((word) => word !== '').join(' · ');
}

function stateSentence({ state, remote, reason }: Lamp): string {
  const who = remote === null ? '' : partyName(remote);
  switch (state) {
    case 'idle':
      return en.lamps.idle;
    case 'ringing':
      return who === '' ? en.lamps.ringing : en.lamps.ringingFrom(who);
    case 'busy':
      return who === '' ? en.lamps.busy : en.lamps.busyWith(who);
    case 'held':
      return en.lamps.held;
    case 'unknown':
      return reason === '' ? en.lamps.unknown : reason;
    default:
      return assertNever(state);
  }
}
