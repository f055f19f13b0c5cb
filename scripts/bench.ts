/**
 * `npm run bench`: measures the phone beside baresip and linphone and writes docs/benchmarks.md from what came out.
 *
 *   --only call,pacing   only these sections, printed and not written
 *   --short              fewer and shorter runs, printed and not written
 *   --patience 30        so many minutes for waiting until the computer is quiet, and for measuring again what was disturbed
 */
import { parseArgs } from 'node:util';
import { benchmarkDocument, verdictLines, type RunSection } from '../tests/bench/document.ts';
import { labMissing } from '../tests/bench/lab.ts';
import { QuietTurns } from '../tests/bench/quiet-turns.ts';
import { runSection } from '../tests/bench/section-run.ts';
import { sections } from '../tests/bench/sections.ts';
import { Baresip } from '../tests/support/baresip.ts';
import { Linphone } from '../tests/support/linphone.ts';
import { projectRoot } from '../tests/support/project-paths.ts';
import { writeDocument } from './write-document.ts';

process.chdir(projectRoot);
const names = Object.keys(sections);
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    patience: { type: 'string', default: '30' },
  },
});
const only = values.only?.split(',');
const patienceMinutes = Number(values.patience);
const say = (sentence: string) => process.stdout.write(`${sentence}\n`);

const unknown = only?.find((name) => !names.includes(name));
const missing =
  unknown !== undefined
    ? `there is no section ${unknown}; there are ${names.join(', ')}`
    : patienceMinutes >= 0
      ? await labMissing()
      : `--patience takes minutes, 0 or more, not '${values.patience}'`;
if (missing !== undefined) {
  say(`Nothing can be measured: ${missing}.`);
  process.exitCode = 1;
} else {
  await measure();
}

async function measure(): Promise<void> {
  // Of a section that was given up: it is in the verdicts already.
  process.on('unhandledRejection', (error) => say(`  later: ${String(error).split('\n')[0]}`));
  const startedAt = performance.now();
  const done: RunSection[] = [];
  const sayOfSection = (sentence: string) => say(`  ${sentence}`);
  const quiet = new QuietTurns({
    turns: values.short ? 1 : 3,
    patienceMs: patienceMinutes * 60_000,
    say: sayOfSection,
  });
  for (const [name, section] of Object.entries(sections)) {
    if (only !== undefined && !only.includes(name)) continue;
    say(section.title);
    const result = await quiet.measure(() => runSection(section, { short: values.short, say: sayOfSection }));
    done.push(result);
    say(verdictLines([result]));
  }
  const text = benchmarkDocument({
    sections: done,
    versions: {
      sidetone: 'Sidetone',
      baresip: await Baresip.version(),
      linphone: await Linphone.version(),
    },
    tookMs: performance.now() - startedAt,
    short: values.short,
  });
  say(`\n${text}`);
  if (only === undefined && !values.short) await writeDocument('docs/benchmarks.md', text);
  const unmet = done.flatMap(({ verdicts }) => verdicts).filter(({ met }) => !met).length;
  say(`${unmet} targets not met, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  // What a section that was given up has left open shall not keep the run from ending.
  process.exit();
}
