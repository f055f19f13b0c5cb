import { describe, expect, it } from 'vitest';
import { serialiseRtp } from '../../../../engine/rtp/packet.ts';
import { guessIndex, srtpProtection, SrtpReceiver, SrtpSender } from '../../../../engine/rtp/srtp.ts';
import type { SrtpMaster } from '../../../../engine/rtp/srtp.ts';
import { srtpProfileOf, srtpProfiles } from '../../../../engine/rtp/srtp-profile.ts';
import type { SrtpProfile } from '../../../../engine/rtp/srtp-profile.ts';
import { mulberry32 } from '../../../support/prng.ts';

const random = mulberry32(3711);
const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)));
const ssrc = 0xcafe_babe;

const masterOf = (profile: SrtpProfile): SrtpMaster => ({
  profile,
  key: bytes(profile.keyBytes),
  salt: bytes(profile.saltBytes),
});

function rtp(
  sequenceNumber: number,
  payload = bytes(160),
  extra: { csrcs?: number[]; extended?: boolean } = {},
) {
  return serialiseRtp({
    payloadType: 0,
    marker: false,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: 160 * sequenceNumber,
    ssrc,
    csrcs: extra.csrcs ?? [],
    extension: extra.extended === true ? { profile: 0xbede, data: bytes(8) } : null,
    payload,
  });
}

const rtcp = () => Buffer.concat([Buffer.from('81c8000bcafebabe', 'hex'), bytes(40)]);
const value = (outcome: { ok: true; value: Buffer } | { ok: false; problem: string }) => {
  if (!outcome.ok) throw new Error(outcome.problem);
  return outcome.value;
};

const counterMode = srtpProfileOf('AES_CM_128_HMAC_SHA1_80');
if (counterMode === undefined) throw new Error('no such profile');

describe.each(srtpProfiles)('SRTP with $suite', (profile) => {
  const pair = (from?: { rollover: number; rtcpIndex: number }) => {
    const master = masterOf(profile);
    return { sender: new SrtpSender(master, from), receiver: new SrtpReceiver(master) };
  };

  it('takes any packet there and back and hides its payload', () => {
    const { sender, receiver } = pair();
    for (let round = 0; round < 200; round += 1) {
      const csrcs = Array.from({ length: Math.floor(random() * 16) }, () => Math.floor(random() * 2 ** 32));
      const payload = bytes(20 + Math.floor(random() * 400));
      const packet = rtp(round, payload, { csrcs, extended: random() < 0.5 });
      const before = Buffer.from(packet);
      const sealed = value(sender.protectRtp(packet));
      expect(packet).toEqual(before);
      expect(sealed.length).toBe(packet.length + profile.rtpTagBytes);
      expect(sealed.includes(payload)).toBe(false);
      expect(value(receiver.unprotectRtp(sealed))).toEqual(packet);
    }
  });

  it('takes any report there and back and hides all but its sender', () => {
    const { sender, receiver } = pair();
    for (let round = 0; round < 50; round += 1) {
      const packet = rtcp();
      const sealed = value(sender.protectRtcp(packet));
      expect(sealed.length).toBe(packet.length + profile.rtcpTagBytes + 4);
      expect(sealed.subarray(0, 8)).toEqual(packet.subarray(0, 8));
      expect(sealed.includes(packet.subarray(8))).toBe(false);
      expect(value(receiver.unprotectRtcp(sealed))).toEqual(packet);
    }
  });

  it('refuses a packet with any bit flipped, and hears the true one afterwards', () => {
    const { sender, receiver } = pair();
    const [packet, report] = [rtp(7, bytes(20)), rtcp()];
    const [sealed, sealedReport] = [value(sender.protectRtp(packet)), value(sender.protectRtcp(report))];
    for (let bit = 0; bit < 8 * sealed.length; bit += 1) {
      const forged = Buffer.from(sealed);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(receiver.unprotectRtp(forged).ok).toBe(false);
    }
    for (let bit = 0; bit < 8 * sealedReport.length; bit += 1) {
      const forged = Buffer.from(sealedReport);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(receiver.unprotectRtcp(forged).ok).toBe(false);
    }
    expect(value(receiver.unprotectRtp(sealed))).toEqual(packet);
    expect(value(receiver.unprotectRtcp(sealedReport))).toEqual(report);
  });

  it('refuses what comes twice', () => {
    const { sender, receiver } = pair();
    const [sealed, report] = [value(sender.protectRtp(rtp(9))), value(sender.protectRtcp(rtcp()))];
    expect(receiver.unprotectRtp(sealed).ok).toBe(true);
    expect(receiver.unprotectRtp(sealed)).toEqual({ ok: false, problem: 'replayed' });
    expect(receiver.unprotectRtcp(report).ok).toBe(true);
    expect(receiver.unprotectRtcp(report)).toEqual({ ok: false, problem: 'replayed' });
  });

  it('takes packets in any order within its window, over the wrap of the sequence numbers', () => {
    const { sender, receiver } = pair();
    const packets = Array.from({ length: 600 }, (_, index) => rtp(65_300 + index));
    const sealed = packets.map((packet) => value(sender.protectRtp(packet)));
    expect(receiver.unprotectRtp(sealed[0] ?? Buffer.alloc(0)).ok).toBe(true);
    for (let block = 1; block < sealed.length; block += 60) {
      for (let index = Math.min(block + 60, sealed.length) - 1; index >= block; index -= 1)
        expect(value(receiver.unprotectRtp(sealed[index] ?? Buffer.alloc(0)))).toEqual(packets[index]);
    }
    expect(receiver.unprotectRtp(sealed[20] ?? Buffer.alloc(0))).toEqual({ ok: false, problem: 'replayed' });
  });

  it('has nothing to do with another key', () => {
    const { sender } = pair();
    const { receiver } = pair();
    expect(receiver.unprotectRtp(value(sender.protectRtp(rtp(1))))).toEqual({
      ok: false,
      problem: 'unauthentic',
    });
    expect(receiver.unprotectRtcp(value(sender.protectRtcp(rtcp())))).toEqual({
      ok: false,
      problem: 'unauthentic',
    });
  });

  it('stops when the key is worn out', () => {
    const { sender } = pair({ rollover: 2 ** 32 - 1, rtcpIndex: 2 ** 31 - 1 });
    expect(sender.protectRtp(rtp(0xffff)).ok).toBe(true);
    expect(sender.protectRtp(rtp(0x1_0000))).toEqual({ ok: false, problem: 'worn' });
    expect(sender.protectRtcp(rtcp()).ok).toBe(true);
    expect(sender.protectRtcp(rtcp())).toEqual({ ok: false, problem: 'worn' });
  });
});

describe('SRTP', () => {
  it('says of every short datagram that it is too short', () => {
    const receiver = new SrtpReceiver(masterOf(counterMode));
    for (let length = 0; length < 22; length += 1) {
      expect(receiver.unprotectRtp(Buffer.alloc(length, 0x80))).toEqual({ ok: false, problem: 'short' });
      expect(receiver.unprotectRtcp(Buffer.alloc(length, 0x80))).toEqual({ ok: false, problem: 'short' });
    }
    // A header that promises sources and an extension beyond the end of the datagram.
    const promising = Buffer.alloc(60);
    promising[0] = 0x9f;
    expect(receiver.unprotectRtp(promising)).toEqual({ ok: false, problem: 'short' });
  });

  it('hears a stream go on under a new key, and one that begins to count anew', () => {
    const [first, second] = [masterOf(counterMode), masterOf(counterMode)];
    const before = new SrtpReceiver(first);
    const sender = new SrtpSender(first);
    for (let sequence = 65_530; sequence < 65_540; sequence += 1)
      expect(before.unprotectRtp(value(sender.protectRtp(rtp(sequence)))).ok).toBe(true);
    for (const rollover of [1, 0]) {
      const receiver = new SrtpReceiver(second, before);
      const next = new SrtpSender(second, { rollover, rtcpIndex: 0 });
      expect(receiver.unprotectRtp(value(next.protectRtp(rtp(65_541)))).ok).toBe(true);
    }
  });

  it('protects both directions with a key for each', () => {
    const [here, there] = [masterOf(counterMode), masterOf(counterMode)];
    const near = srtpProtection(new SrtpSender(here), new SrtpReceiver(there));
    const far = srtpProtection(new SrtpSender(there), new SrtpReceiver(here));
    const packet = rtp(1);
    expect(value(far.unprotectRtp(value(near.protectRtp(packet))))).toEqual(packet);
    expect(value(near.unprotectRtp(value(far.protectRtp(packet))))).toEqual(packet);
    expect(value(near.unprotectRtcp(value(far.protectRtcp(rtcp())))).length).toBe(48);
  });

  it('guesses the index nearest to the highest one', () => {
    expect(guessIndex(0x1_0005, 0x0006)).toBe(0x1_0006);
    expect(guessIndex(0x1_0005, 0xfffe)).toBe(0x0_fffe);
    expect(guessIndex(0x1_fffe, 0x0003)).toBe(0x2_0003);
    expect(guessIndex(0x0_0005, 0xfffe)).toBeLessThan(0);
  });
});
