/** A MediaEngine that opens no sockets and writes down what it is asked: for tests of signalling alone. */
import { PhoneFailure } from '../../../../../contract/errors.ts';
import type { MediaStats } from '../../../../../contract/snapshot.ts';
import type { IceDescription, IceOptions, LocalIce } from '../../../../../engine/nat/ice-description.ts';
import type {
  LocalMedia,
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
  /** Candidates of the far side that came after its description. */
  readonly remoteCandidates: IceDescription[];
  /** More has been found for what `local` names. */
  gather(candidates: readonly string[], complete: boolean): void;
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

/** With ICE: its host candidate, and a reflexive one unless that may follow; `generation` counts its restarts. */
function fakeIce(place: { address: string; port: number }, generation: number, trickles: boolean): LocalIce {
  const credentials = (name: string) => ({ ufrag: `${name}${generation}`, pwd: `password of ${name}` });
  const host = `1 1 UDP 2130706431 ${place.address} ${place.port} typ host`;
  const reflexive = `2 1 UDP 1694498815 203.0.113.1 ${place.port} typ srflx raddr 0.0.0.0 rport 9`;
  const candidates = trickles ? [host] : [host, reflexive];
  return { ...credentials('ours'), spare: credentials('spare'), candidates, complete: !trickles };
}

function fakeSession(localAddress: string, localPort: number, ice: IceOptions | undefined): FakeSession {
  const listeners = new Set<(event: MediaSessionEvent) => void>();
  const place = { address: localAddress, port: localPort };
  let generation = 1;
  const firstIce = ice === undefined ? null : fakeIce(place, generation, ice.trickle);
  const session = {
    local: {
      ...place,
      ice: firstIce,
    } as LocalMedia,
    remoteCandidates: [] as IceDescription[],
    addRemoteCandidates: (described: IceDescription) => void session.remoteCandidates.push(described),
    gather: (candidates: readonly string[], complete: boolean) => {
      const { ice: present } = session.local;
      if (present === null) return;
      const more = { ...present, candidates: [...present.candidates, ...candidates], complete };
      session.local = { ...session.local, ice: more };
      session.emit({ type: 'candidates', local: session.local });
    },
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
      const place = { address, port: session.local.port + 1_000 };
      generation += 1;
      const trickles = session.started.at(-1)?.ice?.trickles === true;
      const restarted = session.local.ice === null ? null : fakeIce(place, generation, trickles);
      session.local = { ...session.local, ...place, ice: restarted };
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
    openSession: async ({ localAddress, portMin, portMax, ice }) => {
      if (engine.usedUp)
        throw new PhoneFailure('media.ports-used-up', { port_min: portMin, port_max: portMax });
      const session = fakeSession(localAddress, firstPort + 2 * sessions.length, ice);
      sessions.push(session);
      return session;
    },
    fingerprint: () => ({ algorithm: 'sha-256', value: 'FE:ED' }),
    setVolumes: () => undefined,
    attachLink: () => undefined,
    close: async () => undefined,
  };
  return engine;
}
