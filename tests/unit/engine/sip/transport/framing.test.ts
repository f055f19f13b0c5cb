import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFramer, type Frame } from '../../../../../engine/sip/transport/framing.ts';

const message = (body: string, field = 'Content-Length') =>
  `MESSAGE sip:a@b SIP/2.0\r\n${field}: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`;

const show = (frame: Frame) => {
  if (frame.kind === 'message') return frame.bytes.toString('utf8');
  return frame.kind === 'ping' ? 'ping' : frame.fault;
};

/** Feeds the bytes cut at these places (shares of the whole). */
function feed(bytes: Buffer, cuts: number[], bytesMax = 65_535): string[] {
  const framer = createFramer(bytesMax);
  const places = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  return places.flatMap((to) => {
    const frames = framer.push(bytes.subarray(from, to));
    from = to;
    return frames.map(show);
  });
}

describe('framing of a stream', () => {
  it('counts Content-Length in bytes, not in letters', () => {
    const text = message('grüße €') + message('next');
    expect(feed(Buffer.from(text), [])).toEqual([message('grüße €'), message('next')]);
  });

  it('knows the compact form, white space before the colon and a folded value', () => {
    for (const field of ['l', 'L', 'CONTENT-LENGTH ', 'Content-Length\t'])
      expect(feed(Buffer.from(message('body', field)), [])).toEqual([message('body', field)]);
    const folded = 'MESSAGE sip:a@b SIP/2.0\r\nContent-Length:\r\n 4\r\n\r\nbody';
    expect(feed(Buffer.from(folded), [])).toEqual([folded]);
  });

  it('is asked for a pong by a double CRLF, and takes a single one for the answer to ours', () => {
    expect(feed(Buffer.from(`\r\n${message('a')}\r\n\r\n${message('b')}\r\n`), [])).toEqual([
      message('a'),
      'ping',
      message('b'),
    ]);
  });

  it('gives up on a stream without a usable Content-Length', () => {
    const head = 'MESSAGE sip:a@b SIP/2.0\r\n';
    expect(feed(Buffer.from(`${head}\r\n`), [])).toEqual(['no Content-Length']);
    for (const value of ['-5', 'x', '99999999999', '1\r\nl: 2'])
      expect(feed(Buffer.from(`${head}l: ${value}\r\n\r\n${message('lost')}`), [])).toEqual([
        'bad Content-Length',
      ]);
  });

  it('gives up on messages over the bound, whether announced or simply never ending', () => {
    expect(feed(Buffer.from(message('x'.repeat(400))), [], 300)).toEqual(['too large']);
    expect(feed(Buffer.from(`A: ${'x'.repeat(400)}`), [0.3, 0.6], 300)).toEqual(['too large']);
  });

  it('yields the same frames however the stream is chunked', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }).map((body) => message(body)),
      fc.constantFrom('\r\n', '\r\n\r\n', '\r\n\r\n\r\n', message('\r\n\r\n'), 'X: y\r\n\r\n'),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        (pieces, cuts) => {
          const bytes = Buffer.from(pieces.join(''));
          const everyByte = [...bytes.keys()].map((at) => (at + 0.5) / bytes.length);
          const whole = feed(bytes, []);
          expect(feed(bytes, cuts)).toEqual(whole);
          expect(feed(bytes, everyByte)).toEqual(whole);
        },
      ),
    );
  });
});
