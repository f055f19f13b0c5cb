import { describe, expect, it } from 'vitest';
import { DelayEstimate } from '../../../../engine/media/delay-estimate.ts';
import { seeded } from './sounds.ts';

const bounds = { startMs: 40, leastMs: 0, mostMs: 250 };

/** What packets suffer, by their number: how much longer than usual each is under way. */
type Network = (index: number) => number;

/** Feeds packets of `packetMs` in the order in which they arrive; tells the target after each, by the time it was sent. */
function run(
  network: Network,
  seconds: number,
  packetMs = 20,
  farClock = 1,
): { sentMs: number; targetMs: number }[] {
  const estimate = new DelayEstimate(bounds);
  return Array.from({ length: (seconds * 1000) / packetMs }, (_, index) => {
    const sentMs = index * packetMs;
    return { sentMs, timestampMs: sentMs * farClock, arrivalMs: sentMs + 500 + network(index) };
  })
    .sort((a, b) => a.arrivalMs - b.arrivalMs)
    .map(({ sentMs, timestampMs, arrivalMs }) => {
      estimate.note(arrivalMs - timestampMs, arrivalMs);
      return { sentMs, targetMs: estimate.targetMs };
    });
}

const between = (targets: { sentMs: number; targetMs: number }[], fromMs: number, toMs: number): number[] =>
  targets.filter(({ sentMs }) => sentMs >= fromMs && sentMs < toMs).map(({ targetMs }) => targetMs);

function jitter(spreadMs: number, seed: number): Network {
  const random = seeded(seed);
  return () => spreadMs * random();
}

/** Nothing passes for `stallMs` every `everyMs`; what was held up then comes at once. */
function stalls(stallMs: number, everyMs: number, packetMs = 20): Network {
  return (index) => Math.max(0, stallMs - ((index * packetMs) % everyMs));
}

describe('the delay estimate', () => {
  it('assumes the delay that it was given until packets have told theirs', () => {
    expect(new DelayEstimate(bounds).targetMs).toBe(40);
    expect(
      between(
        run(() => 0, 3),
        0,
        900,
      ).every((target) => target === 40),
    ).toBe(true);
  });

  it('asks for next to nothing on a network without jitter', () => {
    expect(
      Math.max(
        ...between(
          run(() => 0, 20),
          1000,
          20_000,
        ),
      ),
    ).toBeLessThan(6);
  });

  it.each([10, 20, 30, 60])('covers jitter of ±30 ms after two seconds, in packets of %d ms', (packetMs) => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const targets = between(run(jitter(60, seed), 30, packetMs), 2000, 30_000);
      expect(Math.min(...targets)).toBeGreaterThan(58);
      expect(Math.max(...targets)).toBeLessThan(75);
    }
  });

  it('covers bursts of 100 ms that come again and again', () => {
    const targets = between(run(stalls(100, 1000), 30), 3000, 30_000);
    expect(Math.min(...targets)).toBeGreaterThan(95);
    expect(Math.max(...targets)).toBeLessThan(120);
  });

  it('is not moved by a single short stall, and by a long one for no more than ten seconds', () => {
    expect(Math.max(...between(run(stalls(100, 30_000), 29), 10_000, 29_000))).toBeLessThan(6);
    const long = run((index) => (index > 1000 ? stalls(400, 60_000)(index - 1000) : 0), 45);
    expect(Math.max(...between(long, 20_000, 31_000))).toBeGreaterThan(100);
    expect(Math.max(...between(long, 31_000, 45_000))).toBeLessThan(6);
  });

  it('sees jitter within half a second of its beginning and forgets it ten seconds after its end', () => {
    const shaken = jitter(60, 7);
    const targets = run((index) => (index >= 1000 && index < 2000 ? shaken(index) : 30), 60);
    expect(Math.min(...between(targets, 20_500, 40_000))).toBeGreaterThan(40);
    expect(Math.max(...between(targets, 51_000, 60_000))).toBeLessThan(6);
  });

  it.each([100e-6, -100e-6, 500e-6, -500e-6])('follows a far clock that is %d off', (drift) => {
    expect(
      Math.max(
        ...between(
          run(() => 0, 600, 20, 1 + drift),
          1000,
          600_000,
        ),
      ),
    ).toBeLessThan(12);
  });

  it('takes a longer way for what it is: no jitter, once the old way is forgotten', () => {
    const targets = run((index) => (index >= 1000 ? 80 : 0), 40);
    expect(Math.max(...between(targets, 31_000, 40_000))).toBeLessThan(6);
  });

  it('starts from what it was given again after a long pause', () => {
    const estimate = new DelayEstimate(bounds);
    for (let index = 0; index < 500; index += 1) estimate.note(500, 20 * index);
    expect(estimate.targetMs).toBeLessThan(6);
    estimate.note(540, 60_000);
    expect(estimate.fastestMs).toBe(540);
    expect(estimate.targetMs).toBe(40);
  });

  it('stays within its bounds', () => {
    expect(Math.max(...run(jitter(2000, 3), 20).map(({ targetMs }) => targetMs))).toBe(250);
    const patient = new DelayEstimate({ startMs: 100, leastMs: 60, mostMs: 250 });
    for (let index = 0; index < 500; index += 1) patient.note(500, 20 * index);
    expect(patient.targetMs).toBe(60);
  });
});
