/** The media engine itself, in the thread that it is made in: sessions, their sound files, and the shell's audio device. */
import type { MediaStats } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import { PortPool } from '../rtp/port-pool.ts';
import { AudioSession, type FrameSource } from './audio-session.ts';
import { codecRate } from './codec.ts';
import { Device } from './device.ts';
import { amplified } from './levels.ts';
import type {
  AudioLink,
  MediaEngine,
  MediaParameters,
  MediaSession,
  MediaSessionEvent,
  OpenSessionOptions,
} from './media-engine.ts';
import { recordingDelayMs } from './playout.ts';
import { readWav } from './wav-reader.ts';
import { WavWriter } from './wav-writer.ts';

/** A recording that plays once, from {@link play} on; silence before and after. */
class WavSource implements FrameSource {
  readonly #samples: Int16Array;
  #position: number | null = null;

  constructor(samples: Int16Array) {
    this.#samples = samples;
  }

  play(): void {
    this.#position ??= 0;
  }

  read(into: Int16Array): void {
    into.fill(0);
    if (this.#position === null) return;
    into.set(this.#samples.subarray(this.#position, this.#position + into.length));
    this.#position += into.length;
  }
}

interface SessionParts {
  audio: AudioSession;
  device: Device;
  /** Plays from the answer on. */
  played: WavSource | null;
  /** Records from the answer on. */
  recorded: WavWriter | null;
  hearsDevice: boolean;
  /** Takes the session off the device. */
  detach: () => void;
}

class CoreSession implements MediaSession {
  readonly #parts: SessionParts;
  readonly #listeners = new Set<(event: MediaSessionEvent) => void>();
  #answered = false;
  #closed: Promise<MediaStats> | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    parts.audio.on((event) => {
      if (event.type === 'levels' && parts.hearsDevice) {
        const speakerDb = amplified(event.speakerDb, parts.device.speakerVolume);
        this.emit({ ...event, speakerDb });
      } else {
        this.emit(event);
      }
    });
  }

  emit(event: MediaSessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  on(listener: (event: MediaSessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get localAddress(): string {
    return this.#parts.audio.localAddress;
  }

  get localPort(): number {
    return this.#parts.audio.localPort;
  }

  start(parameters: MediaParameters): void {
    this.#parts.audio.start(parameters);
  }

  move(localAddress: string): Promise<void> {
    return this.#parts.audio.move(localAddress);
  }

  setMuted(muted: boolean): void {
    this.#parts.audio.setMuted(muted);
  }

  answered(): void {
    if (this.#answered) return;
    this.#answered = true;
    const { audio, played, recorded } = this.#parts;
    audio.restartStats();
    played?.play();
    if (recorded) audio.setSink(recorded);
  }

  sendDigits(digits: string, options: { durationMs: number; gapMs: number }): void {
    this.#parts.audio.sendDigits(digits, options);
  }

  close(): Promise<MediaStats> {
    this.#closed ??= (async () => {
      const { audio, recorded, detach } = this.#parts;
      detach();
      const stats = await audio.close();
      await recorded?.close();
      return stats;
    })();
    return this.#closed;
  }
}

export class MediaCore implements MediaEngine {
  readonly #log: Logger;
  readonly #ports = new PortPool();
  readonly #device = new Device();
  readonly #sessions = new Set<CoreSession>();

  constructor(log: Logger) {
    this.#log = log;
  }

  async openSession(options: OpenSessionOptions): Promise<MediaSession> {
    const { source, sink, localAddress, portMin, portMax } = options;
    const played = source.kind === 'wav' ? new WavSource(await readWav(source.path, codecRate)) : null;
    let session: CoreSession | null = null;
    const recorded =
      sink.kind === 'wav'
        ? await WavWriter.create(sink.path, codecRate, (reason) =>
            session?.emit({ type: 'failed', code: 'media.file', reason }),
          )
        : null;
    const microphone = source.kind === 'device' ? this.#device.openMicrophone() : null;
    let audio: AudioSession;
    try {
      audio = await AudioSession.open({
        localAddress,
        portMin,
        portMax,
        ports: this.#ports,
        ...sourceOf(microphone?.source ?? played),
        pull: sink.kind === 'device' ? 'external' : 'deadline',
        ...(sink.kind === 'wav' ? { playoutDelayMs: recordingDelayMs } : {}),
        log: this.#log,
      });
    } catch (error) {
      microphone?.close();
      await recorded?.close();
      throw error;
    }
    const removeVoice = sink.kind === 'device' ? this.#device.addVoice((into) => audio.pull(into)) : null;
    const opened = new CoreSession({
      audio,
      device: this.#device,
      played,
      recorded,
      hearsDevice: sink.kind === 'device',
      detach: () => {
        microphone?.close();
        removeVoice?.();
        this.#sessions.delete(opened);
      },
    });
    session = opened;
    this.#sessions.add(opened);
    return opened;
  }

  setVolumes(volumes: { microphone: number; speaker: number }): void {
    this.#device.setVolumes(volumes);
  }

  attachLink(link: AudioLink): void {
    this.#device.attach(link);
  }

  /** Ends what is open. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
    this.#device.close();
  }
}

function sourceOf(source: FrameSource | null): { source?: FrameSource } {
  return source ? { source } : {};
}
