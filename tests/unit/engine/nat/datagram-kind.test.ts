import { describe, expect, it } from 'vitest';
import { kindOfDatagram } from '../../../../engine/nat/datagram-kind.ts';

describe('what comes to a media port', () => {
  it.each([
    ['STUN', [0x00, 0x01], 'stun'],
    ['DTLS', [22, 254], 'dtls'],
    ['TURN channel data', [0x40, 0x00], 'turn-channel'],
    ['RTP', [0x80, 0], 'rtp'],
    ['RTP with the marker', [0x80, 0x80 | 101], 'rtp'],
    ['an RTCP sender report', [0x80, 200], 'rtcp'],
    ['RTCP XR', [0x80, 207], 'rtcp'],
    ['an early keepalive of two line ends', [13, 10], 'unknown'],
    ['one octet', [0x80], 'unknown'],
    ['nothing', [], 'unknown'],
    ['what begins above RTP', [192, 0], 'unknown'],
  ] as const)('is told to be %s by its first octets', (_what, octets, kind) => {
    expect(kindOfDatagram(Uint8Array.from(octets))).toBe(kind);
  });
});
