import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { audioPortMessage, type DesktopBridge } from '../../../contract/shell.ts';
import { desktopShell } from '../../../renderer/shell/desktop.ts';
import { audioPortTimeoutMs } from '../../../renderer/shell/shell.ts';

/** Questions for a port that the app has not answered yet. */
let asked: number;
const bridge = {
  subscribe: () => () => undefined,
  requestAudio: () => {
    asked += 1;
  },
} as unknown as DesktopBridge;

beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
  vi.stubGlobal('window', new EventTarget());
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The preload hands a port on to its own window. */
function hand(port: MessagePort): void {
  asked -= 1;
  const message = new Event('message');
  window.dispatchEvent(Object.assign(message, { data: audioPortMessage, ports: [port], source: window }));
}
const settle = () => vi.advanceTimersByTimeAsync(0);

it('two that ask for a port at once get one each, in the order of asking', async () => {
  const shell = desktopShell(bridge);
  const [first, second] = [shell.openAudio(false), shell.openAudio(false)];
  const { port1, port2 } = new MessageChannel();
  await settle();
  expect(asked).toBe(1);
  hand(port1);
  await settle();
  expect(asked).toBe(1);
  hand(port2);
  expect(await first).toBe(port1);
  expect(await second).toBe(port2);
});

it('a port that does not come in time keeps nobody else from theirs', async () => {
  const shell = desktopShell(bridge);
  const refused = expect(shell.openAudio(false)).rejects.toThrow('no audio port came from the app');
  const next = shell.openAudio(false);
  await vi.advanceTimersByTimeAsync(audioPortTimeoutMs);
  await refused;
  const { port1 } = new MessageChannel();
  hand(port1);
  expect(await next).toBe(port1);
});
