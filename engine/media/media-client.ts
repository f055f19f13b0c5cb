/**
 * The media engine as the engine's main thread sees it: a proxy over the media thread. When that thread crashes, its sessions
 * fail, and the next session starts another thread.
 */
import { Worker } from 'node:worker_threads';
import { assertNever } from '../../contract/assert-never.ts';
import { PhoneFailure, type PhoneError } from '../../contract/errors.ts';
import type { MediaStats } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import { collectAfterCalls } from '../old-garbage.ts';
import { sweepWithoutHelpers } from './native-garbage.ts';
import { crowdOfCalls, letYoungGenerationGrow, mostYoungMegabytes } from '../young-generation.ts';
import { makeDtlsCertificate, type DtlsCertificate } from '../rtp/dtls-certificate.ts';
import type { Fingerprint } from '../rtp/dtls-terms.ts';
import { noStats } from './media-engine.ts';
import type {
  AudioLink,
  LocalMedia,
  MediaEngine,
  MediaParameters,
  MediaSession,
  MediaSessionEvent,
  OpenSessionOptions,
} from './media-engine.ts';
import type { IceDescription } from '../nat/ice-description.ts';
import type { FromMediaThread, ToMediaThread } from './media-messages.ts';

type Post = (message: ToMediaThread) => void;

const sessionGone = () => new PhoneFailure('internal', { reason: 'the sound of this call has ended' });

/** One session, by its number in the thread that it was opened in. */
class SessionProxy implements MediaSession {
  #local: LocalMedia;
  readonly #moves: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly #recordings: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly #session: number;
  readonly #post: Post;
  readonly #listeners = new Set<(event: MediaSessionEvent) => void>();
  #lastStats = noStats;
  #closed: Promise<MediaStats> | null = null;
  #finish: ((stats: MediaStats) => void) | null = null;
  #failed = false;

  constructor(session: number, local: LocalMedia, post: Post) {
    this.#session = session;
    this.#post = post;
    this.#local = local;
  }

  get local(): LocalMedia {
    return this.#local;
  }

  addRemoteCandidates(ice: IceDescription): void {
    this.#post({ type: 'remote-candidates', session: this.#session, ice });
  }

  record({ path, tone }: { path: string; tone: boolean }): Promise<void> {
    return this.#askRecording({ type: 'record', session: this.#session, path, tone });
  }

  stopRecording(): Promise<void> {
    return this.#askRecording({ type: 'stop-recording', session: this.#session });
  }

  #askRecording(message: ToMediaThread): Promise<void> {
    if (this.#failed || this.#closed) return Promise.reject(sessionGone());
    return new Promise((resolve, reject) => {
      this.#recordings.push({ resolve, reject });
      this.#post(message);
    });
  }

  /** The thread has begun or ended a recording, or not. */
  recording(error: PhoneError | null): void {
    const asked = this.#recordings.shift();
    if (error === null) asked?.resolve();
    else asked?.reject(new PhoneFailure(error.code, error.parameters));
  }

  start(parameters: MediaParameters): void {
    this.#post({ type: 'start', session: this.#session, parameters });
  }

  move(localAddress: string): Promise<void> {
    if (this.#failed || this.#closed) return Promise.reject(sessionGone());
    return new Promise((resolve, reject) => {
      this.#moves.push({ resolve, reject });
      this.#post({ type: 'move', session: this.#session, localAddress });
    });
  }

  /** The thread has moved it, or not. */
  moved(outcome: LocalMedia | PhoneFailure): void {
    const move = this.#moves.shift();
    if (outcome instanceof PhoneFailure) return move?.reject(outcome);
    this.#local = outcome;
    move?.resolve();
  }

  setMuted(muted: boolean): void {
    this.#post({ type: 'mute', session: this.#session, muted });
  }

  setAside(aside: boolean): void {
    this.#post({ type: 'aside', session: this.#session, aside });
  }

  join(conference: string | null): void {
    this.#post({ type: 'join', session: this.#session, conference });
  }

  answered(): void {
    this.#post({ type: 'answered', session: this.#session });
  }

  sendDigits(digits: string, { durationMs, gapMs }: { durationMs: number; gapMs: number }): void {
    this.#post({ type: 'digits', session: this.#session, digits, durationMs, gapMs });
  }

  sendTones(digits: string, { durationMs, gapMs }: { durationMs: number; gapMs: number }): void {
    this.#post({ type: 'tones', session: this.#session, digits, durationMs, gapMs });
  }

  on(listener: (event: MediaSessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What the thread says of this session. */
  take(event: MediaSessionEvent): void {
    if (event.type === 'stats') this.#lastStats = event.stats;
    if (event.type === 'candidates') this.#local = event.local;
    for (const listener of this.#listeners) listener(event);
  }

  /** The thread has closed it. */
  finish(stats: MediaStats): void {
    this.#lastStats = stats;
    for (const { reject } of [...this.#moves.splice(0), ...this.#recordings.splice(0)]) reject(sessionGone());
    this.#finish?.(stats);
  }

  /** The thread is gone. */
  fail(reason: string): void {
    if (this.#failed) return;
    this.#failed = true;
    for (const { reject } of [...this.#moves.splice(0), ...this.#recordings.splice(0)])
      reject(new PhoneFailure('internal', { reason }));
    if (this.#finish) this.#finish(this.#lastStats);
    else this.take({ type: 'failed', code: 'internal', reason });
  }

  close(): Promise<MediaStats> {
    this.#closed ??= new Promise((resolve) => {
      this.#finish = resolve;
      if (this.#failed) resolve(this.#lastStats);
      else this.#post({ type: 'close-session', session: this.#session });
    });
    return this.#closed;
  }
}

interface Opening {
  resolve: (session: MediaSession) => void;
  reject: (error: Error) => void;
}

/** One run of the thread, and what is open in it. */
class ThreadRun {
  readonly #worker: Worker;
  readonly #log: Logger;
  readonly #openings = new Map<number, Opening>();
  readonly #sessions = new Map<number, SessionProxy>();
  readonly #onAudio: (message: ArrayBuffer) => void;
  readonly #onEnd: () => void;
  #ended = false;
  #finishClose: (() => void) | null = null;

  constructor(
    entry: string | URL,
    log: Logger,
    handlers: { audio: (message: ArrayBuffer) => void; end: () => void },
  ) {
    this.#log = log;
    this.#onAudio = handlers.audio;
    this.#onEnd = handlers.end;
    sweepWithoutHelpers();
    this.#worker = new Worker(entry, { resourceLimits: { maxYoungGenerationSizeMb: mostYoungMegabytes } });
    this.#worker.on('message', (message: FromMediaThread) => this.#take(message));
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => this.#end(`the media thread ended (${code})`));
    this.#holdProcess();
  }

  post(message: ToMediaThread, transfer: ArrayBuffer[] = []): void {
    if (!this.#ended) this.#worker.postMessage(message, transfer);
  }

  open(session: number, options: OpenSessionOptions): Promise<MediaSession> {
    return new Promise((resolve, reject) => {
      this.#openings.set(session, { resolve, reject });
      this.#holdProcess();
      this.post({ type: 'open', session, options });
    });
  }

  /** An idle thread does not keep the process alive. */
  #holdProcess(): void {
    if (this.#openings.size + this.#sessions.size > 0 || this.#finishClose) this.#worker.ref();
    else this.#worker.unref();
  }

  #take(message: FromMediaThread): void {
    switch (message.type) {
      case 'opened': {
        const session = new SessionProxy(message.session, message.local, (words) => this.post(words));
        this.#sessions.set(message.session, session);
        if (this.#sessions.size === crowdOfCalls) letYoungGenerationGrow();
        this.#openings.get(message.session)?.resolve(session);
        this.#openings.delete(message.session);
        return;
      }
      case 'refused': {
        const { code, parameters } = message.error;
        this.#openings.get(message.session)?.reject(new PhoneFailure(code, parameters));
        this.#openings.delete(message.session);
        this.#holdProcess();
        return;
      }
      case 'moved':
        this.#sessions.get(message.session)?.moved(message.local);
        return;
      case 'not-moved': {
        const { code, parameters } = message.error;
        this.#sessions.get(message.session)?.moved(new PhoneFailure(code, parameters));
        return;
      }
      case 'recording':
        this.#sessions.get(message.session)?.recording(message.error);
        return;
      case 'event':
        this.#sessions.get(message.session)?.take(message.event);
        return;
      case 'session-closed':
        this.#sessions.get(message.session)?.finish(message.stats);
        this.#sessions.delete(message.session);
        if (collectAfterCalls(this.#sessions.size)) this.post({ type: 'collect-garbage' });
        this.#holdProcess();
        return;
      case 'audio':
        this.#onAudio(message.message);
        return;
      case 'log':
        this.#log[message.level](message.message);
        return;
      case 'closed':
        return;
      default:
        return assertNever(message);
    }
  }

  /** The thread is gone, wanted or not. */
  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#finishClose) this.#log.error(`media thread: ${reason}`);
    for (const { reject } of this.#openings.values()) reject(new PhoneFailure('internal', { reason }));
    for (const session of this.#sessions.values()) session.fail(reason);
    this.#openings.clear();
    this.#sessions.clear();
    this.#onEnd();
    this.#finishClose?.();
  }

  close(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#finishClose = resolve;
      this.#holdProcess();
      this.post({ type: 'close' });
    });
  }
}

class MediaThread implements MediaEngine {
  readonly #entry: string | URL;
  readonly #log: Logger;
  #run: ThreadRun | null = null;
  #link: AudioLink | null = null;
  #volumes: { microphone: number; speaker: number } | null = null;
  #certificate: DtlsCertificate | null = null;
  #lastSession = 0;
  #closed: Promise<void> | null = null;

  constructor(options: { entry: string | URL; log: Logger }) {
    this.#entry = options.entry;
    this.#log = options.log;
    this.#running();
  }

  /** The thread, started again when it had ended. */
  #running(): ThreadRun {
    if (this.#run) return this.#run;
    const run = new ThreadRun(this.#entry, this.#log, {
      audio: (message) => this.#link?.send(message),
      end: () => {
        if (this.#run === run) this.#run = null;
      },
    });
    this.#run = run;
    if (this.#volumes) run.post({ type: 'volumes', ...this.#volumes });
    if (this.#certificate) run.post({ type: 'certificate', certificate: this.#certificate });
    if (this.#link) run.post({ type: 'link' });
    return run;
  }

  openSession(options: OpenSessionOptions): Promise<MediaSession> {
    if (this.#closed) return Promise.reject(new PhoneFailure('internal', { reason: 'the phone is closing' }));
    this.#lastSession += 1;
    return this.#running().open(this.#lastSession, options);
  }

  fingerprint(): Fingerprint {
    if (this.#certificate === null) {
      this.#certificate = makeDtlsCertificate(Date.now());
      this.#run?.post({ type: 'certificate', certificate: this.#certificate });
    }
    return this.#certificate.fingerprint;
  }

  setVolumes(volumes: { microphone: number; speaker: number }): void {
    this.#volumes = { ...volumes };
    this.#run?.post({ type: 'volumes', ...volumes });
  }

  attachLink(link: AudioLink): void {
    this.#link?.close();
    this.#link = link;
    link.onMessage((message) => {
      if (this.#link === link) this.#run?.post({ type: 'audio', message }, [message]);
    });
    this.#run?.post({ type: 'link' });
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#link?.close();
      this.#link = null;
      await this.#run?.close();
    })();
    return this.#closed;
  }
}

/**
 * Starts the media thread.
 * @param options.entry the thread's file: `dist/engine/media-thread.cjs`, or media-thread.ts itself under a Node that strips types.
 * Messages that a link receives are handed over: their buffers are transferred to the thread.
 */
export function createMediaThread(options: { entry: string | URL; log: Logger }): MediaEngine {
  return new MediaThread(options);
}
