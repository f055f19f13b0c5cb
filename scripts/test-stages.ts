/**
 * The stages of `npm test`, in order, one line each; what failed and what was skipped is told with its reason, and the last line sums
 * up. A stage whose means cannot be had here (no root, no registry, no package) is skipped and says why.
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { projectRoot } from '../tests/support/project-paths.ts';
import { endRunningStages } from './stage-process.ts';
import { stages, type Stage } from './stages.ts';
import { count, exitStatusOf, totalLine, type TestOutcome } from './tally.ts';

/** The whole run ends within this time: stages that would begin later are cut short. */
const wholeLimitMs = 44 * 60_000;
/** A stage gets at least this much, else it is not begun. */
const leastUsefulMs = 10_000;
const longestDetail = 2_000;

process.chdir(projectRoot);

function chosenStages(): readonly Stage[] | undefined {
  const { values } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: false });
  if (values.only === undefined) return stages;
  const names = values.only.split(',');
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) return undefined;
  return stages.filter(({ name, always }) => always === true || names.includes(name));
}

async function runStage(stage: Stage, leftMs: number): Promise<TestOutcome[]> {
  if (leftMs < leastUsefulMs) {
    return [{ name: stage.title, outcome: 'failed', detail: 'no time was left for it' }];
  }
  try {
    return await stage.run(Math.min(stage.limitMs, leftMs));
  } catch (error) {
    return [{ name: stage.title, outcome: 'failed', detail: String(error) }];
  }
}

function indented(text: string): string {
  const cut = text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text;
  return cut.replace(/^/gm, '        ');
}

/** Failures in full, then what passed only when it was tried again, then each reason for skipping with how many it concerns. */
function describe(outcomes: readonly TestOutcome[]): string {
  const lines: string[] = [];
  for (const { name, detail } of outcomes.filter(({ outcome }) => outcome === 'failed')) {
    lines.push(`    failed: ${name}`, indented(detail));
  }
  for (const { name, detail } of outcomes.filter(({ outcome }) => outcome === 'passed')) {
    if (detail !== '') lines.push(`    passed at the second try: ${name}`, indented(detail));
  }
  const reasons = new Map<string, string[]>();
  for (const { name, detail } of outcomes.filter(({ outcome }) => outcome === 'skipped')) {
    reasons.set(detail, [...(reasons.get(detail) ?? []), name]);
  }
  for (const [reason, names] of reasons) {
    lines.push(`    skipped: ${names.length === 1 ? names[0] : `${names.length} tests`}: ${reason}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

async function runAll(chosen: readonly Stage[]): Promise<TestOutcome[]> {
  const outcomes: TestOutcome[] = [];
  const startedAt = performance.now();
  for (const [index, stage] of chosen.entries()) {
    const place = `[${String(index + 1).padStart(2)}/${chosen.length}]`;
    process.stdout.write(`${place} ${stage.title} … `);
    const stageStartedAt = performance.now();
    const results = await runStage(stage, wholeLimitMs - (stageStartedAt - startedAt));
    const seconds = ((performance.now() - stageStartedAt) / 1000).toFixed(1);
    process.stdout.write(`${totalLine(count(results))} (${seconds} s)\n${describe(results)}`);
    outcomes.push(...results);
    if (interrupted) break;
  }
  return outcomes;
}

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
    endRunningStages();
  });
}

const chosen = chosenStages();
if (chosen === undefined) {
  process.stderr.write(`--only takes some of: ${stages.map(({ name }) => name).join(',')}\n`);
  process.exitCode = 2;
} else {
  mkdirSync('test-results', { recursive: true });
  const totals = count(await runAll(chosen));
  process.stdout.write(`${totalLine(totals)}\n`);
  process.exitCode = interrupted ? 130 : exitStatusOf(totals);
}
