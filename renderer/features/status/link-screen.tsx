/** Before the phone has shown itself, and when this page may not control it. */
import { en } from '../../i18n/en.ts';
import { useView } from '../../store/desk.ts';

export function LinkScreen() {
  const denied = useView(({ link }) => link === 'denied');
  return (
    <main className="empty link-screen" aria-live="polite">
      <h1 className="empty-title">{denied ? en.link.deniedTitle : en.link.starting}</h1>
      {denied && (
        <p>
          {en.link.deniedText} {en.link.deniedCure}
        </p>
      )}
    </main>
  );
}
