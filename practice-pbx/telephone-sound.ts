/**
 * The practice PBX's one format of sound: 8 kHz, one channel, 16-bit linear, in frames of 20 ms; and its WAV form
 * (RIFF, Multimedia Programming Interface and Data Specifications 1.0).
 */
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

const headerBytes = 44;

/** A whole WAV file. */
export function encodeWave(samples: Int16Array): Uint8Array {
  const file = Buffer.alloc(headerBytes + samples.length * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, n) => file.writeInt16LE(sample, headerBytes + n * 2));
  return file;
}

/** The samples of a WAV file in the PBX's format; undefined when it is another format or damaged. */
export function decodeWave(bytes: Uint8Array): Int16Array | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    file.length < 12 ||
    file.toString('latin1', 0, 4) !== 'RIFF' ||
    file.toString('latin1', 8, 12) !== 'WAVE'
  ) {
    return undefined;
  }
  let formatFits = false;
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4);
    const start = at + 8;
    const end = Math.min(file.length, start + file.readUInt32LE(at + 4));
    if (name === 'fmt ' && end - start >= 16) {
      formatFits =
        file.readUInt16LE(start) === 1 &&
        file.readUInt16LE(start + 2) === 1 &&
        file.readUInt32LE(start + 4) === sampleRate &&
        file.readUInt16LE(start + 14) === 16;
    }
    if (name === 'data') {
      if (!formatFits) return undefined;
      const samples = new Int16Array((end - start) >> 1);
      return samples.map((_, n) => file.readInt16LE(start + n * 2));
    }
    at = end + ((end - start) & 1);
  }
  return undefined;
}
