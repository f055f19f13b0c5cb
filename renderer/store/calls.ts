/** Which call the window shows. It only chooses among the calls of the snapshot; their state is the engine's word. */
import type { CallSnapshot } from '../../contract/snapshot.ts';

export const isOpen = (call: CallSnapshot) => call.state !== 'ended';

/** An incoming call that waits for an answer. */
export const isIncomingRinging = (call: CallSnapshot) =>
  call.direction === 'incoming' && call.state === 'ringing';

/** Calls that one is in, oldest first: all open ones but those that still ring here. */
export const activeCalls = (calls: readonly CallSnapshot[]) =>
  calls.filter((call) => isOpen(call) && !isIncomingRinging(call));

/** The call that the call view shows: the newest one that one is in. */
export const shownCall = (calls: readonly CallSnapshot[]) => activeCalls(calls).at(-1);

export const incomingCall = (calls: readonly CallSnapshot[]) => calls.find(isIncomingRinging);

/** True for a call whose ringing must be made here: the far side sends no sound of its own. */
export const wantsRingback = (call: CallSnapshot) =>
  call.direction === 'outgoing' && call.state === 'ringing';
