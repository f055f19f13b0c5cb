/** Runs scenarios against a far side, link by link, and says for each how it went. */
import { setTimeout as delay } from 'node:timers/promises';
import { type FarSide, type Link, type Scenario, type ScenarioId, linkName } from './scenario.ts';

export interface Row {
  side: string;
  link: Link;
  scenario: ScenarioId;
  outcome: 'pass' | 'fail';
  /** Why it failed, one line. */
  reason: string;
  seconds: number;
  /** How often it was tried; once when absent. */
  attempts?: number;
}

export interface RunOptions {
  links: readonly Link[];
  /** Only these scenarios; all when absent. */
  only?: readonly string[] | undefined;
  /** Leaves out what takes a minute or more. */
  short: boolean;
  /** How many links are tried at once. */
  lanes: number;
  onRow: (row: Row) => void;
}

/** No scenario takes longer, unless it is a slow one. */
const scenarioLimitMs = 60_000;
const slowLimitMs = 200_000;

/** Runs one far side's scenarios over some of its links. Failures are rows; it rejects only when the far side cannot be ended. */
export async function runFarSide<Bench>(side: FarSide<Bench>, options: RunOptions): Promise<Row[]> {
  const waiting = [...options.links];
  const rows: Row[] = [];
  const lane = async () => {
    for (let link = waiting.shift(); link !== undefined; link = waiting.shift()) {
      for (const row of await runLink(side, link, options)) rows.push(row);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.lanes }, lane));
  } finally {
    await side.end();
  }
  return rows;
}

async function runLink<Bench>(side: FarSide<Bench>, link: Link, options: RunOptions): Promise<Row[]> {
  const { short, only, onRow } = options;
  const rows: Row[] = [];
  const scenarios = side.scenarios.filter(
    ({ id, slow }) => (only?.includes(id) ?? true) && !(short && slow === true),
  );
  const opened = await attempt(() => side.open(link), scenarioLimitMs);
  for (const scenario of scenarios) {
    const startedAt = performance.now();
    const { reason } = opened.value === undefined ? opened : await runScenario(side, opened.value, scenario);
    const row: Row = {
      side: side.name,
      link,
      scenario: scenario.id,
      outcome: reason === '' ? 'pass' : 'fail',
      reason,
      seconds: (performance.now() - startedAt) / 1000,
    };
    rows.push(row);
    onRow(row);
  }
  const { value } = opened;
  if (value !== undefined) {
    const { reason } = await attempt(() => side.close(value), scenarioLimitMs);
    if (reason !== '') throw new Error(`${side.title} over ${linkName(link)} does not close: ${reason}`);
  }
  return rows;
}

async function runScenario<Bench>(
  side: FarSide<Bench>,
  bench: Bench,
  { run, slow }: Scenario<Bench>,
): Promise<{ reason: string }> {
  const ran = await attempt(() => run(bench), slow === true ? slowLimitMs : scenarioLimitMs);
  const settled = await attempt(() => side.settle(bench), scenarioLimitMs);
  return ran.reason === '' ? settled : ran;
}

/** Never rejects: the reason is empty when it went well. */
async function attempt<T>(
  work: () => Promise<T>,
  limitMs: number,
): Promise<{ value: T | undefined; reason: string }> {
  const limit = new AbortController();
  const late = delay(limitMs, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`it took longer than ${limitMs / 1000} s`);
  });
  try {
    return { value: await Promise.race([work(), late]), reason: '' };
  } catch (thrown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    return { value: undefined, reason: text.replace(/\s+/g, ' ').trim() || 'it failed' };
  } finally {
    late.catch(() => undefined);
    limit.abort();
  }
}
