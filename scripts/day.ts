/**
 * `npm run day`: plays a scripted day (tests/day/) and writes docs/scripted-day.md from what happened.
 * `npm run day -- --calls 500 --restarts 3 --network-changes 5 --loss 5 --seed 1`.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { writeDocument } from './write-document.ts';
import { type DayOptions, type DayReport, runDay } from '../tests/day/scripted-day.ts';
import { AsteriskPbx } from '../tests/support/asterisk.ts';
import { debianPackages, ensureDebianPackages } from '../tests/support/debian-packages.ts';
import { NetworkNamespace } from '../tests/support/network-namespace.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '500' },
    restarts: { type: 'string', default: '3' },
    'network-changes': { type: 'string', default: '5' },
    loss: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    write: { type: 'string', default: 'docs/scripted-day.md' },
  },
});

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

function document(options: DayOptions, report: DayReport): string {
  const { calls, restarts, networkChanges, lossPercent, seed } = options;
  const flags = `--calls ${calls} --restarts ${restarts} --network-changes ${networkChanges} --loss ${lossPercent} --seed ${seed}`;
  const scenes = [...report.scenes].map(
    ([name, { played, disturbed }]) => `| ${name} | ${played} | ${disturbed} |`,
  );
  const desks = report.desks.map(({ number, transport, before, after }) =>
    [
      `| ${number} over ${transport.toUpperCase()} | ${before.sockets} → ${after.sockets}`,
      `${before.rtpSockets} → ${after.rtpSockets} | ${before.timers} → ${after.timers}`,
      `${megabytes(before.heap)} → ${megabytes(after.heap)} | ${megabytes(before.resident)} → ${megabytes(after.resident)} |`,
    ].join(' | '),
  );
  const outcomes = [...report.outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  return `# A scripted day

Written by \`npm run day -- ${flags}\` (${Math.round(report.tookMs / 60_000)} min): ${report.calls} calls at three desks through Asterisk, ${lossPercent}% of
all packets lost each way, ${restarts} restarts of the PBX and ${networkChanges} changes of the phones' address in the midst of it.

In the call logs: ${outcomes}. ${report.faults.length === 0 ? 'Every call ended on both sides and stands in the log as what it was.' : 'Not as it should be:'}

${report.faults.map((fault) => `- ${fault}\n`).join('')}
## What was played

A scene counts as disturbed when a restart or a change, or its effects, fell into it; its calls may then fail, but must end and be logged.

| scene | played | of these disturbed |
| --- | --- | --- |
${scenes.join('\n')}

## What the phones held before and after

| desk | sockets | RTP sockets | timers | heap in MB | resident in MB |
| --- | --- | --- | --- | --- | --- |
${desks.join('\n')}
`;
}

await ensureDebianPackages([...debianPackages.speech, ...debianPackages.interop]);
const missing = (await AsteriskPbx.missing()) ?? (await NetworkNamespace.missing());
if (missing !== undefined) {
  process.stdout.write(`The day cannot be played here: ${missing}.\n`);
  process.exitCode = 1;
} else {
  const options: DayOptions = {
    calls: Number(values.calls),
    restarts: Number(values.restarts),
    networkChanges: Number(values['network-changes']),
    lossPercent: Number(values.loss),
    seed: Number(values.seed),
    say: (sentence) => process.stdout.write(`${sentence}\n`),
  };
  process.stdout.write(`Seed ${options.seed}.\n`);
  const report = await runDay(options);
  const text = document(options, report);
  if (values.write !== '') await writeDocument(values.write, text);
  process.stdout.write(`${text}\n${report.faults.length} faults\n`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
}
