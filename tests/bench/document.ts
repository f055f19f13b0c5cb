/** The table of a whole run, as docs/benchmarks.md has it. Nothing in it names a computer or a folder. */
import { cpus, release, totalmem } from 'node:os';
import type { contestants } from './contestants.ts';
import { reasons } from './reasons.ts';
import type { Row, SectionResult, Table, Verdict } from './section.ts';
import { median } from './statistics.ts';

export interface RunSection extends SectionResult {
  title: string;
  startedAt: Date;
  tookMs: number;
}

export interface BenchmarkRun {
  sections: RunSection[];
  versions: Record<(typeof contestants)[number], string>;
  short: boolean;
}

const noFigure = '–';

function figure(row: Row, values: readonly number[] | undefined): string {
  if (values === undefined) return noFigure;
  const middle = median(values);
  return Number.isNaN(middle) ? noFigure : `${middle.toFixed(row.digits)}`;
}

/** Ours as a multiple of another's, where that says something. */
function ratio(row: Row, other: readonly number[] | undefined): string {
  if (other === undefined || row.unit === 'dB') return noFigure;
  const [ours, theirs] = [median(row.values.sidetone ?? []), median(other)];
  return ours >= 0 && theirs > 0 ? `${(ours / theirs).toFixed(2)} ×` : noFigure;
}

function cellsOf(row: Row): string[] {
  const { sidetone, baresip, linphone, floor } = row.values;
  return [
    row.unit === '' ? row.title : `${row.title} (${row.unit})`,
    ...[sidetone, baresip, linphone, floor].map((values) => figure(row, values)),
    ratio(row, baresip),
    ratio(row, linphone),
  ];
}

function verdictLine({ target, wanted, figure: measured, met, distance }: Verdict): string {
  return `| ${target} | ${wanted} | ${measured} | ${met ? 'met' : `**not met**: ${distance}`} |`;
}

/** One sentence for each target that was missed and whose reason is known. */
function reasonLines(verdicts: readonly Verdict[]): string {
  const missed = new Set(verdicts.filter(({ met }) => !met).map(({ target }) => target));
  const known = [...missed].map(
    (target) => `- **${target}**: ${reasons[target] ?? 'the reason is not known.'}\n`,
  );
  return known.length === 0 ? '' : `\n### Why some are missed\n\n${known.join('')}`;
}

function tableText({ head, lines }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n')}\n\n`;
}

function sideBySide(rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const head = ['', 'Sidetone', 'baresip', 'linphone', 'bare Node loop', "of baresip's", "of linphone's"];
  return tableText({ head, lines: rows.map(cellsOf) });
}

const inOrder = (one: Verdict, other: Verdict) => Number(one.target.slice(1)) - Number(other.target.slice(1));

/** `2026-01-31 09:30 UTC` */
function minuteOf(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function benchmarkDocument(run: BenchmarkRun): string {
  const { sections, versions, short } = run;
  const tookMs = sections.reduce((sum, section) => sum + section.tookMs, 0);
  const verdicts = sections.flatMap((section) => section.verdicts).sort(inOrder);
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const tables = sections.map(
    ({ title, startedAt, rows, table, notes }) =>
      `## ${title}\n\nMeasured at ${minuteOf(startedAt)}.\n\n${sideBySide(rows)}${table === undefined ? '' : tableText(table)}${notes.map((note) => `- ${note}\n`).join('')}`,
  );
  return `# Benchmarks

Written by \`npm run bench${short ? ' -- --short' : ''}\` (${Math.round(tookMs / 60_000)} min) on ${cpus().length} cores with ${gigabytes} GB, Linux ${release().split('-')[0]},
Node ${process.versions.node}, ${versions.sidetone}, ${versions.baresip}, ${versions.linphone}. In each section all phones ran in turn on the same computer, each in a network
namespace behind a cable of its own; packets are timed by the kernel at that cable. Figures are medians. They are this computer's:
compare the ratios, which are of the same minutes. The bare Node loop does nothing but send and receive 50 packets a second. A section
during which the computer's host took the processors away was measured again, at most three times; the turn with the least taken counts.

## The targets

| | wanted | measured | |
| --- | --- | --- | --- |
${verdicts.map(verdictLine).join('\n')}
${reasonLines(verdicts)}
${tables.join('\n')}`;
}

/** One line for each verdict, for the terminal. */
export function verdictLines(sections: readonly SectionResult[]): string {
  return sections
    .flatMap(({ verdicts }) => verdicts)
    .sort(inOrder)
    .map(
      ({ target, wanted, figure: measured, met, distance }) =>
        `${met ? 'met    ' : 'NOT MET'} ${target.padEnd(3)} ${wanted}: ${measured}${met ? '' : ` (${distance})`}`,
    )
    .join('\n');
}
