/** Under the timer: how the line sounds, what is wrong with the sound, or why there is none. */
import { Music, RefreshCw } from 'lucide-react';
import type { CallSnapshot, SoundProblem } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useView } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { holdSentence } from './call-words.ts';
import { mosWord } from './mos-word.ts';
import { QualityLine } from './quality-line.tsx';

export function LineState({ call }: { call: CallSnapshot }) {
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

/** The last minute as a line, and under it the engine's word: a problem with its cure, else the quality. */
function Quality({ call }: { call: CallSnapshot }) {
  const minute = useView((view) => view.lines[call.id]) ?? [];
  const { soundProblem } = call;
  return (
    <>
      <QualityLine minute={minute} warn={soundProblem !== null} />
      {soundProblem === null ? <QualityWords call={call} /> : <Problem problem={soundProblem} />}
    </>
  );
}

function QualityWords({ call }: { call: CallSnapshot }) {
  const now = useView((view) => view.lines[call.id]?.at(-1));
  const mos = now?.mos ?? null;
  if (now === undefined || mos === null) return <p className="call-quality">{en.call.listening}</p>;
  const delay = now.delayMs === null ? '' : en.units.ms(now.delayMs);
  return (
    <p className="call-quality" title={en.call.qualityMeaning}>
      {en.call.quality(en.quality[mosWord(mos)], en.units.mos(mos), delay)}
    </p>
  );
}

/** Sentence and cure of more letters take three lines and more. */
const shortProblem = 80;

/** Where there is no room for the line: only what is wrong with the sound of these calls. */
export function SoundProblemNote({ calls }: { calls: readonly CallSnapshot[] }) {
  const problem = calls.find(({ soundProblem }) => soundProblem !== null)?.soundProblem ?? null;
  return problem === null ? null : <Problem problem={problem} compact />;
}

function Problem({ problem, compact = false }: { problem: SoundProblem; compact?: boolean }) {
  const { sentence, cure } = problem;
  const long = !compact && sentence.length + cure.length > shortProblem;
  return (
    <div className={long ? 'call-problem call-problem-long' : 'call-problem'} role="alert">
      <p className="call-quality call-quality-warn">{sentence}</p>
      {!compact && cure !== '' && <p className="call-cure">{cure}</p>}
    </div>
  );
}
