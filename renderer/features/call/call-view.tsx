/** One call: who, how long, how good, how loud, and what one can do. */
import { ChevronDown } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions, useDesk, useView } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Empty } from '../../ui/empty.tsx';
import { HangUpIcon, Icon } from '../../ui/icon.tsx';
import { partyName, showNumber } from '../people/party.ts';
import { CallControls } from './call-controls.tsx';
import { CallKeypad } from './call-keypad.tsx';
import { CallProgress } from './call-progress.tsx';
import './call.css';
import { LevelSlider } from './level-slider.tsx';
import { OtherCalls } from './other-calls.tsx';

export function CallView({ call, foldable }: { call: CallSnapshot; foldable: boolean }) {
  const { view } = useDesk();
  const { hangUp } = useActions();
  const keypad = useView((state) => state.callKeypad);
  const armed = useView((state) => state.escapeArmedFor === call.id);
  const heading = useRef<HTMLHeadingElement>(null);
  // The keyboard is with the call from its beginning: digits are keys, letters are shortcuts.
  useEffect(() => heading.current?.focus(), []);
  const ringing = call.state === 'calling' || call.state === 'ringing' || call.state === 'early';
  return (
    <div className={keypad ? 'call call-with-keypad' : 'call'}>
      {foldable && (
        <button
          type="button"
          className="icon-button call-fold"
          aria-label={en.call.fold}
          title={en.call.fold}
          onClick={() => view.setState({ folded: true })}
        >
          <Icon of={ChevronDown} />
        </button>
      )}
      <div className="call-who">
        {!keypad && <Avatar party={call.remote} size="large" ringing={ringing} />}
        <h1 className="call-name" ref={heading} tabIndex={-1}>
          {partyName(call.remote)}
        </h1>
        {call.remote.name !== '' && <p className="call-number">{showNumber(call.remote.number)}</p>}
        <CallProgress call={call} compact={keypad} />
      </div>
      {keypad ? (
        <CallKeypad call={call} />
      ) : (
        <div className="call-levels">
          <LevelSlider call={call} side="microphone" />
          <LevelSlider call={call} side="speaker" />
        </div>
      )}
      <OtherCalls shown={call.id} />
      <CallControls call={call} />
      <button
        type="button"
        className="button button-stop"
        aria-keyshortcuts="Escape"
        title={`${en.call.hangUp} (Esc Esc)`}
        onClick={() => void hangUp(call.id)}
      >
        <HangUpIcon />
        {armed ? en.call.hangUpAgain : en.call.hangUp}
      </button>
    </div>
  );
}

/** The right pane of a wide window while there is no call. */
export function NoCall() {
  return <Empty title={en.call.none} text={en.call.noneText} />;
}
