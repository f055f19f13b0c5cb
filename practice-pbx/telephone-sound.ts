/**
 * The practice PBX's one format of sound: 8 kHz, one channel, 16-bit linear, in frames of 20 ms; and its WAV form.
 */
import { encodeWav, parseWav } from '../engine/media/wav-format.ts';

export const sampleRate = 8_000;
export const frameMs = 20;
export const frameSamples = (sampleRate * frameMs) / 1000;

export function samplesOf(durationMs: number): number {
  return Math.round((durationMs * sampleRate) / 1000);
}

export function durationOf(samples: number): number {
  return (samples * 1000) / sampleRate;
}

/** A sine at −12 dBFS with ramps of 5 ms. */
export function sineTone(hertz: number, durationMs: number): Int16Array {
  const tone = new Int16Array(samplesOf(durationMs));
  const rampSamples = samplesOf(5);
  for (let n = 0; n < tone.length; n++) {
    const ramp = Math.min(1, n / rampSamples, (tone.length - 1 - n) / rampSamples);
    tone[n] = Math.round(8_200 * ramp * Math.sin((2 * Math.PI * hertz * n) / sampleRate));
  }
  return tone;
}

/** Level of a frame in dBFS (a full-scale square wave is 0); −127 for silence. */
export function levelDb(frame: Int16Array): number {
  let energy = 0;
  for (const sample of frame) energy += sample * sample;
  if (energy === 0) return -127;
  return 10 * Math.log10(energy / frame.length / 32_768 ** 2);
}

/** A whole WAV file in the PBX's format. */
export function encodeWave(samples: Int16Array): Uint8Array {
  return encodeWav({ sampleRate, samples });
}

/** The samples of a WAV file at the PBX's rate; undefined when it has another rate or is damaged. */
export function decodeWave(bytes: Uint8Array): Int16Array | undefined {
  const parsed = parseWav(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return parsed.ok && parsed.value.sampleRate === sampleRate ? parsed.value.samples : undefined;
}
