import { describe, expect, it } from 'vitest';
import { CaptureStore } from '../../../../engine/media/capture.ts';
import { seeded } from './sounds.ts';

const rate = 48_000;

/** A tone, so that a hole or a repeated piece shows as a step. */
function tone(from: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) =>
    Math.sin((2 * Math.PI * 440 * (from + index)) / rate),
  );
}

interface Run {
  heldMs: number[];
  largestStep: number;
  silentFrames: number;
}

/**
 * Captures of 960 samples that arrive 8 to 33 ms apart by a sound card whose clock is `cardRate` times ours; frames read
 * every 20 ms.
 */
function run(seconds: number, cardRate: number, jitter: boolean): Run {
  const store = new CaptureStore(rate);
  const random = seeded(5);
  const frame = new Float32Array(960);
  const result: Run = { heldMs: [], largestStep: 0, silentFrames: 0 };
  let captured = 0;
  let last = 0;
  let arrivalMs = 20;
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs += 20) {
    while (arrivalMs <= nowMs) {
      store.push(tone(960 * captured, 960), arrivalMs);
      captured += 1;
      // Due by the card's clock, delivered with the next of its batches.
      const dueMs = (20 * (captured + 1)) / cardRate;
      arrivalMs = dueMs + (jitter ? random() * 12 : 0);
    }
    store.read(frame, nowMs);
    if (frame.every((sample) => sample === 0)) result.silentFrames += 1;
    for (const sample of frame) {
      if (nowMs > 200) result.largestStep = Math.max(result.largestStep, Math.abs(sample - last));
      last = sample;
    }
    result.heldMs.push(store.heldMs);
  }
  return result;
}

/** The tone's own largest step, with a little room. */
const smoothStep = 1.05 * 2 * Math.PI * (440 / rate);

describe('the store between the microphone and the wire', () => {
  it('gives sound without a hole from captures that come in bursts, and holds little', () => {
    const { heldMs, largestStep, silentFrames } = run(60, 1, true);
    expect(largestStep).toBeLessThan(smoothStep);
    expect(silentFrames).toBeLessThanOrEqual(4);
    expect(Math.max(...heldMs)).toBeLessThan(60);
  });

  it('begins with the newest sound: what was captured before anybody listened is never caught up with', () => {
    const store = new CaptureStore(rate);
    const frame = new Float32Array(960);
    for (let captured = 0; captured < 5; captured += 1) store.push(tone(960 * captured, 960), 20 * captured);
    store.read(frame, 100);
    expect(frame).toEqual(tone(960 * 3, 960));
    for (let captured = 5; captured < 500; captured += 1) {
      store.push(tone(960 * captured, 960), 20 * captured);
      store.read(frame, 20 * captured);
      // Neither stretched nor cut: each frame is a captured one.
      expect(frame).toEqual(tone(960 * (captured - 1), 960));
    }
  });

  it.each([
    [1 + 500e-6, 'fast'],
    [1 - 500e-6, 'slow'],
  ])('follows a sound card whose clock is %d (%s) for five minutes without a hole', (cardRate) => {
    const { heldMs, largestStep } = run(300, cardRate, true);
    expect(largestStep).toBeLessThan(smoothStep);
    expect(Math.max(...heldMs.slice(-500))).toBeLessThan(60);
  });

  it.each([1 + 100e-6, 1 - 100e-6])(
    'follows a sound card whose clock is %d for two hours: no hole, and nothing piles up',
    (cardRate) => {
      const store = new CaptureStore(8000);
      const random = seeded(9);
      const captured = new Float32Array(160).fill(0.5);
      const frame = new Float32Array(160);
      let frames = 0;
      let mostHeldMs = 0;
      for (let nowMs = 0, arrivalMs = 20; nowMs < 7_200_000; nowMs += 20) {
        while (arrivalMs <= nowMs) {
          store.push(captured, arrivalMs);
          frames += 1;
          arrivalMs = (20 * (frames + 1)) / cardRate + random() * 12;
        }
        store.read(frame, nowMs);
        mostHeldMs = Math.max(mostHeldMs, store.heldMs);
        // Each sample that was captured is the same one: what is not, is a hole.
        if (nowMs > 200 && frame.some((sample) => sample < 0.499))
          throw new Error(`a hole after ${nowMs} ms`);
      }
      expect(mostHeldMs).toBeLessThanOrEqual(60);
    },
  );

  it('fades out when the captures stop, is silent, and begins anew', () => {
    const store = new CaptureStore(rate);
    const frame = new Float32Array(960);
    const reads: Float32Array[] = [];
    const read = (nowMs: number): void => {
      store.read(frame, nowMs);
      reads.push(frame.slice());
    };
    for (let index = 0; index < 2; index += 1) store.push(tone(960 * index, 960), 20 * index);
    for (const nowMs of [20, 40, 60]) read(nowMs);
    store.push(tone(0, 960), 70);
    read(80);
    store.push(tone(960, 960), 90);
    read(100);
    const silence = new Float32Array(960);
    expect(reads).toEqual([tone(0, 960), tone(960, 960), silence, silence, tone(0, 960)]);
  });

  it('keeps the newest sound when nobody has read for long', () => {
    const store = new CaptureStore(rate);
    for (let index = 0; index < 50; index += 1) store.push(tone(960 * index, 960), 20 * index);
    expect(store.heldMs).toBeLessThanOrEqual(120);
    const frame = new Float32Array(960);
    store.read(frame, 1000);
    expect(frame.some((sample) => sample !== 0)).toBe(true);
  });
});
