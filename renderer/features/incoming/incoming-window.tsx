/** The small window of the desktop app: the calls that ring, and nothing else. */
import '../../ui/tokens.css';
import '../../ui/base.css';
import '../../ui/controls.css';
import { en } from '../../i18n/en.ts';
import { useShortcuts } from '../../keyboard/use-shortcuts.ts';
import { useView } from '../../store/desk.ts';
import { useTheme } from '../../use-theme.ts';
import { LiveStatus } from '../status/live-status.tsx';
import { IncomingCalls } from './incoming-call.tsx';
import './incoming-window.css';

export function IncomingWindow() {
  useTheme();
  const ready = useView(({ snapshot }) => snapshot !== null);
  return ready && <Ringing />;
}

function Ringing() {
  useShortcuts(false);
  return (
    <main className="incoming-window">
      <LiveStatus />
      <h1 className="unseen">{en.incoming.window}</h1>
      <IncomingCalls roomy />
    </main>
  );
}
