import { describe, expect, it } from 'vitest';
import { Concealer } from '../../../../engine/media/concealment.ts';

/** A voice of 125 Hz with overtones at 8 kHz. */
const voice = (from: number, count: number): Int16Array =>
  Int16Array.from({ length: count }, (_, index) => {
    const phase = (2 * Math.PI * 125 * (from + index)) / 8000;
    return 6000 * Math.sin(phase) + 3000 * Math.sin(2 * phase + 1) + 1500 * Math.sin(5 * phase);
  });

const rms = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

function lose(frames: number): { concealed: Int16Array; after: Int16Array } {
  const concealer = new Concealer(8000);
  for (let frame = 0; frame < 5; frame += 1) concealer.receive(voice(160 * frame, 160));
  const concealed = new Int16Array(160 * frames);
  for (let frame = 0; frame < frames; frame += 1)
    concealer.conceal(concealed.subarray(160 * frame, 160 * (frame + 1)));
  const after = voice(160 * (5 + frames), 160);
  concealer.receive(after);
  return { concealed, after };
}

describe('concealment', () => {
  it('goes on with the voice in its pitch and phase', () => {
    const { concealed } = lose(1);
    const truth = voice(800, 160);
    let product = 0;
    for (let index = 0; index < 160; index += 1) product += (concealed[index] ?? 0) * (truth[index] ?? 0);
    expect(product / (160 * rms(concealed) * rms(truth))).toBeGreaterThan(0.98);
    expect(20 * Math.log10(rms(concealed) / rms(truth))).toBeGreaterThan(-2);
  });

  it('fades to nothing within 60 ms', () => {
    const { concealed } = lose(5);
    expect(rms(concealed.subarray(160, 320))).toBeLessThan(rms(concealed.subarray(0, 160)));
    expect(concealed.subarray(480).every((sample) => sample === 0)).toBe(true);
  });

  it('joins the voice without a step at both ends', () => {
    const { concealed, after } = lose(1);
    const joined = [...voice(640, 160), ...concealed, ...after];
    const largest = Math.max(
      ...joined.slice(1).map((sample, index) => Math.abs(sample - (joined[index] ?? 0))),
    );
    const natural = [...voice(0, 800)];
    const largestOfVoice = Math.max(
      ...natural.slice(1).map((sample, index) => Math.abs(sample - (natural[index] ?? 0))),
    );
    expect(largest).toBeLessThan(1.5 * largestOfVoice);
  });

  it('leaves sound alone that nothing was missing before', () => {
    const concealer = new Concealer(8000);
    const frame = voice(0, 160);
    concealer.receive(frame);
    expect(frame).toEqual(voice(0, 160));
  });

  it('makes nothing out of silence', () => {
    const concealer = new Concealer(8000);
    concealer.receive(voice(0, 400));
    concealer.reset();
    const frame = new Int16Array(160).fill(9);
    concealer.conceal(frame);
    expect(frame.every((sample) => sample === 0)).toBe(true);
  });
});
