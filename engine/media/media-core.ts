/** The media engine itself, in the thread that it is made in: sessions, their sound files, and the shell's audio device. */
import type { Logger } from '../log.ts';
import { makeDtlsCertificate, type DtlsCertificate } from '../rtp/dtls-certificate.ts';
import type { Fingerprint } from '../rtp/dtls-terms.ts';
import { PortPool } from '../rtp/port-pool.ts';
import { AudioSession } from './audio-session.ts';
import { ConferenceRooms } from './conference-room.ts';
import { CoreSession, WavSource } from './core-session.ts';
import { Device } from './device.ts';
import type { FrameSource } from './frame.ts';
import type { AudioLink, MediaEngine, MediaSession, OpenSessionOptions } from './media-engine.ts';
import { recordingDelay } from './playout.ts';
import type { WavWriter } from './wav-writer.ts';

export class MediaCore implements MediaEngine {
  readonly #log: Logger;
  readonly #ports = new PortPool();
  readonly #device = new Device();
  readonly #rooms = new ConferenceRooms(this.#device);
  readonly #sessions = new Set<CoreSession>();
  #certificate: DtlsCertificate | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  async openSession(options: OpenSessionOptions): Promise<MediaSession> {
    const { source, sink, localAddress, portMin, portMax } = options;
    const played = source.kind === 'wav' ? await soundFile(source.path) : null;
    let session: CoreSession | null = null;
    const recorded =
      sink.kind === 'wav'
        ? await keptFile(sink.path, (reason) =>
            session?.emit({ type: 'failed', code: 'media.file', reason, file: sink.path }),
          )
        : null;
    const microphone = source.kind === 'device' ? this.#device.openMicrophone() : null;
    const sends = microphone?.source ?? played;
    let audio: AudioSession;
    try {
      audio = await AudioSession.open({
        localAddress,
        portMin,
        portMax,
        ports: this.#ports,
        ...(options.ice === undefined ? {} : { ice: options.ice }),
        ...sourceOf(sends),
        pull: sink.kind === 'device' ? 'external' : 'deadline',
        ...(sink.kind === 'wav' ? { playoutDelay: recordingDelay } : {}),
        unwatched: source.kind !== 'device' && sink.kind !== 'device',
        certificate: () => this.#certificate,
        log: this.#log,
        ...(options.impairment ? { impairment: options.impairment } : {}),
      });
    } catch (error) {
      microphone?.close();
      await recorded?.close();
      throw error;
    }
    const opened = new CoreSession({
      audio,
      device: this.#device,
      source: sends,
      played,
      recorded,
      hearsDevice: sink.kind === 'device',
      rooms: this.#rooms,
      detach: () => {
        microphone?.close();
        this.#sessions.delete(opened);
      },
    });
    session = opened;
    this.#sessions.add(opened);
    return opened;
  }

  fingerprint(): Fingerprint {
    this.#certificate ??= makeDtlsCertificate(Date.now());
    return this.#certificate.fingerprint;
  }

  /** Somebody else has made it, and named its fingerprint. */
  setCertificate(certificate: DtlsCertificate): void {
    this.#certificate = certificate;
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

// What reads and writes files is loaded when a call has one.
async function soundFile(path: string): Promise<WavSource> {
  const { readWav } = await import('./wav-reader.ts');
  return new WavSource(await readWav(path));
}

async function keptFile(path: string, onFailure: (reason: string) => void): Promise<WavWriter> {
  const { WavWriter } = await import('./wav-writer.ts');
  return WavWriter.create(path, onFailure);
}

function sourceOf(source: FrameSource | null): { source?: FrameSource } {
  return source ? { source } : {};
}
