import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WavSource } from '../../../../engine/media/core-session.ts';
import { convertRecording } from '../../../../engine/media/sample-rate.ts';
import { parseWav, wavHeader } from '../../../../engine/media/wav-format.ts';
import { readWav } from '../../../../engine/media/wav-reader.ts';
import { WavWriter } from '../../../../engine/media/wav-writer.ts';
import { joined } from './sounds.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wav-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function wav(
  sampleRate: number,
  channels: number,
  samples: Int16Array,
  change: { bits?: number; code?: number } = {},
): Buffer {
  const header = wavHeader(sampleRate, 2 * samples.length);
  header.writeUInt16LE(channels, 22);
  if (change.code !== undefined) header.writeUInt16LE(change.code, 20);
  if (change.bits !== undefined) header.writeUInt16LE(change.bits, 34);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

const tone = (rate: number, hz: number, count: number, amplitude = 10_000): Int16Array =>
  Int16Array.from({ length: count }, (_, index) => amplitude * Math.sin((2 * Math.PI * hz * index) / rate));

/** The largest difference between two signals, away from their ends. */
function difference(a: Int16Array, b: Int16Array): number {
  let largest = 0;
  for (let index = 200; index < a.length - 200; index += 1) {
    largest = Math.max(largest, Math.abs((a[index] ?? 0) - (b[index] ?? 0)));
  }
  return largest;
}

describe('a WAV file', () => {
  it('is read with one channel', () => {
    const samples = Int16Array.of(1, -2, 32_767, -32_768);
    expect(parseWav(wav(8000, 1, samples))).toEqual({ ok: true, value: { sampleRate: 8000, samples } });
  });

  it('is read with two channels as their average', () => {
    const parsed = parseWav(wav(48_000, 2, Int16Array.of(100, 200, -5, -5)));
    expect(parsed.ok && [...parsed.value.samples]).toEqual([150, -5]);
  });

  it('is read past chunks that do not matter, up to where it was cut off', () => {
    const plain = wav(16_000, 1, Int16Array.of(7, 8, 9));
    const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    const bytes = Buffer.concat([plain.subarray(0, 36), list, plain.subarray(36)]);
    const parsed = parseWav(bytes.subarray(0, bytes.length - 2));
    expect(parsed.ok && [...parsed.value.samples]).toEqual([7, 8]);
  });

  it.each([
    ['it is not a WAV file', Buffer.from('ID3 something else entirely')],
    ['it is cut off', wav(8000, 1, new Int16Array()).subarray(0, 36)],
    ['its samples are not 16-bit PCM', wav(8000, 1, new Int16Array(4), { bits: 24 })],
    ['its samples are not 16-bit PCM', wav(8000, 1, new Int16Array(4), { code: 7 })],
    ['it has more than two channels', wav(8000, 6, new Int16Array(6))],
    ['its sample rate is not supported', wav(12_345, 1, new Int16Array(4))],
  ])('that cannot be used says "%s"', (problem, bytes) => {
    expect(parseWav(bytes)).toEqual({ ok: false, problem });
  });

  it('of random octets never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (tail) => {
        parseWav(Buffer.from(tail));
        parseWav(Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), Buffer.from(tail)]));
      }),
    );
  });

  it.each([
    [8000, 8000],
    [11_025, 16_000],
    [44_100, 48_000],
    [48_000, 48_000],
  ])('of %i Hz is read at %i Hz: same pitch, strength and moment', async (rate, readRate) => {
    const path = join(folder, 'tone.wav');
    writeFileSync(path, wav(rate, 1, tone(rate, 1000, rate)));
    const { samples, sampleRate } = await readWav(path);
    expect([samples.length, sampleRate]).toEqual([readRate, readRate]);
    // Within half a sample of the moment.
    const halfSample = (10_000 * Math.PI * 1000) / readRate;
    const allowed = rate === readRate ? 0 : halfSample;
    expect(difference(samples, tone(readRate, 1000, readRate))).toBeLessThanOrEqual(allowed);
  });

  it.each([8000, 16_000, 48_000])('is played at %i Hz, whatever its own rate', (rate) => {
    const source = new WavSource({ sampleRate: 16_000, samples: tone(16_000, 1000, 16_000) });
    source.play();
    const frames = Array.from({ length: 40 }, () => {
      const frame = new Int16Array(rate / 50);
      source.read(frame);
      return frame;
    });
    // The converter's filter delays by 16 samples of the lower rate.
    const delay = rate === 16_000 ? 0 : (16 * rate) / Math.min(rate, 16_000);
    const played = joined(frames).subarray(delay);
    expect(difference(played, tone(rate, 1000, played.length))).toBeLessThan(60);
  });

  it('of 44.1 kHz keeps what is above 4.6 kHz out', async () => {
    const converted = await convertRecording(tone(44_100, 6000, 44_100), 44_100, 8000);
    expect(Math.max(...converted.subarray(200, 7800).map(Math.abs))).toBeLessThan(10);
  });
});

describe('a recording', () => {
  it('holds every frame and has a true header once it is closed', async () => {
    const path = join(folder, 'out.wav');
    const writer = await WavWriter.create(path, (reason) => expect.unreachable(reason));
    const frame = new Int16Array(160);
    for (let index = 0; index < 120; index += 1) {
      frame.fill(index);
      writer.write(frame);
    }
    await writer.close();
    await writer.close();
    const bytes = readFileSync(path);
    expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
    const parsed = parseWav(bytes);
    expect(parsed.ok && parsed.value.samples.length).toBe(120 * 160);
    expect(parsed.ok && parsed.value.samples[119 * 160]).toBe(119);
  });

  it('takes the rate of its first frame and converts the others to it', async () => {
    const path = join(folder, 'out.wav');
    const writer = await WavWriter.create(path, (reason) => expect.unreachable(reason));
    for (const samples of [320, 320, 160, 960]) writer.write(new Int16Array(samples));
    await writer.close();
    const parsed = parseWav(readFileSync(path));
    expect(parsed.ok && [parsed.value.sampleRate, parsed.value.samples.length]).toEqual([16_000, 4 * 320]);
  });

  it('is whole up to the last second even when it is never closed', async () => {
    const path = join(folder, 'out.wav');
    const writer = await WavWriter.create(path, (reason) => expect.unreachable(reason));
    for (let index = 0; index < 60; index += 1) writer.write(new Int16Array(160).fill(5));
    await expect.poll(() => readFileSync(path).readUInt32LE(40)).toBe(16_000);
    expect(readFileSync(path).length).toBe(44 + 16_000);
    await writer.close();
  });

  it('says in words why it cannot be made', async () => {
    await expect(WavWriter.create(folder, () => undefined)).rejects.toThrow('it is a folder');
  });
});
