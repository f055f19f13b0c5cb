/**
 * The sending half of a session, slot by slot of the audio clock:
 *
 *   source ──frames──► level ──► comfort silence while muted ──► tones of keys ──► encoder ──┐
 *                                                     pauses, described instead of sent ─────┤
 *                                                              telephone-events ─────────────┴──► RTP
 */
import type { Logger } from '../log.ts';
import { comfortNoisePayload } from '../rtp/comfort-noise.ts';
import type { RtpSession } from '../rtp/session.ts';
import {
  eventOfKey,
  idleSender,
  isIdle,
  stepSender,
  type KeyPress,
  type SenderEffect,
} from '../rtp/telephone-event.ts';
import { codecOf } from './codec.ts';
import type { SoundEncoder } from './sound-codec.ts';
import { ComfortNoise } from './comfort-noise.ts';
import { frameSamplesAt, type FrameSource } from './frame.ts';
import { KeyTones } from './key-tones.ts';
import { MicrophoneMeter, type MicrophoneLevel } from './levels.ts';
import type { AudioCodec, MediaParameters } from './media-engine.ts';
import { SilenceSuppression } from './silence-suppression.ts';

/**
 * So many slots that this process slept through are still sent, late but in order: any receiver's buffer takes them in. More
 * would be a burst, which buffers and policers drop, so beyond that they are given up.
 */
const catchUpSlots = 2;
export const silence: FrameSource = { read: (into) => into.fill(0) };

export type KeyMethod = 'rfc4733' | 'inband';

/** What runs: the codec at work, and the lengths that follow from it. */
interface Stream {
  codec: AudioCodec;
  encoder: SoundEncoder;
  tones: KeyTones;
  frame: Int16Array;
}

export class SoundSender {
  readonly #rtp: Pick<RtpSession, 'send'>;
  readonly #log: Logger;
  readonly #onKey: (press: KeyPress, method: KeyMethod) => void;
  readonly #comfort = new ComfortNoise();
  readonly #microphone = new MicrophoneMeter();
  readonly #suppression = new SilenceSuppression();
  #source: FrameSource;
  #parameters: MediaParameters | null = null;
  #stream: Stream | null = null;
  /** Samples read from the source and not yet sent: packets need not be as long as frames. */
  #unsent: Int16Array = new Int16Array(0);
  #timestamp: number;
  /** The next packet of sound begins a talk spurt (RFC 3551 §4.1): M is set. */
  #spurt = true;
  #muted = false;
  #tap: ((frame: Int16Array) => void) | null = null;
  #keys = idleSender;

  /** @param onKey a key was sent completely */
  constructor(
    rtp: Pick<RtpSession, 'send' | 'firstTimestamp'>,
    source: FrameSource | undefined,
    log: Logger,
    onKey: (press: KeyPress, method: KeyMethod) => void,
  ) {
    this.#rtp = rtp;
    this.#source = source ?? silence;
    this.#log = log;
    this.#onKey = onKey;
    this.#timestamp = rtp.firstTimestamp;
  }

  /** Takes what was negotiated. A codec that stays goes on where it is. */
  start(parameters: MediaParameters): void {
    this.#parameters = parameters;
    const { codec } = parameters;
    if (this.#stream && isSameCodec(this.#stream.codec, codec)) return;
    this.#stream = {
      codec,
      encoder: codecOf(codec.name).encoder(codec),
      tones: new KeyTones(codec.sampleRate),
      frame: new Int16Array(frameSamplesAt(codec.sampleRate)),
    };
    this.#unsent = new Int16Array(0);
    this.#spurt = true;
  }

  setSource(source: FrameSource | null): void {
    this.#source = source ?? silence;
  }

  /** Muted sends comfort silence; the source is read on, for its level and its place. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
  }

  /** Sees, and may change, each frame that goes out. */
  setTap(tap: ((frame: Int16Array) => void) | null): void {
    this.#tap = tap;
  }

  /** The far side misses so much of our sound, in percent. */
  expectLoss(percent: number): void {
    this.#stream?.encoder.expectLoss?.(percent);
  }

  /** What the microphone heard since the last call, muted or not. */
  takeLevel(): MicrophoneLevel {
    return this.#microphone.take();
  }

  /** Queues keys (`0`-`9`, `*`, `#`, `A`-`D`; others are passed over), one after the other. */
  sendDigits(digits: string, options: { durationMs: number; gapMs: number }): void {
    if (this.#parameters && this.#parameters.telephoneEventPayloadType === null) {
      this.#log.warn('keys cannot be sent: telephone-event was not negotiated');
      return;
    }
    for (const digit of digits) {
      if (eventOfKey(digit) === null) continue;
      const press = { digit: digit.toUpperCase(), ...options };
      [this.#keys] = stepSender(this.#keys, { type: 'press', press });
    }
  }

  /** Queues keys as tones in the sound, one after the other. */
  sendTones(digits: string, options: { durationMs: number; gapMs: number }): void {
    for (const digit of digits.toUpperCase()) this.#stream?.tones.press({ digit, ...options });
  }

  /** A slot of one packet time is due; `skipped` slots before it were slept through. */
  slot(skipped: number): void {
    const parameters = this.#parameters;
    const stream = this.#stream;
    if (!parameters || !stream) return;
    for (let slot = 0; slot < skipped; slot += 1) {
      if (skipped <= catchUpSlots) this.#send(parameters, stream);
      else this.#drop(parameters, stream);
    }
    this.#send(parameters, stream);
  }

  /** What a slot would have carried is gone, as it would be on a telephone line; the time base goes on. */
  #drop({ packetTimeMs }: MediaParameters, { codec, frame }: Stream): void {
    this.#read(frame, samplesOf(packetTimeMs, codec.sampleRate));
    this.#advance(samplesOf(packetTimeMs, codec.clockRate));
  }

  #send(parameters: MediaParameters, { codec, encoder, tones, frame }: Stream): void {
    const { packetTimeMs } = parameters;
    const samples = this.#read(frame, samplesOf(packetTimeMs, codec.sampleRate));
    const timestamp = this.#timestamp;
    this.#advance(samplesOf(packetTimeMs, codec.clockRate));
    if (!this.#isSending) {
      this.#spurt = true;
      return;
    }
    if (this.#sendKey(parameters, timestamp)) return;
    const isSpeech = tones.active || (!this.#muted && this.#microphone.speaksNow);
    if (tones.active) for (const press of tones.read(samples)) this.#onKey(press, 'inband');
    if (this.#sendPause(parameters, samples, timestamp, isSpeech)) return;
    const payload = encoder.encode(samples);
    if (payload === null) {
      this.#spurt = true;
      return;
    }
    this.#rtp.send({ payloadType: codec.payloadType, marker: this.#spurt, timestamp, payload });
    this.#spurt = false;
  }

  get #isSending(): boolean {
    const direction = this.#parameters?.direction;
    return direction === 'sendrecv' || direction === 'sendonly';
  }

  /** True when this slot belongs to a pause, which is not sent but described; only where that was agreed (RFC 3389 §4). */
  #sendPause(
    parameters: MediaParameters,
    samples: Int16Array,
    timestamp: number,
    isSpeech: boolean,
  ): boolean {
    const { comfortNoisePayloadType: payloadType, packetTimeMs } = parameters;
    if (payloadType === null) return false;
    const content = this.#suppression.next(samples, packetTimeMs, isSpeech);
    if (content.kind === 'sound') return false;
    this.#spurt = true;
    if (content.kind === 'noise') {
      const payload = comfortNoisePayload(content.noise);
      this.#rtp.send({ payloadType, marker: false, timestamp, payload });
    }
    return true;
  }

  #advance(ticks: number): void {
    this.#timestamp = (this.#timestamp + ticks) >>> 0;
  }

  /** The next samples of the source, measured, or comfort silence in their place while muted. */
  #read(frame: Int16Array, count: number): Int16Array {
    while (this.#unsent.length < count) {
      this.#source.read(frame);
      this.#microphone.add(frame);
      if (this.#muted) this.#comfort.read(frame);
      if (this.#isSending) this.#tap?.(frame);
      if (this.#unsent.length === 0 && count === frame.length) return frame;
      const joined = new Int16Array(this.#unsent.length + frame.length);
      joined.set(this.#unsent);
      joined.set(frame, this.#unsent.length);
      this.#unsent = joined;
    }
    const samples = this.#unsent.subarray(0, count);
    this.#unsent = this.#unsent.subarray(count);
    return samples;
  }

  /** True when this slot belongs to a key. */
  #sendKey(parameters: MediaParameters, timestamp: number): boolean {
    const { telephoneEventPayloadType: payloadType, codec, packetTimeMs } = parameters;
    if (payloadType === null || isIdle(this.#keys)) return false;
    const clockRate = parameters.telephoneEventClockRate ?? codec.clockRate;
    let effects: SenderEffect[];
    [this.#keys, effects] = stepSender(this.#keys, {
      type: 'slot',
      timestamp,
      slotTicks: samplesOf(packetTimeMs, clockRate),
      clockRate,
    });
    let taken = false;
    for (const effect of effects) {
      if (effect.type === 'sent') {
        this.#onKey(effect.press, 'rfc4733');
        continue;
      }
      taken = true;
      const { marker, payload } = effect;
      this.#rtp.send({ payloadType, marker, timestamp: effect.timestamp, payload });
    }
    return taken;
  }
}

const samplesOf = (milliseconds: number, rate: number): number => (rate * milliseconds) / 1000;

function isSameCodec(one: AudioCodec, other: AudioCodec): boolean {
  return (
    one.name === other.name &&
    one.payloadType === other.payloadType &&
    one.sampleRate === other.sampleRate &&
    one.opus?.bitrate === other.opus?.bitrate &&
    one.opus?.fec === other.opus?.fec &&
    one.opus?.dtx === other.opus?.dtx
  );
}
