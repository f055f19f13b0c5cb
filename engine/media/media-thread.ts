/**
 * Entry of the media thread: the one that owns RTP sockets, codecs, buffers and the audio link. Its main thread is
 * media-client.ts; the words between them are in media-messages.ts.
 */
import { parentPort } from 'node:worker_threads';
import { assertNever } from '../../contract/assert-never.ts';
import { toPhoneError } from '../../contract/errors.ts';
import { createLogger } from '../log.ts';
import { collectGarbage } from '../old-garbage.ts';
import { MediaCore } from './media-core.ts';
import type { AudioLink, MediaSession } from './media-engine.ts';
import type { FromMediaThread, ToMediaThread } from './media-messages.ts';
import { askForRealTime, raiseThreadPriority } from './thread-priority.ts';

if (!parentPort) throw new Error('the media thread runs as a worker');
const port = parentPort;
raiseThreadPriority();
void askForRealTime();

function tell(message: FromMediaThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

const core = new MediaCore(
  createLogger('media', (level, _module, message) => tell({ type: 'log', level, message })),
);
const sessions = new Map<number, MediaSession>();
let onAudio: ((message: ArrayBuffer) => void) | null = null;

async function open(message: ToMediaThread & { type: 'open' }): Promise<void> {
  const { session: id, options } = message;
  try {
    const session = await core.openSession(options);
    sessions.set(id, session);
    session.on((event) => tell({ type: 'event', session: id, event }));
    tell({ type: 'opened', session: id, local: session.local });
  } catch (error) {
    tell({ type: 'refused', session: id, error: toPhoneError(error) });
  }
}

async function move(id: number, localAddress: string): Promise<void> {
  const session = sessions.get(id);
  try {
    if (session === undefined) throw new Error('the session is closed');
    await session.move(localAddress);
    tell({ type: 'moved', session: id, local: session.local });
  } catch (error) {
    tell({ type: 'not-moved', session: id, error: toPhoneError(error) });
  }
}

async function record(id: number, act: (session: MediaSession) => Promise<void>): Promise<void> {
  const session = sessions.get(id);
  try {
    if (session === undefined) throw new Error('the session is closed');
    await act(session);
    tell({ type: 'recording', session: id, error: null });
  } catch (error) {
    tell({ type: 'recording', session: id, error: toPhoneError(error) });
  }
}

async function closeSession(id: number): Promise<void> {
  const stats = await sessions.get(id)?.close();
  sessions.delete(id);
  if (stats) tell({ type: 'session-closed', session: id, stats });
}

/** The far end of the shell's link, in this thread. */
function relayedLink(): AudioLink {
  return {
    send: (message) => tell({ type: 'audio', message }, [message]),
    onMessage: (listener) => {
      onAudio = listener;
    },
    close: () => {
      onAudio = null;
    },
  };
}

async function close(): Promise<void> {
  await core.close();
  tell({ type: 'closed' });
  port.close();
}

function onMessage(message: ToMediaThread): void {
  switch (message.type) {
    case 'open':
      void open(message);
      return;
    case 'start':
      sessions.get(message.session)?.start(message.parameters);
      return;
    case 'move':
      void move(message.session, message.localAddress);
      return;
    case 'record': {
      const { path, tone } = message;
      void record(message.session, (session) => session.record({ path, tone }));
      return;
    }
    case 'stop-recording':
      void record(message.session, (session) => session.stopRecording());
      return;
    case 'remote-candidates':
      sessions.get(message.session)?.addRemoteCandidates(message.ice);
      return;
    case 'mute':
      sessions.get(message.session)?.setMuted(message.muted);
      return;
    case 'aside':
      sessions.get(message.session)?.setAside(message.aside);
      return;
    case 'join':
      sessions.get(message.session)?.join(message.conference);
      return;
    case 'answered':
      sessions.get(message.session)?.answered();
      return;
    case 'digits': {
      const { session, digits, durationMs, gapMs } = message;
      sessions.get(session)?.sendDigits(digits, { durationMs, gapMs });
      return;
    }
    case 'tones': {
      const { session, digits, durationMs, gapMs } = message;
      sessions.get(session)?.sendTones(digits, { durationMs, gapMs });
      return;
    }
    case 'close-session':
      void closeSession(message.session);
      return;
    case 'volumes':
      core.setVolumes(message);
      return;
    case 'certificate':
      core.setCertificate(message.certificate);
      return;
    case 'link':
      core.attachLink(relayedLink());
      return;
    case 'audio':
      onAudio?.(message.message);
      return;
    case 'collect-garbage':
      if (sessions.size === 0) collectGarbage();
      return;
    case 'close':
      void close();
      return;
    default:
      return assertNever(message);
  }
}

port.on('message', onMessage);
