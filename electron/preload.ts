/** The bridge between page and main: contract/shell.ts's DesktopBridge as `window.sidetone`, and nothing of Electron beside it. */
import { contextBridge, ipcRenderer } from 'electron';
import type { PhoneEvent } from '../contract/phone.ts';
import { type DesktopBridge, audioPortMessage } from '../contract/shell.ts';
import { channels } from './ipc/channels.ts';

/** The little of the page's window that this file uses (the compiler sees Node's types here, not the DOM's). */
declare const window: {
  readonly location: { readonly origin: string };
  postMessage(message: unknown, targetOrigin: string, transfer: readonly unknown[]): void;
};

const bridge: DesktopBridge = {
  request: (name, input) => ipcRenderer.invoke(channels.request, name, input),
  subscribe: (listener) => {
    const receive = (_event: unknown, phoneEvent: PhoneEvent) => listener(phoneEvent);
    ipcRenderer.on(channels.event, receive);
    return () => void ipcRenderer.off(channels.event, receive);
  },
  requestAudio: () => ipcRenderer.send(channels.audio),
  microphoneAccess: () => ipcRenderer.invoke(channels.microphone),
  showRecording: (historyId) => ipcRenderer.invoke(channels.recording, historyId),
  onDialRequest: (listener) => {
    const receive = (_event: unknown, target: string) => listener(target);
    ipcRenderer.on(channels.dial, receive);
    ipcRenderer.send(channels.dial);
    return () => void ipcRenderer.off(channels.dial, receive);
  },
};

// A MessagePort cannot cross the context bridge; it reaches the page as a message of its own window.
ipcRenderer.on(channels.audio, ({ ports }) => {
  window.postMessage(audioPortMessage, window.location.origin, ports);
});

contextBridge.exposeInMainWorld('sidetone', bridge);
