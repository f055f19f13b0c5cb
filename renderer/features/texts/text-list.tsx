/** Everybody with whom texts were exchanged, the latest first; Enter or a click opens the thread. */
import { SquarePen } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { en } from '../../i18n/en.ts';
import { whenText } from '../../i18n/time.ts';
import { useActions } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { partyName } from '../people/party.ts';
import { FreshTexts } from './fresh-texts.tsx';
import { threadName, type TextThread } from './text-threads.ts';
import './texts.css';
import { useThreads } from './use-threads.ts';

const minuteMs = 60_000;

export function TextList() {
  const threads = useThreads();
  const { openThread } = useActions();
  const now = useNow(minuteMs);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Back from a thread, whose controls are gone: the keyboard goes on in the list.
    if (document.activeElement === document.body) list.current?.focus();
  }, []);
  return (
    <>
      {threads.length === 0 ? (
        <Empty title={en.texts.empty} text={en.texts.emptyText} />
      ) : (
        <div ref={list} className="scroll" tabIndex={-1}>
          <ul aria-label={en.texts.title}>
            {threads.map((thread) => (
              <li key={threadName(thread)}>
                <ThreadRow thread={thread} now={now} onOpen={() => openThread(thread)} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="texts-new">
        <button type="button" className="button button-wide" onClick={() => openThread(null)}>
          <Icon of={SquarePen} size={18} />
          {en.texts.write}
        </button>
      </div>
    </>
  );
}

interface ThreadRowProps {
  thread: TextThread;
  now: number;
  onOpen: () => void;
}

function ThreadRow({ thread: { remote, texts, fresh }, now, onOpen }: ThreadRowProps) {
  const latest = texts.at(-1);
  if (latest === undefined) return null;
  const words = latest.direction === 'outgoing' ? en.texts.fromYou(latest.text) : latest.text;
  return (
    <button type="button" className="row" onClick={onOpen}>
      <Avatar party={remote} size="small" />
      <span className="row-text">
        <span className="row-title">{partyName(remote)}</span>
        <span className={latest.state === 'failed' ? 'row-detail texts-failed' : 'row-detail'}>
          {latest.state === 'failed' ? en.texts.state.failed : words}
        </span>
      </span>
      <span className="texts-side">
        <span className="row-detail">{whenText(latest.at, now)}</span>
        <FreshTexts count={fresh} />
      </span>
    </button>
  );
}
