import { describe, expect, it } from 'vitest';
import type { RtpPacket } from '../../../../engine/rtp/packet.ts';
import { SourceLock } from '../../../../engine/rtp/source-lock.ts';

const named = { address: '192.0.2.1', port: 4000 };
const nat = { address: '198.51.100.7', port: 6001 };

function packet(sequenceNumber: number, ssrc = 1): RtpPacket {
  return {
    payloadType: 0,
    marker: false,
    sequenceNumber,
    timestamp: 160 * sequenceNumber,
    ssrc,
    csrcs: [],
    extension: null,
    payload: new Uint8Array(160),
  };
}

describe('the choice of whom to listen to', () => {
  it('takes a stream with its second packet and gives the first one too', () => {
    const lock = new SourceLock(8000, named);
    expect(lock.judge(packet(1), named, 0)).toEqual({ kind: 'drop' });
    const judged = lock.judge(packet(2), named, 20);
    expect(judged).toMatchObject({ kind: 'accept', changed: true, held: { sequenceNumber: 1 } });
    expect(lock.source).toEqual(named);
    expect(lock.judge(packet(3), named, 40)).toMatchObject({ kind: 'accept', changed: false, held: null });
  });

  it('takes a stream from another address than the named one (symmetric RTP)', () => {
    const lock = new SourceLock(8000, named);
    lock.judge(packet(1), nat, 0);
    lock.judge(packet(2), nat, 20);
    expect(lock.source).toEqual(nat);
  });

  it('takes no single packets of many sources', () => {
    const lock = new SourceLock(8000, named);
    for (let ssrc = 0; ssrc < 1000; ssrc += 1) {
      expect(lock.judge(packet(7 * ssrc, ssrc), nat, ssrc).kind).toBe('drop');
    }
    expect(lock.source).toBeNull();
  });

  it('keeps to a living stream against a whole other one from elsewhere, and follows once it is silent', () => {
    const lock = new SourceLock(8000, named);
    for (let sequence = 1; sequence <= 10; sequence += 1) lock.judge(packet(sequence), named, 20 * sequence);
    for (let sequence = 1; sequence <= 10; sequence += 1) {
      expect(lock.judge(packet(sequence, 9), nat, 200 + 20 * sequence).kind).toBe('drop');
    }
    expect(lock.source).toEqual(named);
    expect(lock.judge(packet(11, 9), nat, 490).kind).toBe('drop');
    expect(lock.judge(packet(12, 9), nat, 510)).toMatchObject({ kind: 'accept', changed: true });
    expect(lock.source).toEqual(nat);
  });

  it('follows at once to an address that signalling has named', () => {
    const lock = new SourceLock(8000, named);
    for (let sequence = 1; sequence <= 3; sequence += 1) lock.judge(packet(sequence), named, 20 * sequence);
    lock.rename(nat);
    lock.judge(packet(1, 5), nat, 70);
    expect(lock.judge(packet(2, 5), nat, 75)).toMatchObject({ kind: 'accept', changed: true });
  });

  it('takes another SSRC of the same address', () => {
    const lock = new SourceLock(8000, named);
    for (let sequence = 1; sequence <= 3; sequence += 1) lock.judge(packet(sequence), named, 20 * sequence);
    lock.judge(packet(500, 2), named, 80);
    expect(lock.judge(packet(501, 2), named, 100)).toMatchObject({ kind: 'accept', changed: true });
    expect(lock.reception?.ssrc).toBe(2);
  });
});
