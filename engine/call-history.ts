/** The entry that an ended call leaves in the call log. */
import type { CallSnapshot, HistoryEntry, Party } from '../contract/snapshot.ts';
import type { TurnedAway } from './sip/admission.ts';
import { turnedAwaySentence } from './sip/call-sentences.ts';

/** Milliseconds of a call that count as talk, from the answer to the end; 0 when it was never answered. */
function talkMilliseconds(call: CallSnapshot, endedAt: number): number {
  return call.answeredAt === null ? 0 : Math.max(0, endedAt - call.answeredAt);
}

function outcomeOf(call: CallSnapshot): HistoryEntry['outcome'] {
  if (call.answeredAt !== null) return 'completed';
  if (call.end?.answeredElsewhere === true) return 'elsewhere';
  if (call.direction === 'incoming') return call.end?.by === 'here' ? 'rejected' : 'missed';
  if (call.end?.by === 'here') return 'cancelled';
  return 'failed';
}

/** The log entry of a call that has ended, with what is left of its sound. */
export function historyEntryOf(
  call: CallSnapshot,
  now: number,
  { quality, recording }: Pick<HistoryEntry, 'quality' | 'recording'> = { quality: null, recording: '' },
): HistoryEntry {
  const endedAt = call.end?.at ?? now;
  return {
    id: call.id,
    accountId: call.accountId,
    direction: call.direction,
    remote: call.remote,
    startedAt: call.startedAt,
    answeredAt: call.answeredAt,
    endedAt,
    talkSeconds: Math.round(talkMilliseconds(call, endedAt) / 1000),
    outcome: outcomeOf(call),
    sentence: call.end?.sentence ?? '',
    quality,
    recording,
  };
}

/** The log entry of a call that was turned away before it rang: missed, with the reason. */
export function turnedAwayEntry(call: {
  id: string;
  accountId: string;
  remote: Party;
  why: TurnedAway;
  at: number;
}): HistoryEntry {
  const { id, accountId, remote, why, at } = call;
  return {
    id,
    accountId,
    direction: 'incoming',
    remote,
    startedAt: at,
    answeredAt: null,
    endedAt: at,
    talkSeconds: 0,
    outcome: 'missed',
    sentence: turnedAwaySentence(why, remote),
    quality: null,
    recording: '',
  };
}
