import { describe, expect, test } from 'vitest';
import { compareAudio, delayBetween, windowCorrelations } from '../../support/audio-compare.ts';
import { mulberry32 } from '../../support/prng.ts';
import { resample, syntheticSpeech } from '../../support/speech.ts';

const rate = 8000;
const voice = Int16Array.from(syntheticSpeech({ seconds: 10, rate }), (value) => value * 2000);

/** The voice, later by so many samples (earlier when negative). */
function delayed(samples: Int16Array, by: number): Int16Array {
  if (by < 0) return samples.slice(-by);
  const later = new Int16Array(samples.length + by);
  later.set(samples, by);
  return later;
}

describe('compareAudio', () => {
  test('finds the delay and tells that a copy is the same', () => {
    const result = compareAudio(voice, delayed(voice, 1234), rate, 1);
    expect(result.delaySamples).toBe(1234);
    expect(result.windows).toHaveLength(10);
    expect(result.lowest).toBeCloseTo(1, 6);
    expect(result.gaps).toEqual([]);
  });

  test('finds a negative delay when the beginning is missing, and leaves out the window that is not whole', () => {
    const result = compareAudio(voice, delayed(voice, -300), rate, 1);
    expect(result.delaySamples).toBe(-300);
    expect(result.windows[0]?.startSeconds).toBe(1);
    expect(result.lowest).toBeCloseTo(1, 6);
  });

  test('finds the delay under noise as loud as a bad line', () => {
    const draw = mulberry32(3);
    const noisy = delayed(voice, 777).map((sample) => sample + (draw() - 0.5) * 1500);
    expect(delayBetween(voice, noisy)).toBe(777);
  });

  test('sees a lost packet as a gap, where it is and how long', () => {
    const received = delayed(voice, 400);
    const loudest = loudestBlock(voice, 160);
    received.fill(0, 400 + loudest, 400 + loudest + 160);
    const { gaps } = compareAudio(voice, received, rate, 1);
    expect(gaps).toHaveLength(1);
    expect(Math.abs((gaps[0]?.startSeconds ?? 0) - loudest / rate)).toBeLessThanOrEqual(0.005);
    expect(gaps[0]?.durationSeconds).toBeGreaterThanOrEqual(0.01);
    expect(gaps[0]?.durationSeconds).toBeLessThanOrEqual(0.02);
  });

  test('lowers the correlation of the window in which other sound came, and of no other', () => {
    const received = delayed(voice, 100);
    const other = mulberry32(9);
    for (let index = 0; index < rate; index += 1) received[100 + 3 * rate + index] = (other() - 0.5) * 8000;
    const { windows } = compareAudio(voice, received, rate, 1);
    expect(windows[3]?.correlation).toBeLessThan(0.3);
    windows
      .filter((_, index) => index !== 3)
      .forEach(({ correlation }) => expect(correlation).toBeCloseTo(1, 6));
  });

  test('follows a delay that grows by a packet in the middle only when given slack', () => {
    const half = 5 * rate;
    const received = new Int16Array(voice.length + 160);
    received.set(voice.subarray(0, half));
    received.set(voice.subarray(half), half + 160);
    expect(compareAudio(voice, received, rate, 1).lowest).toBeLessThan(0.5);
    expect(compareAudio(voice, received, rate, 1, { slackSeconds: 0.02 }).lowest).toBeCloseTo(1, 6);
  });

  test('does not judge windows in which nothing was sent', () => {
    const quiet = Int16Array.from(voice);
    quiet.fill(0, rate, 2 * rate);
    const { windows, lowest } = compareAudio(quiet, quiet, rate, 1);
    expect(windows[1]?.correlation).toBeUndefined();
    expect(lowest).toBeCloseTo(1, 6);
  });

  test('lists the windows in which something was sent, for those who want no more', () => {
    const quiet = Int16Array.from(voice);
    quiet.fill(0, rate, 2 * rate);
    const windows = windowCorrelations(quiet, quiet, rate, 1);
    expect(windows.map(({ startSeconds }) => startSeconds)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Math.min(...windows.map(({ correlation }) => correlation))).toBeCloseTo(1, 6);
  });

  test('calls silence in answer to speech a gap as long as the speech', () => {
    const { gaps } = compareAudio(voice, new Int16Array(voice.length), rate, 1);
    const total = gaps.reduce((sum, gap) => sum + gap.durationSeconds, 0);
    expect(total).toBeGreaterThan(5);
  });
});

describe('resample', () => {
  test('keeps a tone and its strength from 22,050 Hz to 8,000 Hz', () => {
    const sine = Int16Array.from(
      { length: 22_050 },
      (_, n) => 10_000 * Math.sin((2 * Math.PI * 1000 * n) / 22_050),
    );
    const lower = resample(sine, 22_050, 8000);
    expect(lower).toHaveLength(8000);
    for (let n = 1000; n < 7000; n += 1) {
      expect(Math.abs((lower[n] ?? 0) - 10_000 * Math.sin((2 * Math.PI * 1000 * n) / 8000))).toBeLessThan(50);
    }
  });

  test('takes away a tone that the lower rate cannot hold', () => {
    const sine = Int16Array.from(
      { length: 22_050 },
      (_, n) => 10_000 * Math.sin((2 * Math.PI * 6000 * n) / 22_050),
    );
    const lower = resample(sine, 22_050, 8000).slice(1000, 7000);
    expect(Math.max(...lower.map(Math.abs))).toBeLessThan(50);
  });
});

function loudestBlock(samples: Int16Array, length: number): number {
  let [best, bestEnergy] = [0, -1];
  for (let start = 0; start + length <= samples.length; start += 40) {
    const energy = samples.subarray(start, start + length).reduce((sum, sample) => sum + sample * sample, 0);
    if (energy > bestEnergy) [best, bestEnergy] = [start, energy];
  }
  return best;
}
