/** What one can do in a conversation: the six keys above the red one. */
import {
  ArrowRightLeft,
  Grid3x3,
  Merge,
  Mic,
  MicOff,
  Pause,
  Play,
  UserPlus,
  type LucideIcon,
} from 'lucide-react';
import { flushSync } from 'react-dom';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { isConference, isConnected, isHeldHere, type Conversation } from '../../store/conversations.ts';
import { useActions, useDesk, usePhone, useView } from '../../store/desk.ts';
import { numberFieldId } from '../../ui/field-ids.ts';
import { Icon } from '../../ui/icon.tsx';
import { conversationName } from './call-words.ts';
import { useConversations } from './use-conversations.ts';

export function CallControls({ conversation }: { conversation: Conversation }) {
  const { view } = useDesk();
  const { mute, hold, resume } = useActions();
  const panel = useView((state) => state.callPanel);
  const [call] = conversation.calls;
  const callIds = conversation.calls.map(({ id }) => id);
  const muted = conversation.calls.every((call) => call.muted);
  const held = isHeldHere(conversation);
  const pending = conversation.calls.some((call) => call.hold.pending);
  // While the far side has not agreed yet, the key stands as it was pressed.
  const resumes = pending ? !held : held;
  const wait = isConnected(conversation) ? undefined : en.call.transferWait;
  const keypad = panel === 'keypad';
  return (
    <div className="call-controls">
      <Control
        icon={muted ? MicOff : Mic}
        word={muted ? en.call.muted : en.call.mute}
        shortcut="M"
        pressed={muted}
        onClick={() => void mute(!muted, ...callIds)}
      />
      <Control
        icon={resumes ? Play : Pause}
        word={resumes ? en.hold.resume : en.hold.hold}
        shortcut="H"
        strong={resumes}
        unavailable={pending ? (held ? en.hold.holding : en.hold.resuming) : wait}
        onClick={() => void (held ? resume(call.id) : hold(call.id))}
      />
      <Control
        icon={Grid3x3}
        word={keypad ? en.call.hideKeypad : en.call.keypad}
        pressed={keypad}
        unavailable={isConference(conversation) ? en.conference.noKeypad : undefined}
        onClick={() => view.setState({ callPanel: keypad ? null : 'keypad' })}
      />
      {!keypad && <MoreControls conversation={conversation} wait={wait} />}
    </div>
  );
}

/** What brings in somebody else. `wait`: why none of it can be done yet. */
function MoreControls({ conversation, wait }: { conversation: Conversation; wait: string | undefined }) {
  const { view } = useDesk();
  const { go, merge } = useActions();
  const { others } = useConversations();
  const mergeable = others.filter(isConnected);
  const everyone = [conversation, ...mergeable].flatMap(({ calls }) => calls.map(({ id }) => id));
  const addCall = () => {
    flushSync(() => {
      view.setState({ folded: true, target: '' });
      go('keypad');
    });
    document.getElementById(numberFieldId)?.focus();
  };
  return (
    <>
      <Control
        icon={ArrowRightLeft}
        word={en.call.transfer}
        shortcut="T"
        unavailable={
          isConference(conversation)
            ? en.conference.noTransfer
            : (wait ?? transferRuns(conversation.calls[0]))
        }
        onClick={() => view.setState({ callPanel: 'transfer' })}
      />
      <Control
        icon={UserPlus}
        word={en.call.add}
        detail={en.call.addDetail}
        unavailable={wait}
        onClick={addCall}
      />
      <Control
        icon={Merge}
        word={en.call.merge}
        detail={en.call.mergeWith(mergeable.map(conversationName))}
        unavailable={mergeable.length === 0 ? en.call.mergeAlone : wait}
        onClick={() => void merge(...everyone)}
      />
    </>
  );
}

const transferRuns = ({ transfer }: CallSnapshot) =>
  transfer === null || transfer.state === 'refused' ? undefined : en.call.transferOnItsWay;

interface ControlProps {
  icon: LucideIcon;
  word: string;
  /** What it does, where its word is not enough. */
  detail?: string;
  /** A single letter, told only while those are switched on. */
  shortcut?: string;
  pressed?: boolean;
  /** The one thing to do now. */
  strong?: boolean;
  /** Why it cannot be used; it can still be reached, so that the reason can be read. */
  unavailable?: string | undefined;
  onClick: () => void;
}

function Control({
  icon,
  word,
  detail = word,
  shortcut,
  pressed,
  strong = false,
  unavailable,
  onClick,
}: ControlProps) {
  const singleKeys = usePhone(({ settings }) => settings.interface.single_key_shortcuts);
  const key = singleKeys ? shortcut : undefined;
  return (
    <button
      type="button"
      className={strong ? 'call-control call-control-strong' : 'call-control'}
      aria-pressed={pressed}
      aria-disabled={unavailable !== undefined}
      aria-description={unavailable ?? (detail === word ? undefined : detail)}
      aria-keyshortcuts={key}
      title={unavailable ?? (key === undefined ? detail : `${detail} (${key})`)}
      onClick={unavailable === undefined ? onClick : undefined}
    >
      <Icon of={icon} />
      <span>{word}</span>
    </button>
  );
}
