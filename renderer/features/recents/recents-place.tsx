/** The calls of the past; a click or Enter calls again. */
import { Phone, PhoneIncoming, PhoneMissed, PhoneOutgoing } from 'lucide-react';
import { useState } from 'react';
import type { HistoryEntry } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { talkText, whenText } from '../../i18n/time.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Empty } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { partyName, showNumber } from '../people/party.ts';
import './recents.css';

const minuteMs = 60_000;

export function RecentsPlace() {
  const history = usePhone((snapshot) => snapshot.history);
  const { clearHistory } = useActions();
  const [missedOnly, setMissedOnly] = useState(false);
  const [sure, setSure] = useState(false);
  const now = useNow(minuteMs);
  const shown = missedOnly ? history.filter(({ outcome }) => outcome === 'missed') : history;
  const words = missedOnly
    ? { title: en.recents.noneMissed, text: en.recents.noneMissedText }
    : { title: en.recents.empty, text: en.recents.emptyText };
  return (
    <>
      <h1 className="unseen">{en.recents.title}</h1>
      <div className="segments recents-filter" role="group" aria-label={en.recents.filter}>
        <button type="button" aria-pressed={!missedOnly} onClick={() => setMissedOnly(false)}>
          {en.recents.all}
        </button>
        <button type="button" aria-pressed={missedOnly} onClick={() => setMissedOnly(true)}>
          {en.recents.missed}
        </button>
      </div>
      {shown.length === 0 ? (
        <Empty {...words} />
      ) : (
        <div className="scroll" tabIndex={-1}>
          <ul>
            {shown.map((entry) => (
              <li key={entry.id}>
                <RecentCall entry={entry} now={now} />
              </li>
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

function RecentCall({ entry, now }: { entry: HistoryEntry; now: number }) {
  const { dial } = useActions();
  const { remote, outcome, direction } = entry;
  const who = partyName(remote);
  const missed = outcome === 'missed';
  const details = [
    remote.name === '' ? '' : showNumber(remote.number),
    whenText(entry.startedAt, now),
    outcome === 'completed' ? talkText(entry.talkSeconds) : en.recents.outcome[outcome],
  ].filter((detail) => detail !== '');
  return (
    <button
      type="button"
      className="row"
      title={entry.sentence}
      onClick={() => void dial(remote.number || remote.uri, who)}
    >
      <span className="recents-icon">
        <Icon
          of={missed ? PhoneMissed : direction === 'outgoing' ? PhoneOutgoing : PhoneIncoming}
          size={18}
        />
      </span>
      <span className="row-text">
        <span className={missed ? 'row-title recents-missed' : 'row-title'}>
          <span className="unseen">{en.keypad.call} </span>
          {who}
        </span>
        <span className="row-detail">
          <span className="unseen">{en.recents[direction]} · </span>
          {details.join(' · ')}
        </span>
      </span>
      <span className="row-call">
        <Icon of={Phone} size={18} />
      </span>
    </button>
  );
}
