/** Which calls ring here, and whether the small window for them stands. Pure. */
import type { CallSnapshot, PhoneSnapshot } from '../../contract/snapshot.ts';

export const ringingCalls = ({ calls }: PhoneSnapshot): CallSnapshot[] =>
  calls.filter(({ direction, state }) => direction === 'incoming' && state === 'ringing');

/** Of the calls that rang, one is being answered or is answered, here. */
export function isAnswered({ calls }: PhoneSnapshot, rang: ReadonlySet<string>): boolean {
  return calls.some(({ id, state }) => rang.has(id) && (state === 'connecting' || state === 'connected'));
}

/**
 * The small window stands while something rings that the person has not waved away, unless the phone's own window has the
 * keyboard: then its card serves.
 */
export function wantsIncomingWindow(
  ringing: readonly string[],
  { phoneFocused, waved }: { phoneFocused: boolean; waved: ReadonlySet<string> },
): boolean {
  return !phoneFocused && ringing.some((id) => !waved.has(id));
}
