import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MediaEncryption } from '../../../../contract/snapshot.ts';
import type { MasterKey, Protection } from '../../../../engine/rtp/protection.ts';
import { silentLogger } from '../../../../engine/log.ts';
import type { Component } from '../../../../engine/nat/ice-candidate.ts';
import { makeDtlsCertificate } from '../../../../engine/rtp/dtls-certificate.ts';
import type { DtlsTerms } from '../../../../engine/rtp/dtls-terms.ts';
import { MediaSecurity } from '../../../../engine/rtp/media-security.ts';
import { plain, type PacketProtection } from '../../../../engine/rtp/packet-protection.ts';

interface End {
  security: MediaSecurity;
  protection: PacketProtection;
  told: MediaEncryption[];
  failures: string[];
  receive: (datagram: Buffer, component: Component) => void;
}

const [here, there] = [makeDtlsCertificate(0), makeDtlsCertificate(0)];
const muxed = { rtcpMux: true };
const apart = { rtcpMux: false };

/** `deaf`: the component on which nothing comes through. */
function end(certificate = here): End & { peer: End | null; deaf: Component | null } {
  const made: End & { peer: End | null; deaf: Component | null } = {
    security: undefined as never,
    protection: plain,
    told: [],
    failures: [],
    receive: () => undefined,
    peer: null,
    deaf: null,
  };
  made.security = new MediaSecurity({
    path: {
      onDtls: (listener) => (made.receive = listener),
      sendDtls: (datagram, component) => {
        if (made.deaf !== component)
          setTimeout(() => made.peer?.receive(Buffer.from(datagram), component), 5);
      },
    },
    certificate: () => certificate,
    setProtection: (protection) => (made.protection = protection),
    onEncrypted: (encryption) => made.told.push(encryption),
    onFailed: (reason) => made.failures.push(reason),
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    random: randomBytes,
    log: silentLogger,
  });
  return made;
}

function ends() {
  const [one, other] = [end(here), end(there)];
  [one.peer, other.peer] = [other, one];
  return { one, other };
}

const key = (letter: string): MasterKey => ({
  suite: 'AES_CM_128_HMAC_SHA1_80',
  tag: 1,
  inline: letter.repeat(40),
});
const sdes = (local: string, remote: string): Protection => ({
  kind: 'sdes',
  local: key(local),
  remote: key(remote),
});
const dtls = (
  role: 'active' | 'passive',
  certificate = there,
  tlsIds: DtlsTerms['tlsIds'] = { local: 'ours', remote: null },
): Protection => ({ kind: 'dtls', role, fingerprints: [certificate.fingerprint], tlsIds });

let sequence = 0;
function packet(): Buffer {
  sequence += 1;
  const bytes = Buffer.alloc(172, 7);
  bytes.writeUInt16BE(0x8000, 0);
  bytes.writeUInt16BE(sequence, 2);
  return bytes;
}

/** True when a packet of one end is heard at the other. */
function hears(from: End, to: End): boolean {
  const sealed = from.protection.protectRtp(packet());
  return sealed.ok && to.protection.unprotectRtp(sealed.value).ok;
}

/** True when a report of one end is read at the other. */
function reports(from: End, to: End): boolean {
  const sealed = from.protection.protectRtcp(packet());
  return sealed.ok && to.protection.unprotectRtcp(sealed.value).ok;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the encryption of a session', () => {
  it('with keys from SDP runs at once, and is told once', () => {
    const { one, other } = ends();
    one.security.apply(sdes('a', 'b'), muxed);
    other.security.apply(sdes('b', 'a'), muxed);
    one.security.apply(sdes('a', 'b'), muxed);
    expect(hears(one, other) && hears(other, one)).toBe(true);
    expect(one.told).toEqual([{ kind: 'sdes', suite: 'AES_CM_128_HMAC_SHA1_80' }]);
  });

  it('never encrypts two packets alike, however often the same keys are negotiated', () => {
    const { one } = ends();
    const report = Buffer.from('81c8000bcafebabe' + 'ab'.repeat(16), 'hex');
    const sealed = Array.from({ length: 5 }, () => {
      one.security.apply(sdes('a', 'b'), muxed);
      const outcome = one.protection.protectRtcp(report);
      return outcome.ok ? outcome.value.toString('hex') : '';
    });
    expect(new Set(sealed).size).toBe(5);
  });

  it('goes on when only one direction has another key', () => {
    const { one, other } = ends();
    one.security.apply(sdes('a', 'b'), muxed);
    other.security.apply(sdes('b', 'a'), muxed);
    one.security.apply(sdes('a', 'c'), muxed);
    other.security.apply(sdes('c', 'a'), muxed);
    expect(hears(one, other) && hears(other, one)).toBe(true);
  });

  it('ends with a new description that has none', () => {
    const { one } = ends();
    one.security.apply(sdes('a', 'b'), muxed);
    one.security.apply({ kind: 'none' }, muxed);
    expect(one.protection).toBe(plain);
    expect(one.told.at(-1)).toEqual({ kind: 'none', suite: '' });
  });

  it('by a handshake lets nothing through before it is done, and keeps its keys through a hold', async () => {
    const { one, other } = ends();
    one.security.apply(dtls('active', there), muxed);
    other.security.apply(dtls('passive', here), muxed);
    expect(hears(one, other)).toBe(false);
    await vi.advanceTimersByTimeAsync(50);
    expect(hears(one, other) && hears(other, one)).toBe(true);
    one.security.apply(dtls('active', there), muxed);
    expect(hears(one, other) && hears(other, one)).toBe(true);
    expect(one.told).toEqual([{ kind: 'dtls', suite: 'AEAD_AES_256_GCM' }]);
  });

  it('takes a handshake that begins before its description is here', async () => {
    const { one, other } = ends();
    one.security.apply(dtls('active', there), muxed);
    await vi.advanceTimersByTimeAsync(20);
    other.security.apply(dtls('passive', here), muxed);
    await vi.advanceTimersByTimeAsync(30);
    expect(hears(one, other)).toBe(true);
    one.security.close();
    other.security.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('begins a handshake anew for another certificate', async () => {
    const third = makeDtlsCertificate(0);
    const { one, other } = ends();
    one.security.apply(dtls('active', there), muxed);
    other.security.apply(dtls('passive', here), muxed);
    await vi.advanceTimersByTimeAsync(50);
    const next = end(third);
    [one.peer, next.peer] = [next, one];
    next.security.apply(dtls('passive', here), muxed);
    one.security.apply(dtls('active', third), muxed);
    expect(hears(one, other)).toBe(false);
    await vi.advanceTimersByTimeAsync(50);
    expect(hears(one, next) && hears(next, one)).toBe(true);
  });

  it('begins a handshake anew, with the same certificate, under another a=tls-id', async () => {
    const { one, other } = ends();
    const apply = (mine: string, theirs: string) => {
      one.security.apply(dtls('active', there, { local: mine, remote: theirs }), muxed);
      other.security.apply(dtls('passive', here, { local: theirs, remote: mine }), muxed);
    };
    apply('a', 'b');
    await vi.advanceTimersByTimeAsync(50);
    apply('a', 'b');
    expect(hears(one, other)).toBe(true);
    apply('a', 'c');
    expect(hears(one, other)).toBe(false);
    await vi.advanceTimersByTimeAsync(50);
    expect(hears(one, other) && hears(other, one)).toBe(true);
    expect(one.told).toHaveLength(1);
  });

  it('lets the far side begin anew unasked, and keeps its keys until that one is proven', async () => {
    const { one, other } = ends();
    one.security.apply(dtls('active', there), apart);
    other.security.apply(dtls('passive', here), apart);
    await vi.advanceTimersByTimeAsync(50);
    const again = end(here);
    [again.peer, other.peer] = [other, again];
    again.security.apply(dtls('active', there), apart);
    await vi.advanceTimersByTimeAsync(12);
    expect([hears(one, other), hears(again, other)]).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(50);
    expect([hears(one, other), hears(again, other), hears(other, again)]).toEqual([false, true, true]);
    expect([reports(again, other), reports(other, again)]).toEqual([true, true]);
    expect(other.told).toHaveLength(1);
  });

  it('keeps its keys when a stranger says hello who cannot prove anything', async () => {
    const { one, other } = ends();
    one.security.apply(dtls('active', there), muxed);
    other.security.apply(dtls('passive', here), muxed);
    await vi.advanceTimersByTimeAsync(50);
    const stranger = end(makeDtlsCertificate(0));
    [stranger.peer, other.peer] = [other, stranger];
    stranger.security.apply(dtls('active', there), muxed);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(hears(one, other)).toBe(true);
    expect(other.failures).toEqual([]);
    other.peer = one;
    stranger.security.close();
  });

  it('finds keys of their own for reports on a port of their own', async () => {
    const { one, other } = ends();
    one.security.apply(dtls('active', there), apart);
    other.security.apply(dtls('passive', here), apart);
    await vi.advanceTimersByTimeAsync(50);
    expect(hears(one, other) && hears(other, one)).toBe(true);
    expect(reports(one, other) && reports(other, one)).toBe(true);
    const apartStill = { ...one };
    one.security.apply(dtls('active', there), muxed);
    other.security.apply(dtls('passive', here), muxed);
    expect([reports(one, other), reports(apartStill, other)]).toEqual([true, false]);
    expect(one.told).toHaveLength(1);
  });

  it('begins with the reports’ port when both sides stop sharing one, and the sound goes on', async () => {
    const { one, other } = ends();
    one.security.apply(dtls('active', there), muxed);
    other.security.apply(dtls('passive', here), muxed);
    await vi.advanceTimersByTimeAsync(50);
    other.security.apply(dtls('passive', here), apart);
    one.security.apply(dtls('active', there), apart);
    expect([hears(one, other), reports(one, other)]).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(50);
    expect([hears(one, other), reports(one, other), reports(other, one)]).toEqual([true, true, true]);
  });

  it('goes on without reports where the far side has no handshake for them', async () => {
    const { one, other } = ends();
    one.deaf = 2;
    one.security.apply(dtls('active', there), apart);
    other.security.apply(dtls('passive', here), muxed);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(one.protection.protectRtcp(packet())).toEqual({ ok: false, problem: 'sealed' });
    expect(hears(one, other)).toBe(true);
    expect(one.failures).toEqual([]);
  });

  it('fails, and stays silent, for another certificate than announced', async () => {
    const { one, other } = ends();
    one.security.apply(dtls('active', here), muxed);
    other.security.apply(dtls('passive', here), muxed);
    await vi.advanceTimersByTimeAsync(50);
    expect(one.failures).toHaveLength(1);
    expect(hears(one, other) || hears(other, one)).toBe(false);
    expect(one.told).toEqual([]);
  });
});
