/** The texts with one person, and the field that sends another. */
import { ChevronLeft, Phone, SendHorizontal } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { TextMessage } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { clockText, whenText } from '../../i18n/time.ts';
import { useActions } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { partyName } from '../people/party.ts';
import { findThread, type ThreadKey } from './text-threads.ts';
import './texts.css';
import { useNames, useThreads } from './use-threads.ts';

const minuteMs = 60_000;

export function ThreadView({ open }: { open: ThreadKey }) {
  const thread = findThread(useThreads(), open);
  const name = useNames().get(open.address) ?? '';
  const remote = thread?.remote ?? { number: open.address, name, uri: '' };
  const { accountId, address } = thread ?? open;
  const { closeThread, dial, sendText, readThread } = useActions();
  const latest = thread?.texts.at(-1)?.id;
  useEffect(() => readThread({ accountId, address }), [readThread, accountId, address, latest]);
  const who = partyName(remote);
  const send = (text: string) => sendText({ accountId, address }, text);
  return (
    <>
      <header className="thread-head">
        <IconButton word={en.texts.back} onClick={closeThread}>
          <Icon of={ChevronLeft} />
        </IconButton>
        <Avatar party={remote} size="small" />
        <h1 className="thread-title">{who}</h1>
        <IconButton
          className="thread-call"
          word={en.keypad.callWho(who)}
          onClick={() => void dial(address, who, false, accountId)}
        >
          <Icon of={Phone} size={18} />
        </IconButton>
      </header>
      <Messages texts={thread?.texts ?? []} who={who} onAgain={(text) => void send(text)} />
      <Compose who={who} onSend={send} />
    </>
  );
}

interface MessagesProps {
  /** Oldest first. */
  texts: readonly TextMessage[];
  who: string;
  onAgain: (text: string) => void;
}

function Messages({ texts, who, onAgain }: MessagesProps) {
  const now = useNow(minuteMs);
  const end = useRef<HTMLLIElement>(null);
  const latest = texts.at(-1)?.id;
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [latest]);
  return (
    <div className="scroll thread" role="log" aria-label={en.texts.with(who)} tabIndex={0}>
      <ul className="thread-texts">
        {texts.map((text) => (
          <Message key={text.id} text={text} now={now} who={who} onAgain={onAgain} />
        ))}
        <li ref={end} aria-hidden />
      </ul>
    </div>
  );
}

interface MessageProps {
  text: TextMessage;
  now: number;
  who: string;
  onAgain: (text: string) => void;
}

function Message({ text: { direction, text, at, state, error }, now, who, onAgain }: MessageProps) {
  const day = whenText(at, now);
  const time = clockText(at);
  const words = [day === time ? '' : day, time, direction === 'outgoing' ? en.texts.state[state] : ''];
  return (
    <li className={`thread-text thread-text-${direction}`}>
      <p className="thread-bubble">
        <span className="unseen">{direction === 'outgoing' ? en.texts.youSaid : en.texts.said(who)} </span>
        {text}
      </p>
      <p className={state === 'failed' ? 'thread-note texts-failed' : 'thread-note'}>
        {words.filter((word) => word !== '').join(' · ')}
      </p>
      {error !== null && (
        <div className="thread-problem">
          <p className="thread-note texts-failed">
            {error.message} {error.cure}
          </p>
          <button type="button" className="button" onClick={() => onAgain(text)}>
            {en.texts.again}
          </button>
        </div>
      )}
    </li>
  );
}

/** Enter sends, Shift and Enter begins a line. What the phone refuses to send stays in the field. */
function Compose({ who, onSend }: { who: string; onSend: (text: string) => Promise<boolean> }) {
  const [text, setText] = useState('');
  const typed = text.trim();
  const send = async () => {
    if (typed === '') return;
    setText('');
    if (!(await onSend(typed))) setText((since) => (since === '' ? typed : since));
  };
  return (
    <form
      className="thread-compose"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        value={text}
        rows={1}
        maxLength={4000}
        aria-label={en.texts.field(who)}
        placeholder={en.texts.field(who)}
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <button
        type="submit"
        className="thread-send"
        aria-label={en.texts.send}
        title={`${en.texts.send} (Enter)`}
        disabled={typed === ''}
      >
        <Icon of={SendHorizontal} size={18} />
      </button>
    </form>
  );
}
