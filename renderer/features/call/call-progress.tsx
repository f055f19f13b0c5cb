/** Under the name: the step that the call is at, then its timer and its quality in the last minute, or why there is no sound. */
import { Music, RefreshCw } from 'lucide-react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { timerText } from '../../i18n/time.ts';
import { isConference, type Conversation } from '../../store/conversations.ts';
import { useView } from '../../store/desk.ts';
import { silence } from '../../store/phone-view.ts';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { holdSentence } from './call-words.ts';
import { QualityLine } from './quality-line.tsx';
import { useHeld } from './use-held.ts';
import { speakingDb } from './volume.ts';

const timerStepMs = 250;
/** How long the warning stays after one has spoken. */
const warningHoldMs = 1_500;

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
      {!compact && (isConference(conversation) ? null : <Line call={call} />)}
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

/** The line as it sounds, or why nothing does. */
function Line({ call }: { call: CallSnapshot }) {
  const hold = holdSentence(call);
  if (call.recovering) {
    return (
      <p className="call-state call-state-warn">
        <Icon of={RefreshCw} size={16} />
        {en.call.restoring}
      </p>
    );
  }
  if (hold === null) return <Quality call={call} />;
  return (
    <p className="call-state">
      {call.hold.remote && <Icon of={Music} size={16} />}
      {hold}
    </p>
  );
}

function Quality({ call }: { call: CallSnapshot }) {
  const line = useView((view) => view.lines[call.id]);
  const speaking = useView((view) => (view.levels[call.id] ?? silence).microphoneDb > speakingDb);
  const warn = useHeld(call.muted && speaking, warningHoldMs) && call.muted;
  const second = line?.seconds.at(-1);
  const words =
    second === undefined
      ? en.call.listening
      : en.call.quality(
          second.word === 'nothing' ? en.call.nothingHeard : en.call[second.word],
          second.delayMs === null ? '' : `${second.delayMs} ms`,
        );
  return (
    <>
      <QualityLine seconds={line?.seconds ?? []} warn={warn} />
      <p className={warn ? 'call-quality call-quality-warn' : 'call-quality'}>
        {warn ? <span role="alert">{en.call.mutedSpeaking}</span> : words}
      </p>
    </>
  );
}
