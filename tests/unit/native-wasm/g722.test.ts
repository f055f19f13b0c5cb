import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { G722Decoder, G722Encoder } from '../../../native-wasm/g722.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/g722/g722.json', import.meta.url), 'utf8'),
) as { codesSha256: string; soundSha256: string };

/** Four seconds: a rising tone, noise, two tones one in each band, and steps; never so loud that the reference decoder wraps round. */
function testSound(): Int16Array {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  return Int16Array.from({ length: 64_000 }, (_, at) => {
    if (at < 16_000) return Math.round(8000 * Math.sin((at * at) / 10_000));
    if (at < 32_000) return Math.round((random() - 0.5) * 16_000);
    if (at < 48_000) return Math.round(3000 * Math.sin(at * 0.1) + 2000 * Math.sin(at * 1.9));
    return ((at >> 6) % 5) * 2000 - 4000;
  });
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** All packets of a sound, 20 ms each, from one encoder. */
function packets(sound: Int16Array, encoder: G722Encoder): Uint8Array[] {
  return Array.from({ length: sound.length / 320 }, (_, nth) =>
    encoder.encode(sound.subarray(320 * nth, 320 * (nth + 1))),
  );
}

describe('G.722', () => {
  it('encodes and decodes to the bit as the reference does', () => {
    const decoder = new G722Decoder();
    const codes = packets(testSound(), new G722Encoder());
    const sound = codes.map((packet) => decoder.decode(packet));
    expect(digest(Buffer.concat(codes))).toBe(vectors.codesSha256);
    expect(digest(Buffer.concat(sound.map(({ buffer }) => new Uint8Array(buffer))))).toBe(
      vectors.soundSha256,
    );
  });

  it('saturates where the sum of both bands is too loud for a sample', () => {
    const sound = Int16Array.from({ length: 16_000 }, (_, at) => ((at >> 5) % 2 === 0 ? 32_767 : -32_768));
    const decoder = new G722Decoder();
    const heard = packets(sound, new G722Encoder()).flatMap((packet) => [...decoder.decode(packet)]);
    // A sample that wrapped round would be loud with the other sign.
    let wrapped = 0;
    for (let at = 1000; at < heard.length; at += 1) {
      if (Math.abs((heard[at] ?? 0) - (heard[at - 1] ?? 0)) > 60_000) wrapped += 1;
    }
    expect(Math.max(...heard)).toBe(32_767);
    expect(wrapped).toBe(0);
  });

  it('keeps the streams of two calls apart', () => {
    const sound = testSound();
    const [one, other] = [new G722Encoder(), new G722Encoder()];
    for (let nth = 0; nth < 20; nth += 1) {
      const frame = sound.subarray(320 * nth, 320 * (nth + 1));
      const codes = one.encode(frame);
      other.encode(sound.subarray(20_000 + 320 * nth, 20_000 + 320 * (nth + 1)));
      expect(codes).toEqual(packets(sound, new G722Encoder())[nth]);
    }
  });

  it('refuses what is no packet', () => {
    expect(() => new G722Encoder().encode(new Int16Array(161))).toThrow(RangeError);
    expect(() => new G722Decoder().decode(new Uint8Array(3000))).toThrow(RangeError);
  });
});
