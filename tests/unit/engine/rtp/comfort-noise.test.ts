import { describe, expect, it } from 'vitest';
import { comfortNoisePayload, parseComfortNoise } from '../../../../engine/rtp/comfort-noise.ts';

describe('comfort noise on the wire', () => {
  it('is a level and one octet for each coefficient', () => {
    const payload = comfortNoisePayload({ levelDbov: -61.6, reflections: [0, -0.5, 0.999, -1] });
    expect([...payload]).toEqual([62, 127, 63, 254, 0]);
  });

  it('reads a level alone as white noise', () => {
    expect(parseComfortNoise(Uint8Array.of(55))).toEqual({ levelDbov: -55, reflections: [] });
  });

  it('passes over the unused bit of the level and takes the reserved index for the highest', () => {
    expect(parseComfortNoise(Uint8Array.of(0x80 | 40, 255, 254))).toEqual({
      levelDbov: -40,
      reflections: [(258 * 127) / 32_768, (258 * 127) / 32_768],
    });
  });

  it('reads back what it wrote, to half a step', () => {
    const reflections = [-0.9, 0.3, -0.1, 0, 0.7];
    const read = parseComfortNoise(comfortNoisePayload({ levelDbov: -70, reflections }));
    for (const [index, value] of reflections.entries())
      expect(Math.abs((read?.reflections[index] ?? 2) - value)).toBeLessThanOrEqual(258 / 65_536);
  });

  it('never means a filter that is not stable, whatever comes', () => {
    for (let octet = 0; octet < 256; octet += 1) {
      const [reflection = 2] = parseComfortNoise(Uint8Array.of(50, octet))?.reflections ?? [];
      expect(Math.abs(reflection)).toBeLessThan(1);
    }
  });

  it('leaves out coefficients beyond the tenth', () => {
    expect(parseComfortNoise(new Uint8Array(40).fill(127))?.reflections).toHaveLength(10);
    expect(comfortNoisePayload({ levelDbov: -50, reflections: new Array<number>(20).fill(0) })).toHaveLength(
      11,
    );
  });

  it('is nothing without a level', () => {
    expect(parseComfortNoise(new Uint8Array(0))).toBeNull();
  });

  it('keeps the level in its seven bits', () => {
    expect(comfortNoisePayload({ levelDbov: 3, reflections: [] })[0]).toBe(0);
    expect(comfortNoisePayload({ levelDbov: -400, reflections: [] })[0]).toBe(127);
  });
});
