/**
 * Binds the contract to the page: each channel checks the sender, then passes on to the engine, whose door validates. What
 * comes from elsewhere is answered `request.denied` or not at all.
 */
import { type IpcMain, type IpcMainEvent, type IpcMainInvokeEvent, MessageChannelMain } from 'electron';
import { makeError } from '../../contract/errors.ts';
import type { PhoneEvent } from '../../contract/phone.ts';
import type { Engine } from '../app/engine.ts';
import type { MicrophoneAccess } from '../app/microphone.ts';
import { isTrustedSender } from '../security/trusted-page.ts';
import { channels } from './channels.ts';

export interface Binding {
  engine: Engine;
  microphoneAccess: () => Promise<MicrophoneAccess>;
  /** Shows the recording of a call of the log; false when there is none. */
  showRecording: (historyId: unknown) => Promise<boolean>;
  /** The page is ready to take dial requests. */
  onDialReady: () => void;
}

/** Connects the page's channels. Called once, before a window opens. */
export function bindContract(
  ipcMain: IpcMain,
  { engine, microphoneAccess, showRecording, onDialReady }: Binding,
): void {
  const trusted = (event: IpcMainEvent | IpcMainInvokeEvent) => isTrustedSender(event.senderFrame);

  ipcMain.handle(channels.request, (event, name: unknown, input: unknown) =>
    trusted(event) ? engine.request(name, input) : { ok: false, error: makeError('request.denied') },
  );
  ipcMain.handle(channels.microphone, (event) => (trusted(event) ? microphoneAccess() : 'denied'));
  ipcMain.handle(channels.recording, (event, historyId: unknown) =>
    trusted(event) ? showRecording(historyId) : false,
  );
  ipcMain.on(channels.dial, (event) => {
    if (trusted(event)) onDialReady();
  });
  ipcMain.on(channels.audio, (event) => {
    if (!trusted(event)) return;
    const { port1, port2 } = new MessageChannelMain();
    // Frames travel between the two ends from here on; main does not see them.
    if (engine.sendAudioPort(port1)) event.sender.postMessage(channels.audio, null, [port2]);
  });
}

/** Where events go: the page's WebContents, while it lives. */
export interface EventTarget {
  isDestroyed(): boolean;
  isCrashed(): boolean;
  send(channel: string, event: PhoneEvent): void;
}

/** Passes every event of the phone on to the page. Returns the function that ends it. */
export function forwardEvents(engine: Engine, target: () => EventTarget | null): () => void {
  return engine.onEvent((event) => {
    const page = target();
    if (page !== null && !page.isDestroyed() && !page.isCrashed()) page.send(channels.event, event);
  });
}
