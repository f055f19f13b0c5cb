/** docs/soak.md from what was seen. */
import type { SoakReport } from './long-call.ts';

/** Markdown. */
export function soakDocument(report: SoakReport): string {
  const { minutes, driftPpm, shortCalls, looks, stats, faults } = report;
  const differs = `${Math.abs(driftPpm)} ppm ${driftPpm < 0 ? 'slower' : 'faster'}`;
  const toFollowMs = Math.abs(minutes * 60_000 * (driftPpm / 1e6));
  const verdict =
    faults.length === 0
      ? 'Memory stayed flat, the buffer kept its depth, next to nothing came too late.'
      : 'Not as it should be:';
  const rows = looks.map((look) =>
    [
      look.minute.toFixed(0),
      look.residentMegabytes.toFixed(0),
      look.heapMegabytes.toFixed(1),
      look.bufferMs.toFixed(0),
      look.late,
      look.lost,
      look.concealedMs.toFixed(0),
      look.timeScaledMs.toFixed(0),
    ].join(' | '),
  );
  return `# A long call

Written by \`npm run soak -- --minutes ${minutes} --ppm ${driftPpm}\`: one call of ${minutes} minutes whose far side's clock is ${differs} than the sound card's, with
${shortCalls} short calls beside it in the same engine. ${verdict}

${faults.map((fault) => `- ${fault}\n`).join('')}
${stats.received} packets received, ${stats.sent} sent. To follow the other clock ${toFollowMs.toFixed(0)} ms had to be stretched or left out; what is stretched and left out again for other
reasons (jitter of a busy machine) counts in the table as well. The far side is a process of its own. The heap is the main thread's, garbage collected; memory is
judged from minute ${report.memoryFromMinute.toFixed(0)} on, when V8 has compiled what is called often.

| minute | resident (MB) | heap (MB) | least buffer (ms) | late | lost | concealed (ms) | time-scaled (ms) |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join('\n')}
`;
}
