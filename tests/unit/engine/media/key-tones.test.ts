import { describe, expect, it } from 'vitest';
import { KeyTones } from '../../../../engine/media/key-tones.ts';

const rate = 8000;
const rows = [697, 770, 852, 941];
const columns = [1209, 1336, 1477, 1633];
const keys = ['123A', '456B', '789C', '*0#D'];

/** Amplitude of one frequency in the samples (Goertzel). */
function amplitudeAt(samples: Int16Array, frequency: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let [one, two] = [0, 0];
  for (const sample of samples) [one, two] = [sample + turn * one - two, one];
  return (2 * Math.sqrt(one * one + two * two - turn * one * two)) / samples.length;
}
/** Of a sine, relative to G.711's digital milliwatt. */
const dBm0 = (amplitude: number) => 20 * Math.log10(amplitude / 32_767) + 3.17;

function sound(press: string, durationMs: number, gapMs: number, frames: number): Int16Array {
  const tones = new KeyTones(rate);
  for (const digit of press) tones.press({ digit, durationMs, gapMs });
  const samples = new Int16Array(frames * 160);
  for (let frame = 0; frame < frames; frame += 1)
    tones.read(samples.subarray(160 * frame, 160 * (frame + 1)));
  return samples;
}

describe('keys as tones', () => {
  const all = keys.flatMap((row, low) =>
    [...row].map((key, high) => [key, rows[low], columns[high]] as const),
  );
  it.each(all)('%s sounds as %d and %d Hz, loud enough and nothing else', (key, low, high) => {
    const samples = sound(key, 400, 40, 20).subarray(400, 2800);
    for (const frequency of [...rows, ...columns]) {
      const level = dBm0(amplitudeAt(samples, frequency));
      if (frequency === low || frequency === high) {
        expect(level).toBeGreaterThan(-9);
        expect(level).toBeLessThan(-5.5);
      } else expect(level).toBeLessThan(-35);
    }
    expect(Math.max(...samples)).toBeLessThan(32_000);
  });

  it('last as long as asked, 40 ms at least, with silence of at least 40 ms between them', () => {
    const samples = sound('11', 100, 60, 20);
    const audible = [...samples]
      .map((sample, at) => (Math.abs(sample) > 3000 ? at : -1))
      .filter((at) => at >= 0);
    const second = audible.find((at) => at > 1000) ?? 0;
    expect(second).toBeGreaterThanOrEqual(1280);
    expect(second).toBeLessThan(1320);
    expect(samples.subarray(800, 1280).every((sample) => sample === 0)).toBe(true);
    const short = sound('1', 5, 0, 4);
    expect(short.subarray(0, 320).some((sample) => sample !== 0)).toBe(true);
    expect(short.subarray(300, 318).some((sample) => Math.abs(sample) > 100)).toBe(true);
    expect(short.subarray(320).every((sample) => sample === 0)).toBe(true);
  });

  it('tells each key when its tone is over, and leaves the sound alone after the last gap', () => {
    const tones = new KeyTones(rate);
    for (const digit of 'x7a#') tones.press({ digit, durationMs: 50, gapMs: 40 });
    const told: string[] = [];
    const frame = new Int16Array(160);
    for (let index = 0; index < 12; index += 1) {
      frame.fill(123);
      for (const { digit, durationMs } of tones.read(frame)) told.push(`${index} ${digit} ${durationMs}`);
    }
    expect(told).toEqual(['2 7 50', '6 # 50']);
    expect(tones.active).toBe(false);
    expect([...frame]).toEqual(new Array(160).fill(123));
  });
});
