import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseRtp,
  sequenceDistance,
  serialiseRtp,
  timestampDistance,
} from '../../../../engine/rtp/packet.ts';

const plain = Buffer.from('80 08 12 34 00 00 01 a0 de ad be ef 55 d5'.replaceAll(' ', ''), 'hex');

describe('the RTP packet', () => {
  it('is read from its octets', () => {
    expect(parseRtp(plain)).toEqual({
      ok: true,
      value: {
        payloadType: 8,
        marker: false,
        sequenceNumber: 0x1234,
        timestamp: 416,
        ssrc: 0xdeadbeef,
        csrcs: [],
        extension: null,
        payload: Buffer.from([0x55, 0xd5]),
      },
    });
  });

  it('is read with contributing sources, an extension and padding', () => {
    const octets =
      'b2 80 00 01 00 00 00 02 00 00 00 03  00 00 00 04 00 00 00 05  be de 00 01 10 ff 00 00  ff fe 00 02';
    const parsed = parseRtp(Buffer.from(octets.replaceAll(' ', ''), 'hex'));
    expect(parsed).toEqual({
      ok: true,
      value: {
        payloadType: 0,
        marker: true,
        sequenceNumber: 1,
        timestamp: 2,
        ssrc: 3,
        csrcs: [4, 5],
        extension: { profile: 0xbede, data: Buffer.from([0x10, 0xff, 0, 0]) },
        payload: Buffer.from([0xff, 0xfe]),
      },
    });
  });

  it.each([
    ['short', '80 00 00 01 00 00 00 02 00 00 00'],
    ['version', '40 00 00 01 00 00 00 02 00 00 00 03'],
    ['csrcs', '81 00 00 01 00 00 00 02 00 00 00 03 00 00 00'],
    ['extension', '90 00 00 01 00 00 00 02 00 00 00 03 be de'],
    ['extension', '90 00 00 01 00 00 00 02 00 00 00 03 be de 00 02 00 00 00 00'],
    ['padding', 'a0 00 00 01 00 00 00 02 00 00 00 03 01 00'],
    ['padding', 'a0 00 00 01 00 00 00 02 00 00 00 03 01 03'],
  ])('tells the problem "%s"', (problem, octets) => {
    expect(parseRtp(Buffer.from(octets.replaceAll(' ', ''), 'hex'))).toEqual({ ok: false, problem });
  });

  it('never throws on random octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), fc.boolean(), (octets, looksRight) => {
        const datagram = Buffer.from(octets);
        if (looksRight && datagram.length > 0) datagram[0] = 0x80 | ((datagram[0] ?? 0) & 0x3f);
        const parsed = parseRtp(datagram);
        if (parsed.ok) expect(parsed.value.payload.length).toBeLessThanOrEqual(datagram.length - 12);
      }),
      { numRuns: 2000 },
    );
  });

  it('is read as it was written', () => {
    const uint32 = fc.nat(0xffff_ffff);
    const packet = fc.record({
      payloadType: fc.nat(127),
      marker: fc.boolean(),
      sequenceNumber: fc.nat(0xffff),
      timestamp: uint32,
      ssrc: uint32,
      csrcs: fc.array(uint32, { maxLength: 15 }),
      extension: fc.option(
        fc.record({
          profile: fc.nat(0xffff),
          data: fc.array(uint32, { maxLength: 4 }).map((words) => {
            const data = Buffer.alloc(4 * words.length);
            for (const [index, word] of words.entries()) data.writeUInt32BE(word, 4 * index);
            return data;
          }),
        }),
      ),
      payload: fc.uint8Array({ maxLength: 320 }).map((octets) => Buffer.from(octets)),
    });
    fc.assert(
      fc.property(packet, (value) => {
        expect(parseRtp(serialiseRtp(value))).toEqual({ ok: true, value });
      }),
    );
  });

  it('refuses to be written with what the format has no room for', () => {
    const parsed = parseRtp(plain);
    if (!parsed.ok) throw new Error(parsed.problem);
    expect(() => serialiseRtp({ ...parsed.value, csrcs: Array<number>(16).fill(1) })).toThrow(RangeError);
    const extension = { profile: 1, data: new Uint8Array(3) };
    expect(() => serialiseRtp({ ...parsed.value, extension })).toThrow(RangeError);
  });
});

describe('distances on the circle', () => {
  it('are signed and go over the end', () => {
    expect(sequenceDistance(65_535, 1)).toBe(2);
    expect(sequenceDistance(1, 65_535)).toBe(-2);
    expect(timestampDistance(0xffff_ff00, 0x100)).toBe(0x200);
    expect(timestampDistance(0x100, 0xffff_ff00)).toBe(-0x200);
  });
});
