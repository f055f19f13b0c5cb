import { describe, expect, it } from 'vitest';
import {
  candidatePriority,
  foundationOf,
  parseCandidate,
  writeCandidate,
} from '../../../../engine/nat/ice-candidate.ts';
import { consentIntervalMs, stepConsent, type ConsentEvent } from '../../../../engine/nat/ice-consent.ts';

describe('a candidate in SDP', () => {
  const host = '1 1 UDP 2130706431 10.0.1.1 8998 typ host';
  const reflexive = '2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998';

  it('is read and written as in RFC 8839 §5.1', () => {
    for (const value of [host, reflexive]) {
      const candidate = parseCandidate(value);
      expect(candidate && writeCandidate(candidate, { hidesRelated: false })).toBe(value);
    }
  });

  it('hides what it was derived from where that is nobody’s business', () => {
    const candidate = parseCandidate(reflexive);
    expect(candidate && writeCandidate(candidate, { hidesRelated: true })).toBe(
      '2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 0.0.0.0 rport 9',
    );
  });

  it('may have more behind it, a small transport, and a prefix', () => {
    expect(
      parseCandidate('candidate:H1 2 udp 99 2001:db8::1 5000 typ relay generation 0 ufrag x'),
    ).toMatchObject({ component: 2, address: '2001:db8::1', type: 'relay', related: null });
  });

  it.each([
    ['TCP', '1 1 TCP 99 10.0.1.1 9 typ host tcptype active'],
    ['a name of mDNS', '1 1 UDP 99 3f2e.local 8998 typ host'],
    ['port 0', '1 1 UDP 99 10.0.1.1 0 typ host'],
    ['a third component', '1 3 UDP 99 10.0.1.1 8998 typ host'],
    ['no priority', '1 1 UDP 0 10.0.1.1 8998 typ host'],
    ['too much priority', '1 1 UDP 2147483648 10.0.1.1 8998 typ host'],
    ['an unknown type', '1 1 UDP 99 10.0.1.1 8998 typ magic'],
    ['nothing', ''],
  ])('with %s is passed over', (_what, value) => {
    expect(parseCandidate(value)).toBeUndefined();
  });

  it('has the priority that RFC 8445 recommends', () => {
    expect(candidatePriority('host', 1, 65_535)).toBe(2_130_706_431);
    expect(candidatePriority('host', 1, 65_535)).toBeGreaterThan(candidatePriority('srflx', 1, 65_535));
    expect(candidatePriority('srflx', 1, 0)).toBeGreaterThan(candidatePriority('relay', 1, 65_535));
    expect(candidatePriority('host', 1, 7)).toBeGreaterThan(candidatePriority('host', 2, 7));
  });

  it('shares its foundation with what is alike', () => {
    expect(foundationOf('host', '10.0.0.1', '')).toBe(foundationOf('host', '10.0.0.1', ''));
    expect(foundationOf('host', '10.0.0.1', '')).not.toBe(foundationOf('host', '10.0.0.2', ''));
    expect(foundationOf('srflx', '10.0.0.1', 'a')).not.toBe(foundationOf('srflx', '10.0.0.1', 'b'));
  });
});

describe('consent', () => {
  const timer: ConsentEvent = { type: 'timer', random: 0.5 };
  it.each([
    ['consented', timer, 29_999, 'consented: check, wait'],
    ['consented', timer, 30_000, 'expired: expired'],
    ['consented', { type: 'answered' }, 29_999, 'consented: '],
    ['expired', timer, 30_000, 'expired: '],
    ['expired', { type: 'answered' }, 30_000, 'expired: '],
  ] as const)('%s × %o at %i ms → %s', (phase, event, nowMs, expected) => {
    const [after, effects] = stepConsent({ phase, answeredMs: 0 }, event, nowMs);
    expect(`${after.phase}: ${effects.map(({ type }) => type).join(', ')}`).toBe(expected);
  });

  it('is asked for every 4 to 6 seconds', () => {
    expect(consentIntervalMs(0)).toBe(4_000);
    expect(consentIntervalMs(1)).toBeCloseTo(6_000, 6);
  });
});
