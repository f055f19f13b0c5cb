/**
 * AudioWorklet: the microphone's frames go out and the far side's frames come in over one port that was handed to it, past the
 * page's main thread. The sound card's clock drives both: a frame is asked for each time one has been played.
 */
import {
  decodeAudioMessage,
  encodeAudioMessage,
  frameRate,
  frameSamples,
} from '../../contract/audio-frames.ts';
import { CaptureFrames } from './capture-frames.ts';
import { NoiseReduction } from './noise-reduction.ts';
import { PlayoutRing } from './playout-ring.ts';
import { noiseFrameSamples, Rnnoise } from './rnnoise.ts';
import { soundWorkletName, type SoundWorkletOrder, type SoundWorkletReport } from './sound-worklet-door.ts';

declare const currentTime: number;
declare const registerProcessor: (name: string, processor: new () => AudioWorkletProcessor) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

class SoundProcessor extends AudioWorkletProcessor {
  readonly #ring = new PlayoutRing();
  readonly #noiseFrames = new CaptureFrames(noiseFrameSamples);
  readonly #noise = new NoiseReduction();
  readonly #capture = new CaptureFrames(frameSamples);
  #engine: MessagePort | null = null;
  #pullSequence = 0;
  #captureSequence = 0;
  /** Whole seconds without an answer that the page was told of. */
  #starvedSeconds = 0;
  /** Counts orders for the noise: only the last one's code is used. */
  #noiseOrders = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<SoundWorkletOrder>) => {
      if (data.kind === 'engine') this.#use(data.port);
      else void this.#reduceNoise(data.code);
    };
  }

  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    if (this.#engine === null) return true;
    const microphone = input?.[0];
    const timeMs = currentTime * 1000;
    if (microphone === undefined) this.#forgetCaptured();
    else this.#noiseFrames.push(microphone, timeMs, this.#clean);

    const [speaker, ...copies] = output ?? [];
    if (speaker !== undefined) {
      this.#ring.read(speaker);
      for (const copy of copies) copy.set(speaker);
    }
    for (let pulls = this.#ring.takePulls(); pulls > 0; pulls -= 1) this.#pull(timeMs);
    this.#watch();
    return true;
  }

  #use(port: MessagePort | null): void {
    this.#engine?.close();
    this.#engine = port;
    this.#ring.reset();
    this.#forgetCaptured();
    this.#starvedSeconds = 0;
    if (port === null) return;
    port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const message = decodeAudioMessage(data);
      if (message?.kind === 'playout') this.#ring.push(message.samples);
    };
  }

  /** Compiled by threads beside this one, which makes sound meanwhile. */
  async #reduceNoise(code: ArrayBuffer | null): Promise<void> {
    const ordered = ++this.#noiseOrders;
    if (code === null) return this.#noise.use(null);
    try {
      const module = await WebAssembly.compile(code);
      if (ordered === this.#noiseOrders) this.#noise.use(new Rnnoise(module));
    } catch {
      if (ordered === this.#noiseOrders) this.#report('no-noise');
    }
  }

  /** Both kinds of frames begin together: a frame for the engine is two of those that are cleaned. */
  #forgetCaptured(): void {
    this.#noiseFrames.reset();
    this.#capture.reset();
  }

  readonly #clean = (frame: Float32Array, timeMs: number): void => {
    this.#noise.process(frame);
    this.#capture.push(frame, timeMs, this.#send);
  };

  readonly #send = (samples: Float32Array, timeMs: number): void => {
    const message = encodeAudioMessage({
      kind: 'capture',
      sequence: this.#captureSequence++,
      timeMs,
      samples,
    });
    this.#engine?.postMessage(message);
  };

  #pull(timeMs: number): void {
    const depthSamples = this.#ring.depthSamples;
    const message = encodeAudioMessage({
      kind: 'pull',
      sequence: this.#pullSequence++,
      timeMs,
      depthSamples,
    });
    this.#engine?.postMessage(message);
  }

  #watch(): void {
    const seconds = Math.floor(this.#ring.unansweredSamples / frameRate);
    if (seconds > this.#starvedSeconds) this.#report('starved');
    this.#starvedSeconds = seconds;
  }

  #report(report: SoundWorkletReport): void {
    this.port.postMessage(report);
  }
}

registerProcessor(soundWorkletName, SoundProcessor);
