/** The desktop app: `window.sidetone` is put there by its preload (contract/shell.ts). */
import type { Answer, PhoneClient, RequestOutput } from '../../contract/phone.ts';
import { audioPortMessage, type DesktopBridge } from '../../contract/shell.ts';
import { EventFeed } from './event-feed.ts';
import { audioPortTimeoutMs, type Shell } from './shell.ts';

declare global {
  interface Window {
    sidetone?: DesktopBridge;
  }
}

export function desktopShell(bridge: DesktopBridge): Shell {
  const feed = new EventFeed();
  bridge.subscribe((event) => feed.tell(event));
  const phone: PhoneClient = {
    request: async (name, input) => (await bridge.request(name, input)) as Answer<RequestOutput<typeof name>>,
    subscribe: (name, listener) => feed.subscribe(name, listener),
  };
  let lastPort: Promise<unknown> = Promise.resolve();
  return {
    phone,
    // One after the other: a port does not say which question it answers.
    openAudio: () => {
      const port = lastPort.then(() => receiveAudioPort(() => bridge.requestAudio()));
      lastPort = port.catch(() => undefined);
      return port;
    },
    microphoneAccess: () => bridge.microphoneAccess(),
    showRecording: (historyId) => bridge.showRecording(historyId),
    onDialRequest: (listener) => bridge.onDialRequest(listener),
    onLink: (listener) => {
      listener('open');
      return () => undefined;
    },
    onAudioTaken: () => () => undefined,
  };
}

/** Waits for the port that the preload posts to its own window. */
function receiveAudioPort(ask: () => void): Promise<MessagePort> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      window.removeEventListener('message', receive);
    };
    const receive = (message: MessageEvent<unknown>) => {
      const [port] = message.ports;
      if (message.source !== window || message.data !== audioPortMessage || port === undefined) return;
      stop();
      resolve(port);
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error('no audio port came from the app'));
    }, audioPortTimeoutMs);
    window.addEventListener('message', receive);
    ask();
  });
}
