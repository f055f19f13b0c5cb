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

const starvedSamples = frameRate;

class SoundProcessor extends AudioWorkletProcessor {
  readonly #ring = new PlayoutRing();
  readonly #noiseFrames = new CaptureFrames(noiseFrameSamples);
  readonly #noise = new NoiseReduction();
  readonly #capture = new CaptureFrames(frameSamples);
  #engine: MessagePort | null = null;
  #pullSequence = 0;
  #captureSequence = 0;
  #toldStarved = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<SoundWorkletOrder>) => {
      if (data.kind === 'engine') this.#use(data.port);
      else this.#reduceNoise(data.module);
    };
    this.port.onmessageerror = () => this.#report('no-noise');
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
    this.#toldStarved = false;
    if (port === null) return;
    port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const message = decodeAudioMessage(data);
      if (message?.kind === 'playout') this.#ring.push(message.samples);
    };
  }

  #reduceNoise(module: WebAssembly.Module | null): void {
    try {
      this.#noise.use(module === null ? null : new Rnnoise(module));
    } catch {
      this.#report('no-noise');
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
    const starved = this.#ring.unansweredSamples >= starvedSamples;
    if (starved && !this.#toldStarved) this.#report('starved');
    this.#toldStarved = starved;
  }

  #report(report: SoundWorkletReport): void {
    this.port.postMessage(report);
  }
}

registerProcessor(soundWorkletName, SoundProcessor);
