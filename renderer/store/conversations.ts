/** Calls as people see them: one card for a call on its own, one for those that are mixed into a conference. */
import type { CallSnapshot } from '../../contract/snapshot.ts';
import { activeCalls } from './calls.ts';

export interface Conversation {
  /** The call's id, or the conference's. */
  id: string;
  /** One, or those of the conference, oldest first. */
  calls: readonly [CallSnapshot, ...CallSnapshot[]];
}

/** What one is in, oldest first. */
export function conversations(calls: readonly CallSnapshot[]): Conversation[] {
  const found = new Map<string, [CallSnapshot, ...CallSnapshot[]]>();
  for (const call of activeCalls(calls)) {
    const id = call.conferenceId ?? call.id;
    const others = found.get(id);
    if (others === undefined) found.set(id, [call]);
    else others.push(call);
  }
  return [...found].map(([id, members]) => ({ id, calls: members }));
}

export const isConference = ({ calls }: Conversation) => calls.length > 1;

/** We have put all of it on hold. */
export const isHeldHere = ({ calls }: Conversation) => calls.every(({ hold }) => hold.local);

export const isConnected = ({ calls }: Conversation) => calls.every(({ state }) => state === 'connected');

/** Somebody speaks or is being called, and is not on hold: what the loudspeaker belongs to. */
const goesOn = (conversation: Conversation) => !isHeldHere(conversation);

/**
 * The conversation that the window shows: the one that the person chose, else the newest that goes on, else the newest.
 * `chosen` is the id of a call; it may have ended meanwhile.
 */
export function shownConversation(
  calls: readonly CallSnapshot[],
  chosen: string | null,
): Conversation | undefined {
  const all = conversations(calls);
  return (
    all.find((each) => each.calls.some(({ id }) => id === chosen)) ?? all.filter(goesOn).at(-1) ?? all.at(-1)
  );
}
