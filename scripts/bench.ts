/**
 * `npm run bench`: measures the phone beside baresip and linphone and writes docs/benchmarks.md from what came out.
 *
 *   --only call,pacing   only these sections, printed and not written
 *   --again call,pacing  only these sections anew, the others as this build of the phone had them last; written
 *   --short              fewer and shorter runs, printed and not written
 *   --patience 30        so many minutes for waiting until the computer is quiet, and for measuring again what was disturbed
 */
import { parseArgs } from 'node:util';
import { benchmarkDocument, verdictLines, type RunSection } from '../tests/bench/document.ts';
import { labMissing } from '../tests/bench/lab.ts';
import { KeptResults } from '../tests/bench/kept-results.ts';
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
    again: { type: 'string' },
    short: { type: 'boolean', default: false },
    patience: { type: 'string', default: '30' },
  },
});
const chosen = (values.only ?? values.again)?.split(',') ?? names;
const written = values.only === undefined && !values.short;
const patienceMinutes = Number(values.patience);
const kept = new KeptResults('.cache/bench', ['dist/cli', 'dist/engine']);
const say = (sentence: string) => process.stdout.write(`${sentence}\n`);

const missing = wrongOption() ?? (await labMissing());
if (missing !== undefined) {
  say(`Nothing can be measured: ${missing}.`);
  process.exitCode = 1;
} else {
  await measure();
}

function wrongOption(): string | undefined {
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined) return `there is no section ${unknown}; there are ${names.join(', ')}`;
  if (!(patienceMinutes >= 0)) return `--patience takes minutes, 0 or more, not '${values.patience}'`;
  if (values.again === undefined) return undefined;
  if (!written) return '--again writes the document and goes with neither --only nor --short';
  const never = names.filter((name) => !chosen.includes(name) && kept.find(name) === undefined);
  if (never.length === 0) return undefined;
  return `this build of the phone was not measured before in ${never.join(', ')}: leave out --again`;
}

async function measure(): Promise<void> {
  // Of a section that was given up: it is in the verdicts already.
  process.on('unhandledRejection', (error) => say(`  later: ${String(error).split('\n')[0]}`));
  const startedAt = performance.now();
  const sayOfSection = (sentence: string) => say(`  ${sentence}`);
  const quiet = new QuietTurns({
    turns: values.short ? 1 : 3,
    patienceMs: patienceMinutes * 60_000,
    say: sayOfSection,
  });
  const done: RunSection[] = [];
  for (const [name, section] of Object.entries(sections)) {
    if (!chosen.includes(name)) {
      const before = values.again === undefined ? undefined : kept.find(name);
      if (before !== undefined) done.push(before);
      continue;
    }
    say(section.title);
    const result = await quiet.measure(() => runSection(section, { short: values.short, say: sayOfSection }));
    done.push(result);
    if (written) kept.keep(name, result);
    say(verdictLines([result]));
  }
  const text = benchmarkDocument({
    sections: done,
    versions: {
      sidetone: 'Sidetone',
      baresip: await Baresip.version(),
      linphone: await Linphone.version(),
    },
    short: values.short,
  });
  say(`\n${text}`);
  if (written) await writeDocument('docs/benchmarks.md', text);
  const unmet = done.flatMap(({ verdicts }) => verdicts).filter(({ met }) => !met).length;
  say(`${unmet} targets not met, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  // What a section that was given up has left open shall not keep the run from ending.
  process.exit();
}
