import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortPool } from '../../../../engine/rtp/port-pool.ts';

describe('the port pool', () => {
  it('offers every even port whose pair lies in the range once, from a random one on', () => {
    expect([...new PortPool(() => 2).candidates(10_001, 10_009)]).toEqual([10_006, 10_008, 10_002, 10_004]);
    expect([...new PortPool(() => 0).candidates(10_000, 10_001)]).toEqual([10_000]);
    expect([...new PortPool(() => 0).candidates(10_001, 10_002)]).toEqual([]);
  });

  it('does not offer what is in use, and offers it again once released', () => {
    const pool = new PortPool(() => 0);
    expect(pool.take(10_000)).toBe(true);
    expect(pool.take(10_000)).toBe(false);
    expect([...pool.candidates(10_000, 10_003)]).toEqual([10_002]);
    pool.release(10_000);
    expect([...pool.candidates(10_000, 10_003)]).toEqual([10_000, 10_002]);
  });

  it('stays inside any range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1024, max: 65_535 }), fc.nat(200), (portMin, width) => {
        const portMax = Math.min(65_535, portMin + width);
        const ports = [...new PortPool().candidates(portMin, portMax)];
        expect(new Set(ports).size).toBe(ports.length);
        expect(ports.every((port) => port % 2 === 0 && port >= portMin && port + 1 <= portMax)).toBe(true);
      }),
    );
  });
});
