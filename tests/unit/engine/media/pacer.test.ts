/** The pacer in real time, judged so that a machine with other work cannot break it: by which slots came, not by how late they were. */
import { describe, expect, it, vi } from 'vitest';
import { monotonicMs, Pacer } from '../../../../engine/media/pacer.ts';
import { wait } from './sounds.ts';

const intervalMs = 20;
/** A slot that is not here by then never comes. */
const waiting = { timeout: 10_000, interval: 5 };

interface Slot {
  atMs: number;
  /** 1 for the first after the start; what was skipped is counted. */
  number: number;
  skipped: number;
}

function paced(): { slots: Slot[]; startMs: number; pacer: Pacer } {
  const slots: Slot[] = [];
  const pacer = new Pacer(intervalMs, (skipped) => {
    slots.push({ atMs: monotonicMs(), number: (slots.at(-1)?.number ?? 0) + skipped + 1, skipped });
  });
  return { slots, startMs: pacer.dueMs - intervalMs, pacer };
}

/** How much after their deadlines the slots were, sorted. Deadlines are whole milliseconds of the timers' own clock. */
function lateness(slots: readonly Slot[], startMs: number): number[] {
  return slots.map(({ atMs, number }) => atMs - startMs - number * intervalMs).sort((a, b) => a - b);
}

describe('the pacer', () => {
  it('keeps to its own deadlines: no drift, and none early', async () => {
    const { slots, startMs, pacer } = paced();
    await wait(4_000);
    pacer.close();
    const late = lateness(slots, startMs);
    expect(late[0]).toBeGreaterThan(-0.05);
    // Other work may delay many of them, but not to the end of one more interval again and again.
    expect(late[Math.floor(late.length / 4)]).toBeLessThan(2);
  });

  it('skips what it slept through and goes on by the same deadlines', async () => {
    const { slots, startMs, pacer } = paced();
    await vi.waitUntil(() => slots.length >= 3, waiting);
    const asleepUntil = monotonicMs() + 130;
    while (monotonicMs() < asleepUntil);
    const before = slots.length;
    await vi.waitUntil(() => slots.length >= before + 6, waiting);
    pacer.close();
    const count = slots.length;
    expect(slots[before]?.skipped).toBeGreaterThanOrEqual(5);
    expect(lateness(slots, startMs)[0]).toBeGreaterThan(-0.05);
    // Made up for in a burst, those after the sleep would come when the deadline after theirs has passed.
    const burst = slots.filter(({ atMs, number }) => atMs - startMs >= (number + 1) * intervalMs);
    expect(burst.length).toBeLessThanOrEqual(1);
    await wait(60);
    expect(slots.length).toBe(count);
  });

  it('keeps the deadlines of several pacers apart, and goes on when one of them is closed', async () => {
    const count = { short: 0, long: 0 };
    const first = new Pacer(10, () => (count.short += 1));
    await wait(4);
    const second = new Pacer(30, () => (count.long += 1));
    await vi.waitUntil(() => count.short > 5 && count.long > 1, waiting);
    first.close();
    const atFirst = { ...count };
    await vi.waitUntil(() => count.long > atFirst.long + 3, waiting);
    second.close();
    const atSecond = { ...count };
    expect(atSecond.short).toBe(atFirst.short);
    await wait(70);
    expect(count).toEqual(atSecond);
  });

  it('lets a pacer close itself and start another in its own slot', async () => {
    let [firstSlots, secondSlots] = [0, 0];
    let second: Pacer | undefined;
    const first: Pacer = new Pacer(20, () => {
      firstSlots += 1;
      first.close();
      second = new Pacer(20, () => (secondSlots += 1));
    });
    await vi.waitUntil(() => secondSlots > 1, waiting);
    second?.close();
    expect(firstSlots).toBe(1);
  });
});
