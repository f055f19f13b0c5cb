import { expect, test } from 'vitest';
import { steadyTone, toneFrames } from '../../support/steady-tone.ts';

const rate = 8_000;
const frame = 160;
const tone = () => steadyTone(400, rate, 1);

test('finds a tone whole in every frame, wherever it begins, also where it loops', () => {
  const looped = Int16Array.of(...tone().subarray(37), ...tone());
  expect(toneFrames(looped, 400, rate)).toEqual({ frames: 99, faulty: [] });
});

test('takes a tone that is one percent faster or slower for whole', () => {
  for (const hz of [396, 404]) expect(toneFrames(steadyTone(hz, rate, 1), 400, rate).faulty).toEqual([]);
});

test('tells the frame that is silent, faded, jumped or another sound', () => {
  const samples = tone();
  samples.fill(0, 10 * frame, 11 * frame);
  for (let at = 0; at < frame; at += 1) {
    samples[20 * frame + at] = (samples[20 * frame + at] ?? 0) * (1 - at / frame);
  }
  samples.set(steadyTone(400, rate, 1).subarray(10, 10 + frame / 2), 30 * frame + frame / 2);
  samples.set(steadyTone(650, rate, 1).subarray(0, frame), 40 * frame);
  expect(toneFrames(samples, 400, rate).faulty).toEqual([10, 20, 30, 40]);
});
