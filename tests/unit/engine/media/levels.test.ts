import { describe, expect, it } from 'vitest';
import { amplified, MicrophoneMeter, PeakMeter } from '../../../../engine/media/levels.ts';
import { syntheticSpeech } from '../../../support/speech.ts';

const frames = (samples: Int16Array): Int16Array[] =>
  Array.from({ length: Math.floor(samples.length / 160) }, (_, index) =>
    samples.subarray(160 * index, 160 * (index + 1)),
  );

/** Two seconds of speech at 8 kHz, so loud at its peak and cut off at full scale. */
function speech(peak: number): Int16Array {
  const voice = syntheticSpeech({ seconds: 2, rate: 8000 });
  const loudest = voice.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return Int16Array.from(voice, (sample) => Math.max(-32_768, Math.min(32_767, (sample * peak) / loudest)));
}

function measured(samples: Int16Array) {
  const meter = new MicrophoneMeter();
  for (const frame of frames(samples)) meter.add(frame);
  return meter.take();
}

describe('levels', () => {
  it('tell the peak since they were last asked, and then silence', () => {
    const meter = new PeakMeter();
    meter.add(Int16Array.of(0, 16_384, 0));
    meter.add(Int16Array.of(0, -8192, 0));
    expect(meter.take()).toBeCloseTo(-6.02, 1);
    expect(meter.take()).toBe(-127);
  });

  it('are silence after a gain of nothing', () => {
    expect(amplified(-20, 0)).toBe(-127);
    expect(amplified(-20, 0.1)).toBeCloseTo(-40, 5);
  });

  it('tell that somebody speaks, and that nobody does', () => {
    expect(measured(speech(8000))).toMatchObject({ speaking: true, clipping: false });
    expect(measured(new Int16Array(16_000))).toEqual({
      microphoneDb: -127,
      speaking: false,
      clipping: false,
    });
  });

  it('call a microphone overdriven whose sound is cut off, and none that is merely loud', () => {
    expect(measured(speech(90_000)).clipping).toBe(true);
    expect(measured(speech(32_767)).clipping).toBe(false);
  });

  it('forget what was overdriven once they have told it', () => {
    const meter = new MicrophoneMeter();
    for (const frame of frames(speech(90_000))) meter.add(frame);
    meter.take();
    expect(meter.take()).toEqual({ microphoneDb: -127, speaking: false, clipping: false });
  });
});
