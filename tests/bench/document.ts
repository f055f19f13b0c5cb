/** The table of a whole run, as docs/benchmarks.md has it. Nothing in it names a computer or a folder. */
import { cpus, release, totalmem } from 'node:os';
import type { contestants } from './contestants.ts';
import type { Row, SectionResult, Verdict } from './section.ts';
import { median } from './statistics.ts';

export interface RunSection extends SectionResult {
  title: string;
}

export interface BenchmarkRun {
  sections: RunSection[];
  versions: Record<(typeof contestants)[number], string>;
  tookMs: number;
  short: boolean;
}

const noFigure = '–';

function figure(row: Row, values: readonly number[] | undefined): string {
  if (values === undefined) return noFigure;
  const middle = median(values);
  return Number.isNaN(middle) ? noFigure : `${middle.toFixed(row.digits)}`;
}

/** Ours as a multiple of another's. */
function ratio(row: Row, other: readonly number[] | undefined): string {
  if (other === undefined) return noFigure;
  const share = median(row.values.sidetone ?? []) / median(other);
  return Number.isFinite(share) ? `${share.toFixed(2)} ×` : noFigure;
}

function rowLine(row: Row): string {
  const { sidetone, baresip, linphone, floor } = row.values;
  const cells = [
    row.unit === '' ? row.title : `${row.title} (${row.unit})`,
    ...[sidetone, baresip, linphone, floor].map((values) => figure(row, values)),
    ratio(row, baresip),
    ratio(row, linphone),
  ];
  return `| ${cells.join(' | ')} |`;
}

function verdictLine({ target, wanted, figure: measured, met, distance }: Verdict): string {
  return `| ${target} | ${wanted} | ${measured} | ${met ? 'met' : `**not met**: ${distance}`} |`;
}

const inOrder = (one: Verdict, other: Verdict) => Number(one.target.slice(1)) - Number(other.target.slice(1));

export function benchmarkDocument(run: BenchmarkRun): string {
  const { sections, versions, tookMs, short } = run;
  const verdicts = sections.flatMap((section) => section.verdicts).sort(inOrder);
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const tables = sections.map(
    ({ title, rows, notes }) => `## ${title}

| | Sidetone | baresip | linphone | bare Node loop | of baresip's | of linphone's |
| --- | --- | --- | --- | --- | --- | --- |
${rows.map(rowLine).join('\n')}

${notes.map((note) => `- ${note}\n`).join('')}`,
  );
  return `# Benchmarks

Written by \`npm run bench${short ? ' -- --short' : ''}\` (${Math.round(tookMs / 60_000)} min) on ${cpus().length} cores with ${gigabytes} GB, Linux ${release().split('-')[0]},
Node ${process.versions.node}, ${versions.sidetone}, ${versions.baresip}, ${versions.linphone}. All phones ran in the same run on the same computer, each in a network
namespace behind a cable of its own; packets are timed by the kernel at that cable. Figures are medians; compare the ratios, not the figures.

## The targets

| | wanted | measured | |
| --- | --- | --- | --- |
${verdicts.map(verdictLine).join('\n')}

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
