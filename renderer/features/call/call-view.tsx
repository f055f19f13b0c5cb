/** One conversation: who, how long, how good, how loud, and what one can do. A call on its own here, several in conference.tsx. */
import { ChevronDown } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { isConference, type Conversation } from '../../store/conversations.ts';
import { useActions, useDesk, useView } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Empty } from '../../ui/empty.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { HangUpIcon, Icon } from '../../ui/icon.tsx';
import { showNumber } from '../people/party.ts';
import { CallControls } from './call-controls.tsx';
import { CallCorner } from './call-corner.tsx';
import { CallKeypad } from './call-keypad.tsx';
import { CallProgress } from './call-progress.tsx';
import { conversationName, referrerWords } from './call-words.ts';
import './call.css';
import { Conference } from './conference.tsx';
import { LevelSlider } from './level-slider.tsx';
import { RedirectQuestion } from './redirect-question.tsx';
import { TransferPanel } from './transfer-panel.tsx';
import { TransferStrip } from './transfer-strip.tsx';

interface CallViewProps {
  conversation: Conversation;
  /** It can be folded away to look elsewhere. */
  foldable: boolean;
}

export function CallView({ conversation, foldable }: CallViewProps) {
  const { view } = useDesk();
  const { hangUp } = useActions();
  const panel = useView((state) => state.callPanel);
  const [call] = conversation.calls;
  const armed = useView((state) => state.escapeArmedFor === call.id);
  const heading = useRef<HTMLHeadingElement>(null);
  const transferring = panel === 'transfer';
  // The keyboard is with the call from its beginning, and again when a panel goes: digits are keys, letters are shortcuts.
  useEffect(() => {
    if (!transferring) heading.current?.focus();
  }, [transferring]);
  if (transferring) return <TransferPanel call={call} />;
  const keypad = panel === 'keypad' && !isConference(conversation);
  return (
    <div className={keypad ? 'call call-with-keypad' : 'call'}>
      {foldable && (
        <IconButton className="call-fold" word={en.call.fold} onClick={() => view.setState({ folded: true })}>
          <Icon of={ChevronDown} />
        </IconButton>
      )}
      {!isConference(conversation) && <CallCorner call={call} />}
      <div className="call-who">
        {!keypad && !isConference(conversation) && <CallPicture call={call} />}
        <h1
          className={isConference(conversation) ? 'call-name call-name-many' : 'call-name'}
          ref={heading}
          tabIndex={-1}
        >
          {conversationName(conversation)}
        </h1>
        {!isConference(conversation) && <CallNotes call={call} compact={keypad} />}
        <CallProgress conversation={conversation} compact={keypad} />
      </div>
      <CallBody conversation={conversation} keypad={keypad} />
      <CallControls conversation={conversation} />
      <button
        type="button"
        className="button button-stop"
        aria-keyshortcuts="Escape"
        title={`${en.call.hangUp} (Esc Esc)`}
        onClick={() => void hangUp(...conversation.calls.map(({ id }) => id))}
      >
        <HangUpIcon />
        {armed ? en.call.hangUpAgain : isConference(conversation) ? en.conference.endAll : en.call.hangUp}
      </button>
    </div>
  );
}

/** Between who and what one can do: the keys, a question, the conference's people, or the volumes. */
function CallBody({ conversation, keypad }: { conversation: Conversation; keypad: boolean }) {
  const [call] = conversation.calls;
  if (keypad) return <CallKeypad call={call} />;
  if (call.redirect !== null) return <RedirectQuestion call={call} />;
  return (
    <>
      {isConference(conversation) ? <Conference calls={conversation.calls} /> : <TransferStrip call={call} />}
      <div className="call-levels">
        <LevelSlider call={call} side="microphone" />
        <LevelSlider call={call} side="speaker" />
      </div>
    </>
  );
}

function CallPicture({ call }: { call: CallSnapshot }) {
  const asking = call.redirect === null;
  const ringing = call.state === 'calling' || call.state === 'ringing' || call.state === 'early';
  return <Avatar party={call.remote} size="large" ringing={ringing && asking} />;
}

/** The number, and how the call came here. */
function CallNotes({ call, compact }: { call: CallSnapshot; compact: boolean }) {
  const { remote, autoAnswered } = call;
  const notes = [referrerWords(call), autoAnswered ? en.call.autoAnswered : ''].filter((note) => note !== '');
  return (
    <>
      {remote.name !== '' && <p className="call-number">{showNumber(remote.number)}</p>}
      {!compact &&
        notes.map((note) => (
          <p key={note} className="call-note">
            {note}
          </p>
        ))}
    </>
  );
}

/** The right pane of a wide window while there is no call. */
export function NoCall() {
  return <Empty title={en.call.none} text={en.call.noneText} />;
}
