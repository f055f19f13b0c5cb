/** The five places at the bottom. */
import { Clock, Grid3x3, SlidersHorizontal, Users, Voicemail, type LucideIcon } from 'lucide-react';
import type { Mailbox } from '../../contract/snapshot.ts';
import { freshTexts } from '../features/texts/text-threads.ts';
import { en } from '../i18n/en.ts';
import { useActions, useView } from '../store/desk.ts';
import type { Place } from '../store/phone-view.ts';
import { Icon } from './icon.tsx';
import './places.css';

const entries: readonly { place: Place; icon: LucideIcon }[] = [
  { place: 'keypad', icon: Grid3x3 },
  { place: 'recents', icon: Clock },
  { place: 'people', icon: Users },
  { place: 'voicemail', icon: Voicemail },
  { place: 'settings', icon: SlidersHorizontal },
];

/** A mailbox that only says that something waits counts as one message. */
const newMessages = (mailbox: Mailbox | null) =>
  mailbox === null ? 0 : Math.max(mailbox.new, mailbox.waiting ? 1 : 0);

interface News {
  missed: number;
  texts: number;
  messages: number;
}

/** What is new at a place: missed calls until one looks there, texts until they are read, messages until they are heard. */
function newsOf(place: Place, isHere: boolean, { missed, texts, messages }: News) {
  if (place === 'recents') {
    const calls = isHere ? 0 : missed;
    if (calls + texts === 0) return null;
    return { count: calls + texts, word: en.recents.news(calls, texts) };
  }
  if (place === 'voicemail' && messages > 0) return { count: messages, word: en.voicemail.newWord(messages) };
  return null;
}

export function Places() {
  const current = useView((view) => view.place);
  const missed = useView(
    ({ snapshot, recentsSeenAt }) =>
      (snapshot?.history ?? []).filter((call) => call.outcome === 'missed' && call.endedAt > recentsSeenAt)
        .length,
  );
  const texts = useView(({ snapshot, textsRead }) => freshTexts(snapshot?.texts ?? [], textsRead).length);
  const messages = useView(({ snapshot }) =>
    (snapshot?.accounts ?? []).reduce((sum, { mailbox }) => sum + newMessages(mailbox), 0),
  );
  const { go } = useActions();
  return (
    <nav className="places" aria-label={en.places.label}>
      {entries.map(({ place, icon }) => {
        const news = newsOf(place, place === current, { missed, texts, messages });
        return (
          <button
            key={place}
            type="button"
            className="places-entry"
            aria-current={place === current ? 'page' : undefined}
            onClick={() => go(place)}
          >
            <Icon of={icon} />
            <span>{en.places[place]}</span>
            {news !== null && (
              <span className="places-news">
                {news.count}
                <span className="unseen"> {news.word}</span>
              </span>
            )}
          </button>
        );
      })}
    </nav>
  );
}
