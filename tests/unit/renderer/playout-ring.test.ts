import { describe, expect, it } from 'vitest';
import { frameSamples } from '../../../contract/audio-frames.ts';
import { PlayoutRing } from '../../../renderer/audio/playout-ring.ts';

const quantum = 128;
const frame = (value: number) => new Float32Array(frameSamples).fill(value);

describe('playout ring', () => {
  it('asks for two frames at first and then for one each time one has been played', () => {
    const ring = new PlayoutRing();
    const output = new Float32Array(quantum);
    expect(ring.takePulls()).toBe(2);
    ring.push(frame(0.1));
    ring.push(frame(0.2));
    let pulls = 0;
    for (let played = 0; played < 50 * frameSamples; played += quantum) {
      ring.read(output);
      const due = ring.takePulls();
      pulls += due;
      for (let answer = 0; answer < due; answer += 1) ring.push(frame(0.3));
    }
    expect(pulls).toBe(50);
    expect(ring.missingSamples).toBe(0);
    expect(ring.dropped).toBe(0);
  });

  it('plays samples in order across the borders of blocks and frames', () => {
    const ring = new PlayoutRing();
    ring.takePulls();
    const counting = (from: number) =>
      Float32Array.from({ length: frameSamples }, (_, index) => from + index);
    ring.push(counting(0));
    ring.push(counting(frameSamples));
    const heard: number[] = [];
    const output = new Float32Array(quantum);
    for (let block = 0; block < 15; block += 1) {
      ring.read(output);
      heard.push(...output);
    }
    expect(heard).toEqual(Array.from({ length: 2 * frameSamples }, (_, index) => index));
  });

  it('plays silence while nothing has come, and asks for nothing more meanwhile', () => {
    const ring = new PlayoutRing();
    ring.takePulls();
    const output = new Float32Array(quantum).fill(1);
    ring.read(output);
    expect([...output].every((sample) => sample === 0)).toBe(true);
    expect(ring.missingSamples).toBe(quantum);
    expect(ring.takePulls()).toBe(0);
  });

  it('asks again when the engine has not answered for 200 ms', () => {
    const ring = new PlayoutRing();
    ring.takePulls();
    const output = new Float32Array(quantum);
    for (let played = 0; played < 10 * frameSamples; played += quantum) ring.read(output);
    expect(ring.takePulls()).toBe(2);
    expect(ring.unansweredSamples).toBeGreaterThanOrEqual(10 * frameSamples);
  });

  it('holds two frames at most: late answers push out the oldest', () => {
    const ring = new PlayoutRing();
    for (const value of [1, 2, 3]) ring.push(frame(value));
    const output = new Float32Array(1);
    ring.read(output);
    expect(output[0]).toBe(2);
    expect(ring.dropped).toBe(1);
    expect(ring.depthSamples).toBe(2 * frameSamples - 1);
  });

  it('begins afresh after a reset', () => {
    const ring = new PlayoutRing();
    ring.takePulls();
    ring.push(frame(1));
    ring.reset();
    expect(ring.depthSamples).toBe(0);
    expect(ring.takePulls()).toBe(2);
  });
});
