/** How loud a stream was at its loudest since it was last asked, and what else a microphone tells about itself. */
import { measureLevel, silenceDbfs, type FrameLevel } from '../../native-wasm/level.ts';
import { VoiceActivity } from './voice-activity.ts';

export class PeakMeter {
  readonly #level: FrameLevel = { rmsDbfs: silenceDbfs, peakDbfs: silenceDbfs };
  #peakDb = silenceDbfs;

  /** Answers the peak of this frame. */
  add(frame: Int16Array): number {
    const { peakDbfs } = measureLevel(frame, this.#level);
    this.#peakDb = Math.max(this.#peakDb, peakDbfs);
    return peakDbfs;
  }

  /** The peak in dBFS since the last call; −127 is silence. */
  take(): number {
    const peakDb = this.#peakDb;
    this.#peakDb = silenceDbfs;
    return peakDb;
  }
}

export interface MicrophoneLevel {
  /** The peak in dBFS; −127 is silence. */
  microphoneDb: number;
  /** Somebody speaks into the microphone, muted or not. */
  speaking: boolean;
  /** The microphone is overdriven: its sound is cut off at full scale. */
  clipping: boolean;
}

/** As near to full scale as a cut off sample comes after a change of its rate, in int16 and in dB. */
const fullScale = 32_400;
const fullScaleDbfs = -0.1;
/** Speech at a proper level touches full scale now and then; cut off, it stays there. */
const clippingShare = 0.005;

export class MicrophoneMeter {
  readonly #peak = new PeakMeter();
  readonly #voice = new VoiceActivity();
  #speaking = false;
  #speaksNow = false;
  #samples = 0;
  #atFullScale = 0;

  /** Takes a frame of 20 ms. */
  add(frame: Int16Array): void {
    this.#samples += frame.length;
    if (this.#peak.add(frame) >= fullScaleDbfs)
      for (const sample of frame) if (Math.abs(sample) >= fullScale) this.#atFullScale += 1;
    this.#speaksNow = this.#voice.hear(frame);
    if (this.#speaksNow) this.#speaking = true;
  }

  /** Somebody speaks in the last frame. */
  get speaksNow(): boolean {
    return this.#speaksNow;
  }

  /** What was heard since the last call. */
  take(): MicrophoneLevel {
    const level: MicrophoneLevel = {
      microphoneDb: this.#peak.take(),
      speaking: this.#speaking,
      clipping: this.#atFullScale > clippingShare * this.#samples,
    };
    this.#speaking = false;
    this.#samples = 0;
    this.#atFullScale = 0;
    return level;
  }
}

/** A level after a linear gain. */
export function amplified(levelDb: number, gain: number): number {
  if (gain <= 0) return silenceDbfs;
  return Math.max(silenceDbfs, levelDb + 20 * Math.log10(gain));
}
