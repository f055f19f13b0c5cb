/** Shows one scene of the window: `?scene=call&theme=dark`. Not a part of the product. */
import '@fontsource-variable/inter/index.css';
import { createRoot } from 'react-dom/client';
import { App } from '../../../renderer/app.tsx';
import { IncomingWindow } from '../../../renderer/features/incoming/incoming-window.tsx';
import type { Shell } from '../../../renderer/shell/shell.ts';
import { DeskProvider, openDesk } from '../../../renderer/store/desk.ts';
import { scenes, scriptedStats, type Scene, type SceneName } from '../../support/scenes.ts';
import { ScriptedPhone } from '../../support/scripted-phone.ts';

declare global {
  interface Window {
    /** For the test: what the window asked the phone for. */
    scriptedPhone: ScriptedPhone;
  }
}

const levelsEveryMs = 100;
const statsSeconds = 60;

const query = new URLSearchParams(window.location.search);
const name = (query.get('scene') ?? 'keypad') as SceneName;
const theme = query.get('theme') === 'dark' ? 'dark' : 'light';
const scene: Scene = scenes[name];
const { settings } = scene.snapshot;

const phone = new ScriptedPhone({
  ...scene.snapshot,
  settings: { ...settings, interface: { ...settings.interface, theme } },
});
if (scene.checked !== undefined) phone.checked = scene.checked;
phone.quality = scene.quality ?? [];
window.scriptedPhone = phone;
for (const refused of scene.refuse ?? []) phone.refusing.add(refused);

const shell: Shell = {
  phone,
  openAudio: () => Promise.resolve(new MessageChannel().port1),
  microphoneAccess: () => Promise.resolve('unknown'),
  showRecording: null,
  onDialRequest: () => () => undefined,
  onLink: (listener) => {
    listener('open');
    return () => undefined;
  },
  onAudioTaken: () => () => undefined,
};

const desk = openDesk(shell);
const place = document.getElementById('root');
if (place !== null) {
  createRoot(place).render(
    <DeskProvider value={desk}>{scene.small === true ? <IncomingWindow /> : <App />}</DeskProvider>,
  );
}

/** The scene's view, levels and a line's minute come after the first drawing. */
function fill(): void {
  desk.view.setState(scene.view ?? {});
  const call = scene.snapshot.calls.find(({ state, hold }) => state === 'connected' && !hold.local);
  if (call === undefined) return;
  for (let second = 1; second <= statsSeconds; second += 1) {
    const stats = scriptedStats(second, call.media[0]?.codec);
    phone.tell('stats', { callId: call.id, final: false, stats });
  }
  const { levels } = scene;
  if (levels === undefined) return;
  const tellLevels = () =>
    phone.tell('levels', { callId: call.id, speaking: false, clipping: false, ...levels });
  tellLevels();
  setInterval(tellLevels, levelsEveryMs);
}

setTimeout(() => {
  fill();
  // Twice: the first frame may have begun before the view changed.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      document.documentElement.dataset['scene'] = 'drawn';
    }),
  );
}, 50);
