/** The five places at the bottom. */
import { Clock, Grid3x3, SlidersHorizontal, Users, Voicemail, type LucideIcon } from 'lucide-react';
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

export function Places() {
  const current = useView((view) => view.place);
  const missed = useView(
    ({ snapshot, recentsSeenAt }) =>
      (snapshot?.history ?? []).filter((call) => call.outcome === 'missed' && call.endedAt > recentsSeenAt)
        .length,
  );
  const { go } = useActions();
  return (
    <nav className="places" aria-label={en.places.label}>
      {entries.map(({ place, icon }) => {
        const news = place === 'recents' && current !== 'recents' ? missed : 0;
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
            {news > 0 && (
              <span className="places-news">
                {news}
                <span className="unseen"> {en.recents.outcome.missed}</span>
              </span>
            )}
          </button>
        );
      })}
    </nav>
  );
}
