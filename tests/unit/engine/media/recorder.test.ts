import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Recorder } from '../../../../engine/media/recorder.ts';
import { readStereo } from './sounds.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'call.wav');
const flat = (value: number, samples = 160) => new Int16Array(samples).fill(value);

/** A recording under a clock that is moved by hand. */
async function recording(tone = false) {
  const time = { ms: 5000 };
  const failures: string[] = [];
  const recorder = await Recorder.create(file(), {
    tone,
    now: () => time.ms,
    onFailure: (reason) => failures.push(reason),
  });
  /** Frames of 20 ms, each with what it holds from either side; null is nothing. */
  const pass = (frames: number, here: number | null, there: number | null) => {
    for (let frame = 0; frame < frames; frame += 1) {
      if (here !== null) recorder.here(flat(here));
      if (there !== null) recorder.there(flat(there));
      time.ms += 20;
    }
  };
  return { recorder, time, pass, failures };
}

const written = () => readStereo(file());

describe('the recording of a call', () => {
  it('has the near side left and the far side right, as long as the call', async () => {
    const { recorder, pass } = await recording();
    pass(100, 1000, -2000);
    await recorder.close();
    const { rate, left, right } = written();
    expect(rate).toBe(8000);
    expect(left).toEqual(flat(1000, 16_000));
    expect(right).toEqual(flat(-2000, 16_000));
  });

  it('keeps both sides together over a pause of one of them', async () => {
    const { recorder, pass } = await recording();
    pass(50, 1000, 2000);
    pass(100, null, 2000);
    pass(50, 3000, 4000);
    await recorder.close();
    const { left, right } = written();
    const begins = left.indexOf(3000);
    expect(left.length).toBe(200 * 160);
    expect(Math.abs(begins - right.indexOf(4000))).toBeLessThanOrEqual(160);
    expect(left[75 * 160]).toBe(0);
    expect(right[75 * 160]).toBe(2000);
  });

  it('is silent where the call was on hold, and goes on at its time', async () => {
    const { recorder, time, pass } = await recording();
    pass(50, 1000, 2000);
    time.ms += 10_000;
    pass(50, 3000, 4000);
    await recorder.close();
    const { left, right } = written();
    expect(left.length).toBe(12 * 8000);
    expect([left.indexOf(3000), right.indexOf(4000)]).toEqual([11 * 8000, 11 * 8000]);
    for (const channel of [left, right])
      expect(channel.subarray(8000, 11 * 8000).every((sample) => sample === 0)).toBe(true);
  });

  it('is whole when the far side never comes', async () => {
    const { recorder, pass } = await recording();
    pass(200, 1000, null);
    await recorder.close();
    const { left, right } = written();
    expect(left).toEqual(flat(1000, 32_000));
    expect(right).toEqual(flat(0, 32_000));
  });

  it('does not drift apart when one clock is faster', async () => {
    const { recorder, time } = await recording();
    for (let frame = 0; frame < 1500; frame += 1) {
      recorder.here(flat(1));
      recorder.there(flat(2));
      // A card that plays 1% too fast asks for a frame more now and then.
      if (frame % 100 === 99) recorder.there(flat(2));
      time.ms += 20;
    }
    await recorder.close();
    const { left } = written();
    expect(Math.abs(left.length - 1500 * 160)).toBeLessThanOrEqual(6 * 160);
  });

  it('keeps the rate that it began with when the codec changes', async () => {
    const { recorder, time } = await recording();
    for (let frame = 0; frame < 100; frame += 1) {
      const samples = frame < 50 ? 320 : 160;
      recorder.here(flat(500, samples));
      recorder.there(flat(500, samples));
      time.ms += 20;
    }
    await recorder.close();
    const { rate, left } = written();
    expect(rate).toBe(16_000);
    expect(left.length).toBe(32_000);
    expect(Math.abs((left.at(-200) ?? 0) - 500)).toBeLessThan(20);
  });

  it('puts the tone into what goes out and into the file, 0.2 s in every 15', async () => {
    const { recorder, time } = await recording(true);
    let loud = 0;
    const loudAt: number[] = [];
    for (let frame = 0; frame < 1600; frame += 1) {
      const out = flat(0);
      recorder.here(out);
      recorder.there(flat(0));
      if (out.some((sample) => Math.abs(sample) > 1000)) {
        loud += 1;
        loudAt.push(frame);
      }
      time.ms += 20;
    }
    await recorder.close();
    expect(loud).toBe(30);
    expect([loudAt[0], loudAt[10], loudAt[20]]).toEqual([0, 750, 1500]);
    const { left, right } = written();
    const crossings = left
      .slice(80, 1520)
      .filter((sample, index) => (left[79 + index] ?? 0) < 0 !== sample < 0);
    expect(crossings.length / 2 / 0.18).toBeGreaterThan(1370);
    expect(crossings.length / 2 / 0.18).toBeLessThan(1430);
    expect(right.every((sample) => sample === 0)).toBe(true);
  });

  it('is there up to the last second while the call still runs', async () => {
    const { recorder, pass } = await recording();
    pass(150, 7, 7);
    await expect.poll(() => written().left.length).toBeGreaterThanOrEqual(8000);
    await recorder.close();
  });

  it('never takes the place of another one', async () => {
    writeFileSync(file(), 'precious');
    await expect(recording()).rejects.toThrow('cannot be used');
    expect(readFileSync(file(), 'utf8')).toBe('precious');
  });
});
