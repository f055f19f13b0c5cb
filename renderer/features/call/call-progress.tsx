/** Under the name: the step that the call is at, then its timer and its quality in the last minute. */
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { timerText } from '../../i18n/time.ts';
import { useView } from '../../store/desk.ts';
import { silence } from '../../store/phone-view.ts';
import { useNow } from '../../ui/use-now.ts';
import { QualityLine } from './quality-line.tsx';
import { useHeld } from './use-held.ts';
import { speakingDb } from './volume.ts';

const timerStepMs = 250;
/** How long the warning stays after one has spoken. */
const warningHoldMs = 1_500;

export function CallProgress({ call, compact }: { call: CallSnapshot; compact: boolean }) {
  if (call.state !== 'connected' || call.answeredAt === null) {
    const asking =
      call.state === 'ended'
        ? (call.end?.sentence ?? en.status.ended)
        : en.call[call.state === 'connected' ? 'connecting' : call.state];
    return <p className="call-step">{asking}</p>;
  }
  return (
    <>
      <Timer answeredAt={call.answeredAt} />
      {!compact && <Line call={call} />}
    </>
  );
}

function Timer({ answeredAt }: { answeredAt: number }) {
  const now = useNow(timerStepMs);
  return (
    <p className="call-timer" role="timer" aria-label={en.call.timer}>
      {timerText(now - answeredAt)}
    </p>
  );
}

function Line({ call }: { call: CallSnapshot }) {
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
