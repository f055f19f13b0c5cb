/** Above the places while one is in a call and looks elsewhere. */
import { ChevronUp } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { timerText } from '../../i18n/time.ts';
import { useActions, useDesk } from '../../store/desk.ts';
import { HangUpIcon, Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import type { Conversation } from '../../store/conversations.ts';
import { callSentence } from '../status/status-sentence.ts';
import { conversationName } from './call-words.ts';
import { useConversations } from './use-conversations.ts';

export function CallBar({ conversation }: { conversation: Conversation }) {
  const { view } = useDesk();
  const { hangUp } = useActions();
  const { others } = useConversations();
  const [call] = conversation.calls;
  const problem = conversation.calls.find(({ soundProblem }) => soundProblem !== null)?.soundProblem ?? null;
  const now = useNow(250);
  const step = call.answeredAt === null ? callSentence(call) : timerText(now - call.answeredAt);
  return (
    <section className="call-bar" aria-label={en.call.region}>
      <button
        type="button"
        className="call-bar-back"
        title={en.call.unfold}
        onClick={() => view.setState({ folded: false })}
      >
        <Icon of={ChevronUp} />
        <span className="row-text">
          <span className="row-title">
            <span className="unseen">{en.call.unfold} </span>
            {conversationName(conversation)}
          </span>
          {problem === null ? (
            others.length > 0 && <span className="row-detail">{en.call.others(others.length)}</span>
          ) : (
            <span className="row-detail call-quality-warn">{problem.sentence}</span>
          )}
        </span>
        <span>{step}</span>
      </button>
      <span className="unseen" role="alert">
        {problem?.sentence}
      </span>
      <button
        type="button"
        className="call-bar-stop"
        aria-label={en.call.hangUp}
        title={en.call.hangUp}
        onClick={() => void hangUp(...conversation.calls.map(({ id }) => id))}
      >
        <HangUpIcon />
      </button>
    </section>
  );
}
