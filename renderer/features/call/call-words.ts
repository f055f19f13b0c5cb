/** A call in words beside its timer: hold, ours and theirs, who sent it here, and what a small card says of it. */
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { timerText } from '../../i18n/time.ts';
import { isConference, type Conversation } from '../../store/conversations.ts';
import { partyName } from '../people/party.ts';

/** Who holds whom; null while the sound flows. */
export function holdSentence({ hold, remote }: CallSnapshot): string | null {
  const who = partyName(remote);
  if (hold.pending) return hold.local ? en.hold.holding : en.hold.resuming;
  if (hold.local && hold.remote) return en.hold.both(who);
  if (hold.local) return en.hold.here(who);
  return hold.remote ? en.hold.there(who) : null;
}

/** The person, or everybody in a conference: "You, Anna and Ben". */
export function conversationName(conversation: Conversation): string {
  const names = conversation.calls.map(({ remote }) => partyName(remote));
  return isConference(conversation) ? en.call.together(names) : (names[0] ?? '');
}

/** What a small card says under the name. `since`: when the hold began; `now`: both ms since 1970. */
export function cardSentence({ calls }: Conversation, since: number | undefined, now: number): string {
  const [call] = calls;
  if (call.state !== 'connected') return en.call[call.state];
  const held = calls.every(({ hold }) => hold.local || hold.remote);
  const word = !held ? '' : call.hold.local ? en.hold.cardHere : en.hold.cardThere;
  const from = held ? since : (call.answeredAt ?? undefined);
  return [word, from === undefined ? '' : timerText(now - from)].filter(Boolean).join(' · ');
}

/** Who sent the call here, or sent us there; empty when nobody did. */
export function referrerWords({ referredBy }: CallSnapshot): string {
  if (referredBy === null) return '';
  const who = partyName(referredBy);
  return referredBy.how === 'transferred' ? en.call.transferredBy(who) : en.call.forwardedBy(who);
}
