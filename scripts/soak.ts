/**
 * `npm run soak -- --hours 2` (or `--minutes 5`): one long call whose far side's clock runs faster than the sound card's, with short
 * calls coming and going beside it. Prints a verdict; a run of an hour or more writes docs/soak.md.
 *
 *   --ppm -100   how much faster, in parts per million
 */
import '../engine/small-start.ts';
import { parseArgs } from 'node:util';
import { runSoak } from '../tests/soak/long-call.ts';
import { soakDocument } from '../tests/soak/document.ts';
import { projectRoot } from '../tests/support/project-paths.ts';
import { writeDocument } from './write-document.ts';

/** A shorter run says too little about memory to be written down. */
const documentedMinutes = 60;

process.chdir(projectRoot);
const { values } = parseArgs({
  options: {
    hours: { type: 'string' },
    minutes: { type: 'string' },
    ppm: { type: 'string', default: '100' },
  },
});
const minutes = Number(values.minutes ?? 60 * Number(values.hours ?? '2'));
const driftPpm = Number(values.ppm);

if (!(minutes > 0) || !Number.isFinite(driftPpm)) {
  process.stderr.write('--hours and --minutes are numbers above 0, --ppm is a number.\n');
  process.exitCode = 2;
} else {
  const report = await runSoak({
    minutes,
    driftPpm,
    say: (sentence) => process.stdout.write(`${sentence}\n`),
  });
  const text = soakDocument(report);
  process.stdout.write(`\n${text}`);
  if (minutes >= documentedMinutes) await writeDocument('docs/soak.md', text);
  process.exit(report.faults.length === 0 ? 0 : 1);
}
