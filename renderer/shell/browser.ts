/**
 * The browser: the contract as JSON over a WebSocket of 127.0.0.1 (contract/shell.ts). The one-time token of the address is
 * exchanged for a cookie, so that a reload works; a lost connection is opened again.
 *
 *   connecting ──open──▶ open ──close──▶ connecting (again after a growing pause)
 *        └────────────close 4003──────▶ denied
 */
import { makeError } from '../../contract/errors.ts';
import type { Answer, PhoneClient, RequestOutput } from '../../contract/phone.ts';
import { notAllowedCode, type WebMessage, type WebRequest } from '../../contract/shell.ts';
import { openAudioSocket } from './audio-socket.ts';
import { EventFeed } from './event-feed.ts';
import { Listeners } from './listeners.ts';
import type { LinkState, Shell } from './shell.ts';

const firstPauseMs = 250;
const longestPauseMs = 4_000;
const phoneName = 'the phone';

type Waiting = (answer: Answer<unknown>) => void;

export function browserShell(): Shell {
  const feed = new EventFeed();
  const links = new Listeners<LinkState>();
  const audioTaken = new Listeners<undefined>();
  const waiting = new Map<number, Waiting>();
  let state: LinkState = 'connecting';
  let socket: WebSocket | null = null;
  let nextId = 1;
  let pauseMs = firstPauseMs;

  const setState = (next: LinkState) => {
    if (state === next) return;
    state = next;
    links.tell(next);
  };

  const connect = () => {
    const opening = new WebSocket(socketAddress('phone'));
    opening.addEventListener('open', () => {
      socket = opening;
      pauseMs = firstPauseMs;
      setState('open');
    });
    opening.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as WebMessage;
      if ('event' in message) return feed.tell(message.event);
      waiting.get(message.id)?.(message.answer);
      waiting.delete(message.id);
    });
    opening.addEventListener('close', ({ code }) => {
      socket = null;
      for (const answer of waiting.values()) answer(lost());
      waiting.clear();
      if (code === notAllowedCode) return setState('denied');
      setState('connecting');
      setTimeout(connect, pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    });
  };
  void exchangeToken().then(connect);

  const phone: PhoneClient = {
    request: (name, input) =>
      new Promise((resolve) => {
        if (socket === null) return resolve(lost());
        const id = nextId++;
        waiting.set(id, (answer) => resolve(answer as Answer<RequestOutput<typeof name>>));
        const request: WebRequest = { id, name, input };
        socket.send(JSON.stringify(request));
      }),
    subscribe: (name, listener) => feed.subscribe(name, listener),
  };

  return {
    phone,
    openAudio: (take) => openAudioSocket(socketAddress('audio', take), () => audioTaken.tell(undefined)),
    microphoneAccess: async () => 'unknown',
    showRecording: null,
    onDialRequest: () => () => undefined,
    onLink: (listener) => {
      listener(state);
      return links.add(listener);
    },
    onAudioTaken: (listener) => audioTaken.add(listener),
  };
}

const lost = (): { ok: false; error: ReturnType<typeof makeError> } => ({
  ok: false,
  error: makeError('server.connection-lost', { server: phoneName }),
});

function socketAddress(path: 'phone' | 'audio', take = false): string {
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/${path}${take ? '?take=1' : ''}`;
}

/** Trades the token of the address for a cookie, once; a reload has the cookie already. */
async function exchangeToken(): Promise<void> {
  const token = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (token === null) return;
  window.history.replaceState(null, '', window.location.pathname);
  await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  }).catch(() => undefined);
}
