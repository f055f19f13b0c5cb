/** A session in the thread of the media engine: one call's sound, its files, and its place at the device or in a conference. */
import { PhoneFailure } from '../../contract/errors.ts';
import { assertNever } from '../../contract/assert-never.ts';
import type { MediaStats } from '../../contract/snapshot.ts';
import type { PathEvent } from '../rtp/media-path.ts';
import type { AudioSession } from './audio-session.ts';
import type { ConferenceParty } from './conference.ts';
import type { ConferenceRoom, ConferenceRooms } from './conference-room.ts';
import type { Device } from './device.ts';
import { FrameConverter, frameSamplesAt, type FrameSource } from './frame.ts';
import { amplified } from './levels.ts';
import type { LocalMedia, MediaParameters, MediaSession, MediaSessionEvent } from './media-engine.ts';
import type { IceDescription } from '../nat/ice-description.ts';
import { monotonicMs } from './pacer.ts';
import type { Recorder } from './recorder.ts';
import type { Recording } from './wav-format.ts';
import type { WavWriter } from './wav-writer.ts';

/** A recording that plays once, from {@link play} on; silence before and after. */
export class WavSource implements FrameSource {
  readonly #samples: Int16Array;
  readonly #frame: Int16Array;
  readonly #converter = new FrameConverter();
  #position: number | null = null;

  constructor({ samples, sampleRate }: Recording) {
    this.#samples = samples;
    this.#frame = new Int16Array(frameSamplesAt(sampleRate));
  }

  play(): void {
    this.#position ??= 0;
  }

  read(into: Int16Array): void {
    this.#frame.fill(0);
    if (this.#position !== null) {
      this.#frame.set(this.#samples.subarray(this.#position, this.#position + this.#frame.length));
      this.#position += this.#frame.length;
    }
    this.#converter.convertInto(this.#frame, into);
  }
}

const sessionGone = () => new PhoneFailure('internal', { reason: 'the sound of this call has ended' });

export interface SessionParts {
  audio: AudioSession;
  device: Device;
  /** What the session sends outside conferences. */
  source: FrameSource | null;
  /** Plays from the answer on. */
  played: WavSource | null;
  /** Records from the answer on. */
  recorded: WavWriter | null;
  hearsDevice: boolean;
  rooms: ConferenceRooms;
  /** Takes the session off the device. */
  detach: () => void;
}

export class CoreSession implements MediaSession, ConferenceParty {
  readonly #parts: SessionParts;
  readonly #listeners = new Set<(event: MediaSessionEvent) => void>();
  readonly #removeVoice: () => void;
  #room: ConferenceRoom | null = null;
  /** The microphone is muted for this session, and for the conference that it is in. */
  muted = false;
  #aside = false;
  #answered = false;
  #recorder: Recorder | null = null;
  #closed: Promise<MediaStats> | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { audio, device, hearsDevice } = parts;
    this.#removeVoice = hearsDevice ? device.addVoice((into) => this.#hear(into)) : () => undefined;
    audio.path.onEvent((event) => this.#pathEvent(event));
    audio.on((event) => this.emit(event.type === 'levels' ? this.#levelsOf(event) : event));
  }

  #levelsOf(event: MediaSessionEvent & { type: 'levels' }): MediaSessionEvent {
    const { device, hearsDevice } = this.#parts;
    const gain = this.#aside ? 0 : device.speakerVolume;
    if (!hearsDevice) return event;
    return { ...event, ...this.#room?.microphoneLevel, speakerDb: amplified(event.speakerDb, gain) };
  }

  /** What the device hears of this session itself: nothing in a conference, which is heard as a whole. */
  #hear(into: Int16Array): boolean {
    const audible = this.#room === null && this.#parts.audio.pull(into);
    if (this.#room === null && !this.#aside) return audible;
    into.fill(0);
    return false;
  }

  /** What the conference hears of this session. */
  voice(into: Int16Array): void {
    this.#parts.audio.pull(into);
    if (this.#answered) this.#parts.recorded?.write(into);
    if (this.#aside) into.fill(0);
  }

  emit(event: MediaSessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  on(listener: (event: MediaSessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get local(): LocalMedia {
    const { audio } = this.#parts;
    return { address: audio.localAddress, port: audio.localPort, ice: audio.path.ice };
  }

  #pathEvent(event: PathEvent): void {
    switch (event.type) {
      case 'path':
        return this.emit(event);
      case 'local':
        return this.emit({ type: 'candidates', local: this.local });
      case 'lost':
        return this.emit({ type: 'path-lost' });
      case 'failed':
        return this.emit({ type: 'failed', code: 'media.no-path', reason: 'ICE found no pair' });
      default:
        return assertNever(event);
    }
  }

  addRemoteCandidates(ice: IceDescription): void {
    this.#parts.audio.path.addRemoteCandidates(ice);
  }

  async record({ path, tone }: { path: string; tone: boolean }): Promise<void> {
    if (this.#closed) throw sessionGone();
    await this.stopRecording();
    const onFailure = (reason: string) => {
      // Another one may have begun while this one was being finished.
      if (this.#recorder !== recorder) return;
      void this.stopRecording();
      this.emit({ type: 'recording-failed', reason });
    };
    const made = await import('./recorder.ts');
    const recorder = await made.Recorder.create(path, { tone, now: monotonicMs, onFailure });
    if (this.#closed) {
      await recorder.close();
      throw sessionGone();
    }
    this.#recorder = recorder;
    this.#placeRecorder();
  }

  /** In a conference all of it is recorded. */
  #placeRecorder(): void {
    this.#parts.audio.setRecorder(this.#room === null ? this.#recorder : null);
    this.#room?.setTap(this, this.#recorder);
  }

  async stopRecording(): Promise<void> {
    const recorder = this.#recorder;
    this.#recorder = null;
    this.#placeRecorder();
    await recorder?.close();
  }

  start(parameters: MediaParameters): void {
    this.#parts.audio.start(parameters);
  }

  move(localAddress: string): Promise<void> {
    return this.#parts.audio.move(localAddress);
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
    this.#applyMute();
  }

  setAside(aside: boolean): void {
    this.#aside = aside;
    this.#applyMute();
  }

  #applyMute(): void {
    this.#parts.audio.setMuted(this.#aside || (this.#room === null && this.muted));
  }

  join(conference: string | null): void {
    if (this.#closed) return;
    const { audio, hearsDevice, rooms, source } = this.#parts;
    this.#room?.leave(this);
    this.#room = conference === null ? null : rooms.enter(conference);
    audio.setSource(this.#room?.join(this) ?? source);
    audio.setPullMode(this.#room === null && !hearsDevice ? 'deadline' : 'external');
    this.#placeRecorder();
    this.#applyMute();
    rooms.tidy();
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

  sendTones(digits: string, options: { durationMs: number; gapMs: number }): void {
    this.#parts.audio.sendTones(digits, options);
  }

  close(): Promise<MediaStats> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<MediaStats> {
    const { audio, recorded, rooms, detach } = this.#parts;
    this.#room?.leave(this);
    rooms.tidy();
    this.#removeVoice();
    detach();
    const stats = await audio.close();
    await Promise.all([recorded?.close(), this.stopRecording()]);
    return stats;
  }
}
