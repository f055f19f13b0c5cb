/** A call's sound: opened once the transport stands, told of while it runs, and closed with its last counts. */
import { assertNever } from '../../contract/assert-never.ts';
import { makeError, toPhoneError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { MediaStats, SoundProblem } from '../../contract/snapshot.ts';
import { noStats } from '../media/media-engine.ts';
import type { MediaSessionEvent } from '../media/media-engine.ts';
import { isRefused } from '../rtp/port-probe.ts';
import type { CallEnvironment, CallListenerEvent, SoundOptions } from './call-environment.ts';
import { CallMedia, noSound } from './call-media.ts';
import { SoundWatch } from './sound-watch.ts';

export interface CallSoundOptions {
  callId: string;
  environment: CallEnvironment;
  /** The call has ended: what opens now is closed again. */
  isOver: () => boolean;
  onOpened: (media: CallMedia) => void;
  /** Nothing can be sent: there is no way to the server. */
  onUnsent: () => void;
  onNotOpened: (thrown: unknown) => void;
  /** The sound broke down in the middle of the call. */
  onBroken: (error: PhoneError) => void;
  /** The way of the sound has ended; the call needs another one. */
  onPathLost: () => void;
  /** Our candidates have changed. */
  onCandidates: () => void;
  /** The far side takes candidates that follow a description. */
  takesCandidates: () => boolean;
  /** RTP packets received so far, about once a second. */
  onCounted: (received: number) => void;
  /** The recording has ended by itself. */
  onRecordingFailed: (reason: string) => void;
  /** Whether people should be able to talk now, whether we are muted, and whom this is about. */
  talk: () => { talking: boolean; muted: boolean; remote: string };
  emit: (event: CallListenerEvent) => void;
}

export class CallSound {
  readonly #options: CallSoundOptions;
  readonly #watch: SoundWatch;
  #media: CallMedia | undefined;
  #ends = { hasMicrophone: false, hasSpeaker: false };

  constructor(options: CallSoundOptions) {
    this.#options = options;
    const { environment, talk, emit } = options;
    this.#watch = new SoundWatch({
      situation: () => {
        const { talking, muted } = talk();
        const speakerVolume = environment.settings().audio.speaker_volume;
        const negotiated = this.#media?.sound ?? noSound;
        return { talking, muted, speakerVolume, ...this.#ends, ...negotiated };
      },
      remote: () => talk().remote,
      isRefused,
      now: environment.now,
      onChanged: () => emit({ type: 'changed' }),
    });
  }

  /** Why nothing is heard, here or there; null while the sound is well. */
  get problem(): SoundProblem | null {
    return this.#watch.problem;
  }

  /** Undefined until it is open. */
  get media(): CallMedia | undefined {
    return this.#media;
  }

  /** Takes ports and loads the password meanwhile. Never rejects. */
  async open({ source, sink }: SoundOptions): Promise<void> {
    const { environment, isOver, onOpened, onUnsent, onNotOpened } = this.#options;
    const { media, settings, encryption, paths, localAddress, loadPassword, connect } = environment;
    this.#ends = { hasMicrophone: source.kind === 'device', hasSpeaker: sink.kind === 'device' };
    try {
      if (!(await connect())) return onUnsent();
      const { takesCandidates } = this.#options;
      const place = { localAddress: localAddress(), source, sink };
      const options = { media, settings, encryption, paths, takesCandidates, ...place };
      const opening = CallMedia.open({ ...options, onEvent: (event) => this.#onEvent(event) });
      const [opened] = await Promise.all([opening, loadPassword()]);
      if (isOver()) return await opened.close().then(() => undefined);
      this.#media = opened;
      onOpened(opened);
    } catch (thrown) {
      onNotOpened(thrown);
    }
  }

  /** Frees the ports; resolves to the last counts. Never rejects. */
  async close(): Promise<MediaStats> {
    try {
      return (await this.#media?.close()) ?? noStats;
    } catch (thrown) {
      const { callId, environment } = this.#options;
      environment.log.warn(`${callId}: ${toPhoneError(thrown).message}`);
      return noStats;
    }
  }

  #onEvent(event: MediaSessionEvent): void {
    const { callId, emit, environment, onBroken, onPathLost, onCounted, onRecordingFailed, talk } =
      this.#options;
    switch (event.type) {
      case 'digit':
        emit(event);
        break;
      case 'levels':
        this.#watch.levels(event);
        emit(event);
        break;
      case 'wire':
        this.#watch.wire(event.wire);
        break;
      case 'stats':
        emit({ type: 'stats', final: false, stats: event.stats });
        onCounted(event.stats.received);
        break;
      case 'recording-failed':
        onRecordingFailed(event.reason);
        break;
      case 'first-packet':
        environment.log.debug(`${callId}: sound from ${event.address}:${event.port}`);
        break;
      case 'encrypted':
      case 'path':
        emit({ type: 'changed' });
        break;
      case 'candidates':
        this.#options.onCandidates();
        break;
      case 'path-lost':
        onPathLost();
        break;
      case 'failed':
        onBroken(
          makeError(event.code, { file: event.file ?? '', reason: event.reason, target: talk().remote }),
        );
        break;
      default:
        return assertNever(event);
    }
  }
}
