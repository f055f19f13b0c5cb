/** Asks "do you hear me?" before a call: one says a sentence, sees its level, hears it again and is told how it was. */
import { Check, Mic, TriangleAlert } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { assertNever } from '../../../contract/assert-never.ts';
import { MicrophoneCheck, type MicrophoneCheckState } from '../../audio/microphone-check.ts';
import type { MicrophoneVerdict } from '../../audio/microphone-verdict.ts';
import { en } from '../../i18n/en.ts';
import { useDesk, usePhone, useView } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { meterShare } from '../call/volume.ts';
import './microphone-check.css';

const words = en.voice.check;

export function MicrophoneCheckLine() {
  const inCall = useView(({ sound }) => sound.phase !== 'closed');
  const { state, start, stop } = useMicrophoneCheck(inCall);
  const busy = state.phase === 'asking' || state.phase === 'listening' || state.phase === 'playing';
  const again = state.phase === 'judged' || state.phase === 'refused';
  return (
    <div className="microphone-check" role="group" aria-label={words.title}>
      <p>{words.title}</p>
      <p className="switch-detail">{inCall ? words.inCall : words.text}</p>
      <Level state={state} />
      <div role="status">
        <Finding state={state} />
      </div>
      <button
        type="button"
        className="button button-wide"
        aria-disabled={inCall}
        onClick={inCall ? undefined : busy ? stop : start}
      >
        <Icon of={Mic} size={18} />
        {busy ? words.stop : again ? words.again : words.start}
      </button>
    </div>
  );
}

/** A check that ends with the view that asked for it, and when a call wants the sound. */
function useMicrophoneCheck(inCall: boolean) {
  const { shell } = useDesk();
  const audio = usePhone(({ settings }) => settings.audio);
  const check = useRef<MicrophoneCheck | null>(null);
  const [state, setState] = useState<MicrophoneCheckState>({ phase: 'closed' });
  useEffect(() => {
    check.current?.configure(audio);
  }, [audio]);
  useEffect(() => {
    if (inCall) check.current?.close();
    return () => check.current?.close();
  }, [inCall]);
  const start = () => {
    check.current?.close();
    const started = new MicrophoneCheck(shell, audio, (next) => {
      if (check.current === started) setState(next);
    });
    check.current = started;
    void started.start();
  };
  const stop = () => check.current?.close();
  return { state, start, stop };
}

function Level({ state }: { state: MicrophoneCheckState }) {
  if (state.phase !== 'listening' && state.phase !== 'playing') return null;
  const share = meterShare(state.levelDb);
  return (
    <div
      className="microphone-level"
      role="meter"
      aria-label={words.level}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      style={{ '--level': share } as React.CSSProperties}
    >
      <span />
    </div>
  );
}

function Finding({ state }: { state: MicrophoneCheckState }) {
  switch (state.phase) {
    case 'closed':
      return null;
    case 'asking':
    case 'listening':
      return <p className="switch-detail">{words[state.phase]}</p>;
    case 'refused':
      return (
        <p className="field-error">
          {state.error.message} {state.error.cure}
        </p>
      );
    case 'playing':
      return (
        <>
          <Verdict verdict={state.verdict} />
          <p className="switch-detail">{words.playing}</p>
        </>
      );
    case 'judged':
      return <Verdict verdict={state.verdict} />;
    default:
      return assertNever(state);
  }
}

function Verdict({ verdict }: { verdict: MicrophoneVerdict }) {
  const good = verdict === 'good';
  const { words: sentence, cure } = words.verdicts[verdict];
  return (
    <p className={good ? 'field-note field-note-good' : 'field-note field-note-warn'}>
      <Icon of={good ? Check : TriangleAlert} size={16} />
      <span>{[sentence, cure].filter(Boolean).join(' ')}</span>
    </p>
  );
}
