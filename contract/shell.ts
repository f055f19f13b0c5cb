/**
 * What lies between the renderer and a shell, for both shells.
 *
 * Desktop: the preload exposes {@link DesktopBridge} as `window.sidetone`. After `requestAudio()` the preload posts a window
 * message whose data is {@link audioPortMessage} with one MessagePort (contract/audio-frames.ts); it is handed on to the worklet.
 *
 * Browser: the page is served from 127.0.0.1 with a one-time token in its URL fragment (`#token=…`). The page exchanges it
 * by `POST /session {"token": …}` for an HttpOnly SameSite=Strict cookie and removes the fragment. Then
 *   ws /phone   JSON text messages: {@link WebRequest} up, {@link WebMessage} down;
 *   ws /audio   binary messages of contract/audio-frames.ts. One page owns the audio: a second one is closed with
 *               {@link audioTakenCode}, unless it opens `/audio?take=1`, which closes the first one with the same code.
 */
import type { Answer, PhoneEvent } from './phone.ts';

export const audioPortMessage = 'sidetone:audio-port';
/** WebSocket close code: another page owns the audio. */
export const audioTakenCode = 4001;
/** WebSocket close code: the cookie is missing or no longer valid. */
export const notAllowedCode = 4003;

export interface WebRequest {
  id: number;
  name: string;
  input: unknown;
}
export type WebMessage = { id: number; answer: Answer<unknown> } | { event: PhoneEvent };

export interface DesktopBridge {
  request(name: string, input: unknown): Promise<Answer<unknown>>;
  /** One stream of all events. Returns the function that ends it. */
  subscribe(listener: (event: PhoneEvent) => void): () => void;
  /** Asks for a fresh audio port; it arrives as a window message. */
  requestAudio(): void;
  /** The system's word on the microphone, and the question where the system has one (macOS). */
  microphoneAccess(): Promise<'granted' | 'denied' | 'unknown'>;
  /** Shows a past call's recording in the system's file manager; false when there is none. */
  showRecording(historyId: string): Promise<boolean>;
  /** Digits of a `tel:` or `sip:` link, or a shortcut, that the system handed to the app. */
  onDialRequest(listener: (target: string) => void): () => void;
}
