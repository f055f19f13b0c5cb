/**
 * The shell's microphone and speaker at the end of an audio link (contract/audio-frames.ts): each captured frame goes to every
 * session that sends the microphone, and each pull is answered by exactly one frame in which all sessions are mixed.
 */
import {
  decodeAudioMessage,
  encodeAudioMessage,
  frameRate,
  frameSamples,
} from '../../contract/audio-frames.ts';
import { floatToInt16Into, int16ToFloatInto } from '../../native-wasm/convert.ts';
import { GainRamp } from '../../native-wasm/gain.ts';
import { mixFloatInto, type MixInput } from '../../native-wasm/mix.ts';
import { FrameConverter, type FrameSource } from './frame.ts';
import { CaptureStore } from './capture.ts';
import type { AudioLink } from './media-engine.ts';
import { monotonicMs } from './pacer.ts';

/** One session's view of the microphone, at whatever rate it reads. */
class Microphone implements FrameSource {
  readonly #store = new CaptureStore(frameRate);
  readonly #converter = new FrameConverter();
  readonly #gain: GainRamp;
  readonly #captured = new Float32Array(frameSamples);
  readonly #samples = new Int16Array(frameSamples);

  constructor(gain: number) {
    this.#gain = new GainRamp(gain);
  }

  push(samples: Float32Array): void {
    this.#store.push(samples, monotonicMs());
  }

  setGain(gain: number): void {
    this.#gain.setTarget(gain);
  }

  read(into: Int16Array): void {
    this.#store.read(this.#captured, monotonicMs());
    this.#gain.apply(this.#captured);
    floatToInt16Into(this.#captured, this.#samples);
    this.#converter.convertInto(this.#samples, into);
  }
}

/** What a session gives to be heard: fills a frame at the device's rate, false when it is mere silence. */
export type PullFrame = (into: Int16Array) => boolean;

/** One session's way to the speaker. */
class Voice {
  readonly frame = new Float32Array(frameSamples);
  readonly #pull: PullFrame;
  readonly #pulled = new Int16Array(frameSamples);

  constructor(pull: PullFrame) {
    this.#pull = pull;
  }

  /** Fills {@link frame}. */
  next(): boolean {
    const audible = this.#pull(this.#pulled);
    int16ToFloatInto(this.#pulled, this.frame);
    return audible;
  }
}

export class Device {
  #link: AudioLink | null = null;
  readonly #microphones = new Set<Microphone>();
  readonly #voices = new Set<Voice>();
  readonly #speakerGain = new GainRamp();
  readonly #mixed = new Float32Array(frameSamples);
  #microphoneGain = 1;

  /** Linear gain of the speaker. */
  get speakerVolume(): number {
    return this.#speakerGain.target;
  }

  /** A new link replaces the old one. */
  attach(link: AudioLink): void {
    this.#link?.close();
    this.#link = link;
    link.onMessage((message) => {
      if (this.#link === link) this.#onMessage(message, link);
    });
  }

  setVolumes(volumes: { microphone: number; speaker: number }): void {
    this.#microphoneGain = volumes.microphone;
    for (const microphone of this.#microphones) microphone.setGain(volumes.microphone);
    this.#speakerGain.setTarget(volumes.speaker);
  }

  /** A source of the microphone's sound, and what gives it back. */
  openMicrophone(): { source: FrameSource; close: () => void } {
    const microphone = new Microphone(this.#microphoneGain);
    this.#microphones.add(microphone);
    return { source: microphone, close: () => this.#microphones.delete(microphone) };
  }

  /** Lets a session be heard until the answer is called. */
  addVoice(pull: PullFrame): () => void {
    const voice = new Voice(pull);
    this.#voices.add(voice);
    return () => this.#voices.delete(voice);
  }

  #onMessage(bytes: ArrayBuffer, link: AudioLink): void {
    const message = decodeAudioMessage(bytes);
    if (message?.kind === 'capture') {
      for (const microphone of this.#microphones) microphone.push(message.samples);
    } else if (message?.kind === 'pull') {
      link.send(this.#playout(message.sequence));
    }
  }

  #playout(sequence: number): ArrayBuffer {
    let silent = true;
    const inputs: MixInput<Float32Array>[] = [];
    for (const voice of this.#voices) {
      if (voice.next()) silent = false;
      inputs.push({ frame: voice.frame, gain: 1 });
    }
    mixFloatInto(inputs, this.#mixed);
    this.#speakerGain.apply(this.#mixed);
    return encodeAudioMessage({ kind: 'playout', sequence, silent, samples: this.#mixed });
  }

  /** Idempotent. */
  close(): void {
    this.#link?.close();
    this.#link = null;
    this.#voices.clear();
    this.#microphones.clear();
  }
}
