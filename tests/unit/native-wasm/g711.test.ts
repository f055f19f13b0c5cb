import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aLawDecode,
  aLawDecodeInto,
  aLawEncode,
  aLawEncodeInto,
  muLawDecode,
  muLawDecodeInto,
  muLawEncode,
  muLawEncodeInto,
} from '../../../native-wasm/g711.ts';
import { outsideVectors, skipWhen } from '../../support/skip.ts';
import ownVectors from '../../vectors/g711/g711.json' with { type: 'json' };

/** Where it is not, the digests in tests/vectors/g711 stand in for the sweep. */
const itu = outsideVectors('g711');

/** 16-bit little-endian words of an ITU-T sweep file. */
function readWords(name: string): Int16Array {
  const bytes = readFileSync(path.join(itu.folder, name));
  return Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(2 * index));
}

function countDifferences(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let differences = 0;
  for (let index = 0; index < expected.length; index++) {
    if (actual[index] !== expected[index]) differences++;
  }
  return differences;
}

const allSamples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
const allCodes = Uint8Array.from({ length: 256 }, (_, code) => code);

const laws = [
  {
    name: 'µ-law',
    encode: muLawEncode,
    decode: muLawDecode,
    encodeInto: muLawEncodeInto,
    decodeInto: muLawDecodeInto,
    codesFile: 'sweep-r.u',
    samplesFile: 'sweep-r.reu',
    own: ownVectors.muLaw,
    silence: 0xff,
  },
  {
    name: 'A-law',
    encode: aLawEncode,
    decode: aLawDecode,
    encodeInto: aLawEncodeInto,
    decodeInto: aLawDecodeInto,
    codesFile: 'sweep-r.a',
    samplesFile: 'sweep-r.rea',
    own: ownVectors.aLaw,
    silence: 0xd5,
  },
];

describe.each(laws)('$name', (law) => {
  it('encodes all 65,536 inputs of the ITU-T sweep without a wrong code', (context) => {
    skipWhen(itu.missing)(context);
    const wrong = countDifferences(law.encode(readWords('sweep.src')), readWords(law.codesFile));
    console.log(`${law.name}: ${wrong} wrong codes of 65,536`);
    expect(wrong).toBe(0);
  });

  it('decodes all codes of the ITU-T sweep without a wrong sample', (context) => {
    skipWhen(itu.missing)(context);
    const codes = Uint8Array.from(readWords(law.codesFile));
    expect(new Set(codes).size).toBe(256);
    expect(countDifferences(law.decode(codes), readWords(law.samplesFile))).toBe(0);
  });

  it('encodes all 65,536 inputs to codes with the digest of the ITU-T sweep', () => {
    const digest = createHash('sha256').update(law.encode(allSamples)).digest('hex');
    expect(digest).toBe(law.own.encodedSha256);
  });

  it('decodes each of the 256 codes to the value of the ITU-T sweep', () => {
    expect([...law.decode(allCodes)]).toEqual(law.own.decoded);
  });

  it('encodes digital silence to the code of positive zero', () => {
    expect([...law.encode(new Int16Array(3))]).toEqual([law.silence, law.silence, law.silence]);
  });

  it('gives a sample the same code wherever it stands in a frame of whatever length', () => {
    const reference = law.encode(allSamples);
    fc.assert(
      fc.property(fc.int16Array({ minLength: 0, maxLength: 700 }), (samples) => {
        const expected = Array.from(samples, (sample) => reference[sample + 32_768]);
        expect([...law.encode(samples)]).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('encodes a decoded code to the same sample again', () => {
    const samples = law.decode(allCodes);
    expect(law.decode(law.encode(samples))).toEqual(samples);
  });

  it('writes only as much of a longer target as there are samples', () => {
    const codes = new Uint8Array(16).fill(0x11);
    law.encodeInto(new Int16Array(5), codes);
    expect([...codes]).toEqual([...Array<number>(5).fill(law.silence), ...Array<number>(11).fill(0x11)]);
    const samples = new Int16Array(16).fill(77);
    law.decodeInto(Uint8Array.of(0x80, 0x00), samples);
    expect([...samples.subarray(2)]).toEqual(Array<number>(14).fill(77));
  });

  it('refuses a target that is too short', () => {
    expect(() => law.encodeInto(new Int16Array(160), new Uint8Array(159))).toThrow(RangeError);
    expect(() => law.decodeInto(new Uint8Array(160), new Int16Array(159))).toThrow(RangeError);
  });
});
