/** Everything about a call's sound on one sheet, and the same as text for IT. */
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { CallSnapshot, QualityPoint } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone, useView } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { partyName } from '../people/party.ts';
import './call-details.css';
import { carriage, delays, factsAsText, measures, type Fact, type TwoSided } from './call-facts.ts';
import { mosWord } from './mos-word.ts';
import { QualityGraph } from './quality-graph.tsx';
import { callSecrecy } from './secrecy.ts';

const askEveryMs = 2_000;
const copiedShowsMs = 2_000;

export function CallDetails({ call, onClose }: { call: CallSnapshot; onClose: () => void }) {
  const stats = useView((view) => view.lines[call.id]?.at(-1));
  const version = usePhone((snapshot) => snapshot.version);
  const points = useQuality(call.id);
  const who = partyName(call.remote);
  const mos = stats?.mos ?? null;
  return (
    <Sheet label={en.details.title} onClose={onClose}>
      <h2 className="sheet-title">{en.details.title}</h2>
      <div className="details">
        <p className="details-note">
          {mos === null
            ? en.call.listening
            : en.details.now(who, en.quality[mosWord(mos)], en.units.mos(mos))}
        </p>
        <QualityGraph points={points} />
        <FactList facts={carriage(call, stats)} />
        <Secrecy call={call} />
        {stats !== undefined && (
          <>
            <BothEnds measures={measures(stats)} />
            <FactList facts={delays(stats)} />
          </>
        )}
        <div className="sheet-actions">
          <CopyButton text={() => factsAsText(call, { who, stats, points, version })} />
          <button type="button" className="button button-strong" onClick={onClose}>
            {en.details.close}
          </button>
        </div>
      </div>
    </Sheet>
  );
}

/** The call's quality over time, asked for again while it is looked at. */
function useQuality(callId: string): readonly QualityPoint[] {
  const { qualityOf } = useActions();
  const [points, setPoints] = useState<readonly QualityPoint[]>([]);
  useEffect(() => {
    let gone = false;
    const ask = () =>
      void qualityOf(callId).then((found) => {
        if (!gone) setPoints(found);
      });
    ask();
    const timer = setInterval(ask, askEveryMs);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [callId, qualityOf]);
  return points;
}

function Secrecy({ call }: { call: CallSnapshot }) {
  const secrecy = callSecrecy(call);
  if (secrecy === null) return null;
  return (
    <p className="details-note">
      <strong className={`secrecy-${secrecy.secrecy}`}>{secrecy.word}.</strong> {secrecy.meaning}
    </p>
  );
}

const FactList = ({ facts }: { facts: readonly Fact[] }) => (
  <dl className="details-facts">
    {facts.map(({ name, value }) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

const BothEnds = ({ measures }: { measures: readonly TwoSided[] }) => (
  <table className="details-ends">
    <thead>
      <tr>
        <td />
        <th scope="col">{en.details.here}</th>
        <th scope="col">{en.details.there}</th>
      </tr>
    </thead>
    <tbody>
      {measures.map(({ name, here, there }) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td>{here || '–'}</td>
          <td>{there || '–'}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

function CopyButton({ text }: { text: () => string }) {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  useEffect(() => {
    if (state === 'ready') return undefined;
    const timer = setTimeout(() => setState('ready'), copiedShowsMs);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    void navigator.clipboard.writeText(text()).then(
      () => setState('copied'),
      () => setState('refused'),
    );
  return (
    <>
      <button type="button" className="button" onClick={copy}>
        <Icon of={state === 'copied' ? Check : Copy} size={18} />
        {state === 'refused' ? en.details.notCopied : en.details.copy}
      </button>
      <span className="unseen" role="status">
        {state === 'copied' ? en.details.copied : ''}
      </span>
    </>
  );
}
