import { expect, test } from 'vitest';
import { unevenMoments, type RtpStream } from '../../bench/rtp-streams.ts';

function stream(arrivalsMs: readonly number[]): RtpStream {
  const side = { address: '192.0.2.1', port: 4000 };
  const packets = arrivalsMs.map((arrivalMs, index) => ({
    arrivalMs,
    sequenceNumber: index,
    timestamp: 160 * index,
    ssrc: 1,
    payloadType: 0,
    marker: false,
    payload: Buffer.alloc(160),
  }));
  return { source: side, target: side, packets };
}

test('a late packet makes two uneven intervals, its own and the one that makes up for it', () => {
  expect(unevenMoments(stream([0, 20, 46, 60, 80, 85]), 5, 0)).toEqual([46, 60, 85]);
  expect(unevenMoments(stream([0, 20, 46, 60, 80, 85]), 7, 0)).toEqual([85]);
});

test('the first moments of a call do not count, nor does the step out of them', () => {
  expect(unevenMoments(stream([0, 100, 2_010, 2_030, 2_060]), 5)).toEqual([2_060]);
});
