/** What has been: calls, which a click or Enter calls again, and texts. */
import { useState } from 'react';
import { en } from '../../i18n/en.ts';
import { useActions, useDesk, usePhone, useView } from '../../store/desk.ts';
import type { RecentsPart } from '../../store/phone-view.ts';
import { Empty } from '../../ui/empty.tsx';
import { useNow } from '../../ui/use-now.ts';
import { NewText } from '../texts/new-text.tsx';
import { TextList } from '../texts/text-list.tsx';
import { ThreadView } from '../texts/thread-view.tsx';
import { FreshTexts } from '../texts/fresh-texts.tsx';
import { freshTexts, threadName } from '../texts/text-threads.ts';
import { RecentCall } from './recent-call.tsx';
import './recents.css';

const minuteMs = 60_000;
const parts: readonly RecentsPart[] = ['all', 'missed', 'texts'];

export function RecentsPlace() {
  const { view } = useDesk();
  const part = useView((state) => state.recentsPart);
  const thread = useView((state) => state.thread);
  const fresh = useView(({ snapshot, textsRead }) => freshTexts(snapshot?.texts ?? [], textsRead).length);
  if (part === 'texts' && thread !== null)
    return thread === 'new' ? <NewText /> : <ThreadView open={thread} key={threadName(thread)} />;
  return (
    <>
      <h1 className="unseen">{en.recents.title}</h1>
      <div className="segments recents-filter" role="group" aria-label={en.recents.filter}>
        {parts.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={part === name}
            onClick={() => view.setState({ recentsPart: name })}
          >
            {en.recents[name]}
            {name === 'texts' && <FreshTexts count={fresh} />}
          </button>
        ))}
      </div>
      {part === 'texts' ? <TextList /> : <PastCalls missedOnly={part === 'missed'} />}
    </>
  );
}

function PastCalls({ missedOnly }: { missedOnly: boolean }) {
  const history = usePhone((snapshot) => snapshot.history);
  const { clearHistory } = useActions();
  const [sure, setSure] = useState(false);
  const now = useNow(minuteMs);
  const shown = missedOnly ? history.filter(({ outcome }) => outcome === 'missed') : history;
  const words = missedOnly
    ? { title: en.recents.noneMissed, text: en.recents.noneMissedText }
    : { title: en.recents.empty, text: en.recents.emptyText };
  return (
    <>
      {shown.length === 0 ? (
        <Empty {...words} />
      ) : (
        <div className="scroll" tabIndex={-1}>
          <ul>
            {shown.map((entry) => (
              <RecentCall key={entry.id} entry={entry} now={now} />
            ))}
          </ul>
          {!missedOnly && (
            <button
              type="button"
              className={
                sure
                  ? 'button button-quiet button-wide button-alarm'
                  : 'button button-quiet button-wide recents-clear'
              }
              onBlur={() => setSure(false)}
              onClick={() => {
                setSure(!sure);
                if (sure) void clearHistory();
              }}
            >
              {sure ? en.recents.clearSure : en.recents.clear}
            </button>
          )}
        </div>
      )}
    </>
  );
}
