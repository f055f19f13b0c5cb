import { describe, expect, it } from 'vitest';
import { SoundQueue } from '../../../../engine/media/sound-queue.ts';
import { syntheticSpeech } from '../../../support/speech.ts';
import { fitSine } from '../../native-wasm/sine-fit.ts';
import { seeded } from './sounds.ts';

function sine(frequencyHz: number, rate: number, count: number): Int16Array {
  return Int16Array.from({ length: count }, (_, index) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * frequencyHz * index) / rate)),
  );
}

/** Plays everything in frames of 20 ms and lets each frame in four be changed; tells what was heard. */
function playAll(
  rate: number,
  sound: Int16Array,
  change: (queue: SoundQueue, frame: number) => void,
): Int16Array {
  const queue = new SoundQueue(rate);
  const frame = new Int16Array(rate / 50);
  const heard: number[] = [];
  queue.append(sound);
  for (let frames = 0; queue.length >= frame.length; frames += 1) {
    if (frames % 4 === 3) change(queue, frame.length);
    queue.read(frame);
    heard.push(...frame);
  }
  return Int16Array.from(heard);
}

const faster = (queue: SoundQueue, frame: number): void => void queue.shorten(queue.longestShift, 0.5, frame);
const slower = (queue: SoundQueue): void => void queue.lengthen(queue.longestShift, 0.5);

/** The largest second difference: what a click would show in. */
function roughness(samples: Int16Array): number {
  let most = 0;
  for (let index = 2; index < samples.length; index += 1) {
    const bend = (samples[index] ?? 0) - 2 * (samples[index - 1] ?? 0) + (samples[index - 2] ?? 0);
    most = Math.max(most, Math.abs(bend));
  }
  return most;
}

describe('a sound queue', () => {
  it('gives what it took, unchanged', () => {
    const sound = sine(440, 8000, 4000);
    expect(playAll(8000, sound, () => undefined)).toEqual(sound);
    expect(() => new SoundQueue(8000).read(new Int16Array(1))).toThrow(RangeError);
  });

  it.each([8000, 16_000, 48_000])(
    'plays a tone faster or slower at its own pitch and without a click (%d Hz)',
    (rate) => {
      for (const frequencyHz of [110, 425, 1000]) {
        const sound = sine(frequencyHz, rate, 2 * rate);
        for (const change of [faster, slower]) {
          const heard = playAll(rate, sound, change);
          expect(Math.abs(heard.length - sound.length)).toBeGreaterThan(0.03 * sound.length);
          expect(roughness(heard)).toBeLessThan(1.3 * roughness(sound) + 4);
          // A tone through and through: each tenth of a second is one sine of that pitch and that strength.
          for (let at = 0; at + rate / 10 <= heard.length; at += rate / 10) {
            const { amplitude } = fitSine(
              Float32Array.from(heard.subarray(at, at + rate / 20)),
              frequencyHz,
              rate,
            );
            expect(amplitude).toBeGreaterThan(8000);
            expect(amplitude).toBeLessThan(10_600);
          }
        }
      }
    },
  );

  it('plays speech a tenth faster or slower as loud as it was and without a click', () => {
    const speech = Int16Array.from(syntheticSpeech({ seconds: 10, rate: 8000 }), (sample) =>
      Math.round(9000 * sample),
    );
    const loudness = (samples: Int16Array): number =>
      10 * Math.log10(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
    const patient = (queue: SoundQueue, frame: number): void =>
      void queue.shorten(queue.longestShift, 0.7, frame);
    const reluctant = (queue: SoundQueue): void => void queue.lengthen(queue.longestShift, 0.7);
    for (const change of [patient, reluctant]) {
      const heard = playAll(8000, speech, change);
      expect(Math.abs(heard.length / speech.length - 1)).toBeGreaterThan(0.05);
      expect(Math.abs(loudness(heard) - loudness(speech))).toBeLessThan(0.5);
      expect(roughness(heard)).toBeLessThanOrEqual(1.1 * roughness(speech));
    }
  });

  it('leaves a beat of sound alone: an onset is neither cut nor said twice', () => {
    const queue = new SoundQueue(8000);
    const onset = new Int16Array(480);
    onset.set(sine(300, 8000, 400), 80);
    queue.append(onset);
    expect(queue.shorten(120, 0.3, 160)).toBeNull();
    expect(queue.length).toBe(480);
  });

  it('leaves alone what does not resemble itself, until less is asked', () => {
    const random = seeded(3);
    const hiss = Int16Array.from({ length: 640 }, () => Math.round(4000 * (random() - 0.5)));
    const queue = new SoundQueue(8000);
    queue.append(hiss);
    expect(queue.shorten(120, 0.9, 160)).toBeNull();
    expect(queue.shorten(120, 0, 160)?.samples).toBeGreaterThanOrEqual(20);
  });

  it('cuts and prolongs silence by just as much as is wanted', () => {
    const queue = new SoundQueue(8000);
    queue.append(new Int16Array(480));
    expect(queue.shorten(77, 0.9, 160)).toEqual({ samples: 77, quiet: true });
    expect(queue.length).toBe(403);
    expect(queue.lengthen(50, 0.9)).toEqual({ samples: 50, quiet: true });
    expect(queue.length).toBe(453);
  });

  it('never leaves fewer samples than are to be kept', () => {
    const queue = new SoundQueue(8000);
    queue.append(sine(400, 8000, 200));
    const seamed = queue.shorten(120, 0.3, 160);
    expect(seamed?.samples).toBeLessThanOrEqual(40);
    expect(queue.length).toBeGreaterThanOrEqual(160);
    queue.read(new Int16Array(queue.length - 160));
    expect(queue.shorten(120, 0, 160)).toBeNull();
  });
});
