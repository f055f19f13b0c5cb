import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VoiceActivity } from '../../../../engine/media/voice-activity.ts';
import { FrameConverter } from '../../../../engine/media/frame.ts';
import { muLawDecodeInto } from '../../../../native-wasm/g711.ts';
import { mulberry32 } from '../../../support/prng.ts';

const frameSamples = 160;
/** Of a frame's mean square: speech is going on. */
const audiblePower = 2e4;
/** The noise of the room is known, and the hangover is over. */
const settledFrames = 90;
const hangoverFrames = 11;

const codes = readFileSync(new URL('../../../vectors/speech/sentences.ul', import.meta.url));
const sentences = new Int16Array(codes.length);
muLawDecodeInto(codes, sentences);

/** A pause, the sentences, and a pause again. */
const pauseSamples = 2 * 8000;
const clean = new Float64Array(2 * pauseSamples + sentences.length);
clean.set(sentences, pauseSamples);

const power = (samples: Float64Array): number =>
  samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
const frameCount = Math.floor(clean.length / frameSamples);
const spoken = Array.from(
  { length: frameCount },
  (_, index) => power(clean.subarray(index * frameSamples, (index + 1) * frameSamples)) > audiblePower,
);

/** Noise of power 1, like the room's: all frequencies alike, or mostly deep. */
function noise(kind: 'white' | 'deep'): Float64Array {
  const draw = mulberry32(3);
  let deep = 0;
  return clean.map(() => {
    const white = Math.sqrt(3) * (2 * draw() - 1);
    deep = 0.95 * deep + white * Math.sqrt(1 - 0.95 ** 2);
    return kind === 'white' ? white : deep;
  });
}

/** Shares of the frames of speech that are missed, and of those without any that are taken for speech. */
function rates(kind: 'white' | 'deep', snrDb: number): { missed: number; wrong: number } {
  const speechPower = power(
    Float64Array.from(sentences).filter(
      (_, index) => spoken[Math.floor((index + pauseSamples) / frameSamples)],
    ),
  );
  const amplitude = Math.sqrt(speechPower / 10 ** (snrDb / 10));
  const background = noise(kind);
  const heard = Int16Array.from(clean, (sample, index) => sample + amplitude * (background[index] ?? 0));
  const activity = new VoiceActivity();
  let [speech, missed, pause, wrong] = [0, 0, 0, 0];
  for (const [index, isSpoken] of spoken.entries()) {
    const says = activity.hear(heard.subarray(index * frameSamples, (index + 1) * frameSamples));
    if (index < settledFrames) continue;
    const isPause = !spoken.slice(index - hangoverFrames, index + 2).includes(true);
    if (isSpoken) {
      speech += 1;
      if (!says) missed += 1;
    } else if (isPause) {
      pause += 1;
      if (says) wrong += 1;
    }
  }
  return { missed: missed / speech, wrong: wrong / pause };
}

describe('voice activity', () => {
  it.each([
    { kind: 'white' as const, snrDb: 40, mostMissed: 0.01 },
    { kind: 'white' as const, snrDb: 20, mostMissed: 0.04 },
    { kind: 'white' as const, snrDb: 10, mostMissed: 0.1 },
    { kind: 'white' as const, snrDb: 5, mostMissed: 0.2 },
    { kind: 'deep' as const, snrDb: 20, mostMissed: 0.04 },
    { kind: 'deep' as const, snrDb: 10, mostMissed: 0.08 },
    { kind: 'deep' as const, snrDb: 5, mostMissed: 0.12 },
  ])(
    'hears speech in $kind noise at $snrDb dB, and seldom any in the noise',
    ({ kind, snrDb, mostMissed }) => {
      const { missed, wrong } = rates(kind, snrDb);
      console.log(
        `${kind} noise, ${snrDb} dB: ${(100 * missed).toFixed(1)}% of speech missed, ${(100 * wrong).toFixed(1)}% of noise taken for speech`,
      );
      expect(missed).toBeLessThan(mostMissed);
      expect(wrong).toBeLessThan(0.04);
    },
  );

  it.each([16_000, 48_000])('hears the same at %i Hz', (rate) => {
    const converter = new FrameConverter();
    const [narrow, wide] = [new VoiceActivity(), new VoiceActivity()];
    const frame = new Int16Array(rate / 50);
    let same = 0;
    for (let index = 0; index < frameCount; index += 1) {
      const telephone = Int16Array.from(clean.subarray(index * frameSamples, (index + 1) * frameSamples));
      converter.convertInto(telephone, frame);
      if (narrow.hear(telephone) === wide.hear(frame)) same += 1;
    }
    expect(same / frameCount).toBeGreaterThan(0.97);
  });

  it('hears nobody in silence, however long it lasts', () => {
    const activity = new VoiceActivity();
    for (let index = 0; index < 500; index += 1)
      expect(activity.hear(new Int16Array(frameSamples))).toBe(false);
  });

  it('gets used to a fan that is switched on', () => {
    const activity = new VoiceActivity();
    const draw = mulberry32(8);
    const frame = (amplitude: number) =>
      Int16Array.from({ length: frameSamples }, () => amplitude * (2 * draw() - 1));
    for (let index = 0; index < 100; index += 1) activity.hear(frame(30));
    for (let index = 0; index < 100; index += 1) activity.hear(frame(1500));
    expect(activity.hear(frame(1500))).toBe(false);
  });
});
