/** The calls beside the shown one, as small cards: who, how they stand, and one button that brings the voice there. */
import { ArrowRightLeft, Play } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { isConnected, isHeldHere, type Conversation } from '../../store/conversations.ts';
import { useActions, useView } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { HangUpIcon, Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import './call-cards.css';
import { cardSentence, conversationName } from './call-words.ts';
import { useConversations } from './use-conversations.ts';

export function CallCards() {
  const { shown, others } = useConversations();
  // In a consultation, the strip of the transfer speaks of whoever waits (transfer-strip.tsx).
  const waiting = shown?.calls[0].consultationFor;
  const beside = others.filter(({ id }) => id !== waiting);
  if (beside.length === 0) return null;
  const talking = shown !== undefined && isConnected(shown) && !isHeldHere(shown);
  return (
    <section aria-label={en.call.otherCalls} className="call-cards">
      <ul>
        {beside.map((other) => (
          <CallCard key={other.id} conversation={other} talking={talking} />
        ))}
      </ul>
    </section>
  );
}

/** `talking`: one talks to somebody else, so that resuming this call is a swap. */
function CallCard({ conversation, talking }: { conversation: Conversation; talking: boolean }) {
  const { choose, resume, hangUp } = useActions();
  const [call] = conversation.calls;
  const callIds = conversation.calls.map(({ id }) => id);
  const since = useView(({ heldSince }) => heldSince[call.id]);
  const now = useNow(1_000);
  const who = conversationName(conversation);
  const swap = talking ? en.call.swapTo(who) : en.call.resumeWho(who);
  return (
    <li className="call-card">
      <button
        type="button"
        className="call-card-show"
        title={`${en.call.show} ${who}`}
        onClick={() => choose(call.id)}
      >
        <Avatar party={call.remote} size="small" />
        <span className="row-text">
          <span className="row-title">
            <span className="unseen">{en.call.show} </span>
            {who}
          </span>
          <span className="row-detail">{cardSentence(conversation, since, now)}</span>
        </span>
      </button>
      {isHeldHere(conversation) ? (
        <IconButton word={swap} onClick={() => void resume(call.id)}>
          <Icon of={talking ? ArrowRightLeft : Play} />
        </IconButton>
      ) : (
        <IconButton
          className="call-card-stop"
          word={en.conference.hangUp(who)}
          onClick={() => void hangUp(...callIds)}
        >
          <HangUpIcon />
        </IconButton>
      )}
    </li>
  );
}
