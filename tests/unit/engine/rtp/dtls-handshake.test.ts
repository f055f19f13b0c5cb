import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeDtlsCertificate } from '../../../../engine/rtp/dtls-certificate.ts';
import { DtlsHandshake, type DtlsHandshakeOptions } from '../../../../engine/rtp/dtls-handshake.ts';
import type { SrtpKeys } from '../../../../engine/rtp/dtls-secrets.ts';
import { mulberry32 } from '../../../support/prng.ts';

const [here, there, stranger] = [1, 2, 3].map(() => makeDtlsCertificate(Date.now()));
if (here === undefined || there === undefined || stranger === undefined) throw new Error('no certificates');

interface Side {
  handshake: DtlsHandshake;
  keys: SrtpKeys[];
  failures: string[];
  sent: Buffer[];
}
const sides: Side[] = [];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  for (const { handshake } of sides.splice(0)) handshake.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** `toPeer` takes each datagram on its way. */
function side(toPeer: (datagram: Buffer) => void, change: Partial<DtlsHandshakeOptions>): Side {
  const [keys, failures, sent]: [SrtpKeys[], string[], Buffer[]] = [[], [], []];
  const handshake = new DtlsHandshake({
    role: 'active',
    certificate: here as never,
    fingerprints: [],
    send: (datagram) => {
      sent.push(datagram);
      toPeer(datagram);
    },
    onKeys: (each) => keys.push(each),
    onFailed: (reason) => failures.push(reason),
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    random: randomBytes,
    ...change,
  });
  const made = { handshake, keys, failures, sent };
  sides.push(made);
  return made;
}

interface Link {
  /** What becomes of a datagram: itself, changed, several, or none. */
  carry?: (datagram: Buffer, to: 'active' | 'passive') => Buffer[];
  active?: Partial<DtlsHandshakeOptions>;
  passive?: Partial<DtlsHandshakeOptions>;
}

/** Two sides that know each other, over a link with a delay of 10 ms. */
function pair({ carry = (datagram) => [datagram], active = {}, passive = {} }: Link = {}) {
  const ends: { active?: Side; passive?: Side } = {};
  const to = (role: 'active' | 'passive') => (datagram: Buffer) => {
    for (const each of carry(datagram, role)) setTimeout(() => ends[role]?.handshake.receive(each), 10);
  };
  if (here === undefined || there === undefined) throw new Error('no certificates');
  ends.passive = side(to('active'), {
    role: 'passive',
    certificate: there,
    fingerprints: [here.fingerprint],
    ...passive,
  });
  ends.active = side(to('passive'), { role: 'active', fingerprints: [there.fingerprint], ...active });
  return { active: ends.active, passive: ends.passive };
}

function expectAgreed({ active, passive }: { active: Side; passive: Side }) {
  expect([active.failures, passive.failures]).toEqual([[], []]);
  expect([active.keys.length, passive.keys.length]).toEqual([1, 1]);
  expect(active.keys[0]?.local).toEqual(passive.keys[0]?.remote);
  expect(active.keys[0]?.remote).toEqual(passive.keys[0]?.local);
  expect(active.keys[0]?.local.key).not.toEqual(active.keys[0]?.remote.key);
}

describe('a DTLS handshake', () => {
  it('gives both sides the same keys for the strongest profile, after two round trips', async () => {
    const ends = pair();
    await vi.advanceTimersByTimeAsync(45);
    expectAgreed(ends);
    expect(ends.active.keys[0]?.local.profile.suite).toBe('AEAD_AES_256_GCM');
  });

  it('comes through when every third datagram is lost, some come twice, and some late', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = mulberry32(seed);
      const ends = pair({
        carry: (datagram) => {
          const fate = random();
          return fate < 0.33 ? [] : fate < 0.6 ? [datagram, datagram] : [datagram];
        },
      });
      await vi.advanceTimersByTimeAsync(25_000);
      expectAgreed(ends);
    }
  });

  it('waits for a far side that does not listen yet', async () => {
    let deaf = true;
    const ends = pair({ carry: (datagram) => (deaf ? [] : [datagram]) });
    await vi.advanceTimersByTimeAsync(8_000);
    deaf = false;
    await vi.advanceTimersByTimeAsync(4_000);
    expectAgreed(ends);
  });

  it('gives up on a far side that never answers', async () => {
    const { active, passive } = pair({ carry: () => [] });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(active.failures).toEqual(['the far side did not answer']);
    expect(passive.failures).toEqual(['the far side did not answer']);
  });

  it.each(['active', 'passive'] as const)(
    'fails at both ends when the %s side meets another certificate than announced',
    async (deceived) => {
      const { active, passive } = pair({ [deceived]: { fingerprints: [stranger.fingerprint] } });
      await vi.advanceTimersByTimeAsync(1_000);
      const [victim, other] = deceived === 'active' ? [active, passive] : [passive, active];
      expect(victim.failures).toEqual(['the far side showed another certificate than it had announced']);
      expect(other.failures).toEqual(['the far side refused it (TLS alert 42)']);
      expect([active.keys, passive.keys]).toEqual([[], []]);
    },
  );

  it.each(['active', 'passive'] as const)(
    'fails when the far side of the %s one shows the right certificate and does not have its key',
    async (deceived) => {
      const impostor = { ...(deceived === 'active' ? there : here), privateKey: stranger.privateKey };
      const { active, passive } = pair({
        [deceived === 'active' ? 'passive' : 'active']: { certificate: impostor },
      });
      await vi.advanceTimersByTimeAsync(1_000);
      const victim = deceived === 'active' ? active : passive;
      expect(victim.failures).toEqual(['the far side could not prove its certificate']);
      expect([active.keys, passive.keys]).toEqual([[], []]);
    },
  );

  it('fails when somebody on the way takes the strong profiles out of the offer', async () => {
    const { active, passive } = pair({
      carry: (datagram, to) => {
        const strong = Buffer.from('00080007', 'hex');
        const at = datagram.indexOf(strong);
        if (to !== 'passive' || at < 0) return [datagram];
        const changed = Buffer.from(datagram);
        Buffer.from('00020002', 'hex').copy(changed, at);
        return [changed];
      },
    });
    await vi.advanceTimersByTimeAsync(1_000);
    // Extended master secret: the sides do not even come to the same record keys.
    await vi.advanceTimersByTimeAsync(30_000);
    expect([active.keys, passive.keys]).toEqual([[], []]);
    expect(passive.failures).toHaveLength(1);
  });

  it('survives any datagram of a stranger: it fails, or it goes on, and never throws', async () => {
    const random = mulberry32(5764);
    for (let round = 0; round < 60; round += 1) {
      const ends = pair({
        carry: (datagram) => {
          const changed = Buffer.from(datagram);
          const at = Math.floor(random() * changed.length);
          changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
          return random() < 0.3 ? [changed, datagram] : [datagram.subarray(0, at), datagram];
        },
      });
      await vi.advanceTimersByTimeAsync(30_000);
      for (const each of [ends.active, ends.passive]) expect(each.keys.length + each.failures.length).toBe(1);
      const [one, other] = [ends.active.keys[0], ends.passive.keys[0]];
      if (one !== undefined && other !== undefined) expect(one.local).toEqual(other.remote);
    }
  });

  it('says nothing after it was closed', async () => {
    const { active } = pair({ carry: () => [] });
    active.handshake.close();
    const before = active.sent.length;
    await vi.advanceTimersByTimeAsync(40_000);
    expect(active.sent).toHaveLength(before);
    expect(active.failures).toEqual([]);
  });
});
