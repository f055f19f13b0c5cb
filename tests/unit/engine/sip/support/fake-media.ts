/** A MediaEngine that opens no sockets and writes down what it is asked: for tests of signalling alone. */
import { PhoneFailure } from '../../../../../contract/errors.ts';
import type { MediaStats } from '../../../../../contract/snapshot.ts';
import type {
  MediaEngine,
  MediaParameters,
  MediaSession,
  MediaSessionEvent,
} from '../../../../../engine/media/media-engine.ts';

export interface FakeSession extends MediaSession {
  readonly started: MediaParameters[];
  readonly digits: string[];
  /** Keys asked for as tones. */
  readonly tones: string[];
  readonly muted: boolean;
  readonly aside: boolean;
  readonly conference: string | null;
  readonly answeredCount: number;
  readonly closed: boolean;
  /** How the next moves end; they succeed when it is null. */
  moveFailure: PhoneFailure | null;
  emit(event: MediaSessionEvent): void;
}

export interface FakeMedia extends MediaEngine {
  readonly sessions: FakeSession[];
  /** The next session cannot be opened: all ports are in use. */
  usedUp: boolean;
}

const stats: MediaStats = {
  sent: 1,
  received: 2,
  lost: 0,
  late: 0,
  discarded: 0,
  concealedMs: 0,
  jitterMs: 0,
  rttMs: null,
  bufferMs: 40,
  codec: 'PCMU',
  timeScaledMs: 0,
  lossPercent: 0,
  delayMs: null,
  mos: null,
  remote: null,
};

function fakeSession(localAddress: string, localPort: number): FakeSession {
  const listeners = new Set<(event: MediaSessionEvent) => void>();
  const session = {
    local: { address: localAddress, port: localPort, ice: null, fingerprint: null },
    addRemoteCandidates: () => undefined,
    record: async () => undefined,
    stopRecording: async () => undefined,
    started: [] as MediaParameters[],
    digits: [] as string[],
    tones: [] as string[],
    muted: false,
    aside: false,
    conference: null as string | null,
    answeredCount: 0,
    closed: false,
    moveFailure: null as PhoneFailure | null,
    start: (parameters: MediaParameters) => void session.started.push(parameters),
    move: async (address: string) => {
      if (session.moveFailure !== null) throw session.moveFailure;
      session.local = { ...session.local, address, port: session.local.port + 1_000 };
    },
    setMuted: (muted: boolean) => void (session.muted = muted),
    setAside: (aside: boolean) => void (session.aside = aside),
    join: (conference: string | null) => void (session.conference = conference),
    answered: () => void (session.answeredCount += 1),
    sendDigits: (digits: string) => void session.digits.push(digits),
    sendTones: (digits: string) => void session.tones.push(digits),
    on: (listener: (event: MediaSessionEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      session.closed = true;
      return stats;
    },
    emit: (event: MediaSessionEvent) => {
      for (const listener of listeners) listener(event);
    },
  };
  return session;
}

export function fakeMedia(firstPort = 40_000): FakeMedia {
  const sessions: FakeSession[] = [];
  const engine: FakeMedia = {
    sessions,
    usedUp: false,
    openSession: async ({ localAddress, portMin, portMax }) => {
      if (engine.usedUp)
        throw new PhoneFailure('media.ports-used-up', { port_min: portMin, port_max: portMax });
      const session = fakeSession(localAddress, firstPort + 2 * sessions.length);
      sessions.push(session);
      return session;
    },
    setVolumes: () => undefined,
    attachLink: () => undefined,
    close: async () => undefined,
  };
  return engine;
}
