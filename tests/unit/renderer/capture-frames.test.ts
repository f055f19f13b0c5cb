import { expect, it } from 'vitest';
import { frameSamples } from '../../../contract/audio-frames.ts';
import { CaptureFrames } from '../../../renderer/audio/capture-frames.ts';

it('makes frames of 960 samples out of blocks of 128 and loses none', () => {
  const capture = new CaptureFrames(frameSamples);
  const frames: number[][] = [];
  for (let block = 0; block < 15; block += 1) {
    const samples = Float32Array.from({ length: 128 }, (_, index) => block * 128 + index);
    capture.push(samples, 0, (frame) => frames.push([...frame]));
  }
  expect(frames).toHaveLength(2);
  expect(frames.flat()).toEqual(Array.from({ length: 2 * frameSamples }, (_, index) => index));
});

it('gives each frame the time of its first sample', () => {
  const capture = new CaptureFrames(frameSamples);
  const times: number[] = [];
  for (let block = 0; block < 15; block += 1) {
    const timeMs = 1000 + (block * 128) / 48;
    capture.push(new Float32Array(128), timeMs, (_, frameTimeMs) => times.push(frameTimeMs));
  }
  expect(times[0]).toBeCloseTo(1000, 6);
  expect(times[1]).toBeCloseTo(1020, 6);
});

it('drops a partial frame on reset', () => {
  const capture = new CaptureFrames(frameSamples);
  let frames = 0;
  capture.push(new Float32Array(900), 0, () => (frames += 1));
  capture.reset();
  capture.push(new Float32Array(900), 0, () => (frames += 1));
  expect(frames).toBe(0);
});
