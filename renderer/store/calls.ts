/** Which calls the window speaks of. It only chooses among the calls of the snapshot; their state is the engine's word. */
import type { CallSnapshot } from '../../contract/snapshot.ts';

export const isOpen = (call: CallSnapshot) => call.state !== 'ended';

/** An incoming call that waits for an answer. */
export const isIncomingRinging = (call: CallSnapshot) =>
  call.direction === 'incoming' && call.state === 'ringing';

/** Calls that one is in, oldest first: all open ones but those that still ring here. */
export const activeCalls = (calls: readonly CallSnapshot[]) =>
  calls.filter((call) => isOpen(call) && !isIncomingRinging(call));

/** The call that has the loudspeaker: the newest one that one is in and that is not on hold here, else the newest. */
export const currentCall = (calls: readonly CallSnapshot[]) => {
  const active = activeCalls(calls);
  return active.filter(({ hold }) => !hold.local).at(-1) ?? active.at(-1);
};

/** The incoming call that Enter answers and Escape rejects: the one that rings longest. */
export const incomingCall = (calls: readonly CallSnapshot[]) => calls.find(isIncomingRinging);

/** True for a call whose ringing must be made here: the far side sends no sound of its own. */
export const wantsRingback = (call: CallSnapshot) =>
  call.direction === 'outgoing' && call.state === 'ringing';
