import fc from 'fast-check';
import { expect, it } from 'vitest';
import { opusTicks } from '../../../../engine/rtp/opus-payload.ts';

const config = (number: number, code: number) => (number << 3) | code;

it.each([
  ['SILK of 20 ms', [config(1, 0)], 20],
  ['SILK of 60 ms', [config(11, 0)], 60],
  ['hybrid of 10 ms', [config(12, 0)], 10],
  ['CELT of 2.5 ms', [config(16, 0)], 2.5],
  ['CELT of 20 ms', [config(31, 0)], 20],
  ['two frames of 10 ms', [config(0, 1)], 20],
  ['two frames of different size', [config(0, 2)], 20],
  ['six frames of 20 ms', [config(1, 3), 6], 120],
  ['more than 120 ms', [config(3, 3), 3], 0],
  ['no frames', [config(1, 3), 0], 0],
  ['a frame count that is missing', [config(1, 3)], 0],
  ['nothing', [], 0],
])('a packet of %s lasts as long as it says', (_what, octets, milliseconds) => {
  expect(opusTicks(Uint8Array.from(octets))).toBe(48 * milliseconds);
});

it('never lasts longer than 120 ms, whatever came', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4 }), (octets) => {
      const ticks = opusTicks(octets);
      expect(ticks >= 0 && ticks <= 120 * 48).toBe(true);
    }),
  );
});
