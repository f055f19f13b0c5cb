/** How a call ended, as one sentence in plain words. */
import { assertNever } from '../../contract/assert-never.ts';
import type { CallEnd, Party } from '../../contract/snapshot.ts';
import type { TurnedAway } from './admission.ts';
import type { CallOutcome } from './call-machine.ts';

/** What people call the far side: name, else number, else address. */
export function partyName({ name, number, uri }: Party): string {
  return name || number || uri || 'Somebody';
}

/** "12 s", "4 min", "1 h 5 min". */
export function durationWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
}

/** The sentence for a call's end. `talkMs` is undefined for a call that was never answered. */
export function endSentence(call: {
  outcome: CallOutcome;
  direction: 'outgoing' | 'incoming';
  remote: Party;
  talkMs: number | undefined;
}): string {
  const { outcome, direction, remote, talkMs } = call;
  const name = partyName(remote);
  if (outcome.error !== null) return outcome.error.message;
  if (talkMs !== undefined) {
    const after = durationWords(talkMs);
    if (outcome.transferredTo !== undefined) {
      const to = partyName(outcome.transferredTo);
      return outcome.by === 'here'
        ? `You transferred the call to ${to} after ${after}.`
        : `${name} transferred you to ${to} after ${after}.`;
    }
    if (outcome.by === 'network') return `The call ended after ${after}.`;
    return outcome.by === 'here' ? `You hung up after ${after}.` : `${name} hung up after ${after}.`;
  }
  if (outcome.answeredElsewhere) return `${name} was answered on another phone.`;
  if (outcome.status === 302) return `You sent the call from ${name} elsewhere.`;
  if (direction === 'incoming')
    return outcome.by === 'here'
      ? `You turned away the call from ${name}.`
      : `You missed a call from ${name}.`;
  return outcome.by === 'here' ? `You cancelled the call to ${name}.` : `The call to ${name} ended.`;
}

/** The sentence for a call that never rang. */
export function turnedAwaySentence(why: TurnedAway, remote: Party): string {
  const name = partyName(remote);
  switch (why) {
    case 'do-not-disturb':
      return `You missed a call from ${name}: Do not disturb was on.`;
    case 'in-a-call':
      return `You missed a call from ${name} during another call.`;
    case 'not-encrypted':
      return `You missed a call from ${name}, which was not encrypted: this account takes only encrypted ones.`;
    case 'no-common-codec':
      return `You missed a call from ${name}: the two phones have no codec in common.`;
    default:
      return assertNever(why);
  }
}

/** A call's end as it is shown. `at`, `answeredAt`: milliseconds since 1970. */
export function endOf(
  outcome: CallOutcome,
  call: { at: number; answeredAt: number | null; direction: 'outgoing' | 'incoming'; remote: Party },
): CallEnd {
  const { at, answeredAt, direction, remote } = call;
  const talkMs = answeredAt === null ? undefined : at - answeredAt;
  const { by, status, reason, error, answeredElsewhere } = outcome;
  const sentence = endSentence({ outcome, direction, remote, talkMs });
  return { at, by, status, reason, error, answeredElsewhere, sentence };
}
