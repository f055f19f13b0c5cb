/** Which calls begin to ring here, from one snapshot to the next. Pure. */
import type { CallSnapshot, PhoneSnapshot } from '../../contract/snapshot.ts';

/** Calls that ring here and are not in `known` yet. */
export function newRingingCalls(snapshot: PhoneSnapshot, known: ReadonlySet<string>): CallSnapshot[] {
  return snapshot.calls.filter(
    ({ id, direction, state }) => direction === 'incoming' && state === 'ringing' && !known.has(id),
  );
}
