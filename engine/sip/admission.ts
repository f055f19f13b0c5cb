/** Whether an incoming call may ring: do not disturb and call waiting (settings `calls.*`), and why one has not. */
import type { Settings } from '../../contract/settings.ts';

/** `ring`, or why the caller hears that this phone is busy (486). */
export type Admission = 'ring' | 'do-not-disturb' | 'in-a-call';

/** Why a call came in and did not ring. Besides admission: no sound could have come of it (488). */
export type TurnedAway = Exclude<Admission, 'ring'> | 'not-encrypted' | 'no-common-codec';

/** @param inCall this person is in a call already, ringing ones included */
export function admit(calls: Settings['calls'], inCall: boolean): Admission {
  if (calls.do_not_disturb) return 'do-not-disturb';
  return inCall && !calls.call_waiting ? 'in-a-call' : 'ring';
}
