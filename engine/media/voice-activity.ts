/**
 * Whether somebody speaks, frame by frame. What is far above the room's noise is speech; what is only a little above it is when it has
 * a pitch, which noise has not. The room's noise is the quietest of the last seconds, for speech has pauses and noise has none.
 *
 *   quiet ──a frame of speech──▶ speaking ──no speech for the hangover──▶ quiet
 */
import { measureLevel, silenceDbfs, type FrameLevel } from '../../native-wasm/level.ts';
import { findSeam } from '../../native-wasm/time-scale.ts';
import { frameMs } from './frame.ts';
import { RecentLeast } from './recent-least.ts';

/** Everything is judged at about this rate: a voice shows itself below 4 kHz. */
const judgedRate = 8000;
const frameSamples = (judgedRate * frameMs) / 1000;
/** A pitch is looked for at 67 to 400 Hz. */
const shortestPeriod = 20;
const longestPeriod = 120;

/** A high-pass of 250 Hz. */
const highPassPole = 0.82;

/** Nothing softer than this is speech, in dB of full scale (rms). */
const softestDbfs = -60;
/** Before anything was heard, a room is taken to be as loud as this. */
const assumedNoiseDbfs = -50;
/** Long enough to hold a pause between words. */
const noiseWindowMs = 1500;
/** A frame so far above the quietest one is speech. */
const clearDb = 7;
/** A frame so far above it is speech when it has a pitch: one period is so much like the one before. */
const uncertainDb = 3.5;
const voicedLikeness = 0.55;
/** The ends of words are soft, and so are some of the sounds in their middle. */
const hangoverMs = 200;

export class VoiceActivity {
  /** The end of the frame before and this frame, at the judged rate. */
  readonly #line = new Int16Array(longestPeriod + frameSamples);
  readonly #frame = this.#line.subarray(longestPeriod);
  readonly #noise = new RecentLeast(noiseWindowMs);
  readonly #level: FrameLevel = { rmsDbfs: silenceDbfs, peakDbfs: silenceDbfs };
  /** The high-pass: its last output and input. */
  #high = 0;
  #before = 0;
  #elapsedMs = 0;
  #hangoverUntilMs = 0;

  constructor() {
    this.#noise.add(assumedNoiseDbfs, 0);
  }

  /** Listens to the next frame of 20 ms, at any rate from 8 kHz. Answers whether somebody speaks. */
  hear(frame: Int16Array): boolean {
    this.#elapsedMs += frameMs;
    this.#takeOver(frame);
    const { rmsDbfs } = measureLevel(this.#frame, this.#level);
    const noiseDbfs = this.#noise.value ?? assumedNoiseDbfs;
    // Digital silence is no room: a microphone that is switched off says nothing about noise.
    if (rmsDbfs > silenceDbfs) this.#noise.add(rmsDbfs, this.#elapsedMs);
    if (this.#isSpeech(rmsDbfs, rmsDbfs - noiseDbfs)) this.#hangoverUntilMs = this.#elapsedMs + hangoverMs;
    return this.#elapsedMs < this.#hangoverUntilMs;
  }

  #isSpeech(levelDbfs: number, aboveNoiseDb: number): boolean {
    if (levelDbfs < softestDbfs || aboveNoiseDb < uncertainDb) return false;
    return aboveNoiseDb >= clearDb || this.#voicing() >= voicedLikeness;
  }

  /** How much the frame is like itself one pitch period before. */
  #voicing(): number {
    return findSeam(this.#line, longestPeriod, -longestPeriod, -shortestPeriod, frameSamples).likeness;
  }

  /**
   * Brings the frame to the judged rate; the mean of neighbours is filter enough to hear whether there is a voice. The rumble of rooms,
   * which comes and goes, is taken out by a high-pass.
   */
  #takeOver(frame: Int16Array): void {
    this.#line.copyWithin(0, frameSamples);
    const step = Math.max(1, Math.floor(frame.length / frameSamples));
    for (let index = 0; index < frameSamples; index += 1) {
      let sum = 0;
      for (let at = index * step; at < (index + 1) * step; at += 1) sum += frame[at] ?? 0;
      const sample = sum / step;
      this.#high = highPassPole * (this.#high + sample - this.#before);
      this.#before = sample;
      this.#frame[index] = this.#high;
    }
  }
}
