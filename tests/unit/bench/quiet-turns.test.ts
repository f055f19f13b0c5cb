import { expect, test } from 'vitest';
import type { RunSection } from '../../bench/document.ts';
import { QuietTurns } from '../../bench/quiet-turns.ts';

const turnTicks = 10_000;
const lookTicks = 1_000;

/** A host that steals so many ticks of each turn, and of each look before one, in the order they are asked for. */
function host({ looks = [] as number[], turns }: { looks?: number[]; turns: number[] }) {
  const time = { all: 0, stolen: 0, nowMs: 0 };
  const said: string[] = [];
  let measured = 0;
  return {
    said,
    measured: () => measured,
    options: {
      say: (sentence: string) => said.push(sentence),
      reading: () => ({ all: time.all, stolen: time.stolen }),
      now: () => time.nowMs,
      waiting: async (ms: number) => {
        time.nowMs += ms;
        time.all += lookTicks;
        time.stolen += looks.shift() ?? 0;
      },
    },
    run: async (): Promise<RunSection> => {
      time.nowMs += 60_000;
      time.all += turnTicks;
      time.stolen += turns[measured] ?? 0;
      measured += 1;
      return {
        title: `turn ${measured}`,
        rows: [],
        verdicts: [],
        notes: ['its own'],
        startedAt: new Date(time.nowMs),
        tookMs: 60_000,
      };
    },
  };
}

test('a quiet section takes one turn, and says how quiet it was', async () => {
  const { run, options, measured, said } = host({ turns: [20] });
  const result = await new QuietTurns({ turns: 3, patienceMs: 600_000, ...options }).measure(run);
  expect(measured()).toBe(1);
  expect(result.notes).toEqual([
    'its own',
    "The computer's host took 0.20% of the processors' time meanwhile.",
  ]);
  expect(said).toEqual([]);
});

test('a section that was disturbed is measured again, until one was not', async () => {
  const { run, options, measured } = host({ turns: [300, 10, 0] });
  const result = await new QuietTurns({ turns: 3, patienceMs: 600_000, ...options }).measure(run);
  expect(measured()).toBe(2);
  expect(result.title).toBe('turn 2');
  expect(result.notes[1]).toContain('took 0.10% of');
  expect(result.notes[1]).toContain('the least of 2 turns');
});

test('of turns that were all disturbed the least disturbed counts', async () => {
  const { run, options, measured } = host({ turns: [300, 100, 200] });
  const result = await new QuietTurns({ turns: 3, patienceMs: 600_000, ...options }).measure(run);
  expect(measured()).toBe(3);
  expect(result.title).toBe('turn 2');
});

test('it waits for a host that is stealing, and says so', async () => {
  const { run, options, said } = host({ looks: [50, 50, 1], turns: [0] });
  await new QuietTurns({ turns: 3, patienceMs: 600_000, ...options }).measure(run);
  expect(said).toEqual(['waited 30 s for the host to give the processors back']);
});

test('patience comes to an end: with none left each section has one turn at once', async () => {
  const { run, options, measured } = host({ turns: [300, 300, 300, 300] });
  const turns = new QuietTurns({ turns: 3, patienceMs: 50_000, ...options });
  await turns.measure(run);
  expect(measured()).toBe(2);
  await turns.measure(run);
  expect(measured()).toBe(3);
});

test('one turn neither waits nor measures again', async () => {
  const { run, options, measured, said } = host({ looks: [500], turns: [300] });
  const result = await new QuietTurns({ turns: 1, patienceMs: 600_000, ...options }).measure(run);
  expect(measured()).toBe(1);
  expect(result.notes[1]).toContain('took 3.00% of');
  expect(said).toEqual(["3.00% of the processors' time was stolen meanwhile"]);
});
