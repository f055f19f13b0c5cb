/** Under the name: the step that the call is at, then its timer and how the line is. */
import { en } from '../../i18n/en.ts';
import { timerText } from '../../i18n/time.ts';
import { isConference, type Conversation } from '../../store/conversations.ts';
import { useNow } from '../../ui/use-now.ts';
import { holdSentence } from './call-words.ts';
import { LineState, SoundProblemNote } from './line-state.tsx';
import { RecordingNote } from './recording-note.tsx';

const timerStepMs = 250;

export function CallProgress({ conversation, compact }: { conversation: Conversation; compact: boolean }) {
  const [call] = conversation.calls;
  if (call.redirect !== null) return null;
  if (call.state !== 'connected' || call.answeredAt === null) {
    const asking =
      call.state === 'ended'
        ? (call.end?.sentence ?? en.status.ended)
        : en.call[call.state === 'connected' ? 'connecting' : call.state];
    return <p className="call-step">{asking}</p>;
  }
  const held = holdSentence(call) !== null;
  return (
    <>
      <Timer answeredAt={call.answeredAt} quiet={held && !isConference(conversation)} />
      {compact || isConference(conversation) ? (
        <SoundProblemNote calls={conversation.calls} />
      ) : (
        <LineState call={call} />
      )}
      <RecordingNote calls={conversation.calls} />
    </>
  );
}

function Timer({ answeredAt, quiet }: { answeredAt: number; quiet: boolean }) {
  const now = useNow(timerStepMs);
  return (
    <p
      className={quiet ? 'call-timer call-timer-quiet' : 'call-timer'}
      role="timer"
      aria-label={en.call.timer}
    >
      {timerText(now - answeredAt)}
    </p>
  );
}
