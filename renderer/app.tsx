/** The window: a header, one of five places, the call, and what asks for attention above them. */
import { useEffect } from 'react';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './app.css';
import { CallBar } from './features/call/call-bar.tsx';
import { CallCards } from './features/call/call-cards.tsx';
import { CertificateCard } from './features/certificate/certificate-card.tsx';
import { CallView, NoCall } from './features/call/call-view.tsx';
import { useConversations } from './features/call/use-conversations.ts';
import { FirstRun } from './features/first-run/first-run.tsx';
import { IncomingCalls } from './features/incoming/incoming-call.tsx';
import { KeypadPlace } from './features/keypad/keypad-place.tsx';
import { partyName } from './features/people/party.ts';
import { PeoplePlace } from './features/people/people-place.tsx';
import { RecentsPlace } from './features/recents/recents-place.tsx';
import { SettingsPlace } from './features/settings/settings-place.tsx';
import { StatusHeader } from './features/status/status-header.tsx';
import { LiveStatus } from './features/status/live-status.tsx';
import { TroubleCard } from './features/trouble/trouble-card.tsx';
import { VoicemailPlace } from './features/voicemail/voicemail-place.tsx';
import { LinkScreen } from './features/status/link-screen.tsx';
import { en } from './i18n/en.ts';
import { useShortcuts } from './keyboard/use-shortcuts.ts';
import { incomingCall } from './store/calls.ts';
import { useView } from './store/desk.ts';
import type { Place } from './store/phone-view.ts';
import { Places } from './ui/places.tsx';
import { useMedia } from './ui/use-media.ts';
import { useTheme } from './use-theme.ts';

const widePixels = 720;

const places: Record<Place, () => React.ReactNode> = {
  keypad: KeypadPlace,
  recents: RecentsPlace,
  people: PeoplePlace,
  voicemail: VoicemailPlace,
  settings: SettingsPlace,
};

export function App() {
  useTheme();
  const ready = useView(({ snapshot, link }) => snapshot !== null && link !== 'denied');
  return ready ? <Phone /> : <LinkScreen />;
}

function Phone() {
  const wide = useMedia(`(min-width: ${widePixels}px)`);
  const place = useView((view) => view.place);
  const { shown } = useConversations();
  const folded = useView((view) => view.folded);
  useShortcuts(wide);
  useTitle();
  const inCall = shown !== undefined && !folded && !wide;
  const PlaceView = places[place];
  return (
    <div className={wide ? 'phone phone-wide' : 'phone'}>
      <LiveStatus />
      <div className="pane">
        <StatusHeader />
        <IncomingCalls />
        <TroubleCard />
        <CertificateCard />
        {inCall ? (
          <>
            <CallCards />
            <main className="place" aria-label={en.call.region}>
              <CallView conversation={shown} key={shown.id} foldable />
            </main>
          </>
        ) : (
          <>
            <main className="place" aria-label={en.places[place]}>
              <PlaceView />
            </main>
            {shown !== undefined && !wide && <CallBar conversation={shown} />}
            <Places />
          </>
        )}
      </div>
      {wide && (
        <section className="pane pane-call" aria-label={en.call.region}>
          {shown === undefined ? (
            <NoCall />
          ) : (
            <>
              <CallCards />
              <div className="place">
                <CallView conversation={shown} key={shown.id} foldable={false} />
              </div>
            </>
          )}
        </section>
      )}
      <FirstRun />
    </div>
  );
}

/** An incoming call stands in the window's title, so that the taskbar tells it too. */
function useTitle() {
  const call = useView(({ snapshot }) => incomingCall(snapshot?.calls ?? []));
  const title = call === undefined ? en.productName : en.status.incoming(partyName(call.remote));
  useEffect(() => {
    document.title = title;
  }, [title]);
}
