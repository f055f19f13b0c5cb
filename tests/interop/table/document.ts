/** The interop table as a document, from nothing but what happened. */
import type { Row } from './run-table.ts';
import { type FarSide, type Link, type ScenarioId, allLinks, linkName, scenarioTitles } from './scenario.ts';

export interface SideReport {
  side: Pick<FarSide<never>, 'name' | 'title' | 'role' | 'links'>;
  version: string;
  /** Why it could not be tried; empty when it was. */
  missing: string;
  rows: readonly Row[];
}

/** The whole of docs/interop.md. */
export function interopDocument(reports: readonly SideReport[], command: string): string {
  const rows = reports.flatMap((report) => report.rows);
  const passed = rows.filter(({ outcome }) => outcome === 'pass').length;
  return [
    '# Interoperability',
    '',
    `Written by \`${command}\` from what happened in its run; nothing in it is by hand.`,
    '',
    `${rows.length} runs: ${passed} passed, ${rows.length - passed} failed.`,
    '',
    '| far side | version, as it tells itself | passed | failed |',
    '| --- | --- | --- | --- |',
    ...reports.map(({ side, version, rows: own, missing }) =>
      missing === ''
        ? `| [${side.title}](#${anchor(side.title)}) | ${version} | ${count(own, 'pass')} | ${count(own, 'fail')} |`
        : `| ${side.title} | not tried: ${missing} | | |`,
    ),
    '',
    'In the tables: ✓ passed, ✓<sup>2</sup> at the second try (`npm run interop -- --again` tries what failed) · ✗ failed, with its reason below · – not offered by the far side.',
    '',
    ...reports.filter(({ missing }) => missing === '').flatMap(section),
  ].join('\n');
}

function section({ side, version, rows }: SideReport): string[] {
  const ids = Object.keys(scenarioTitles) as ScenarioId[];
  const tried = ids.filter((id) => rows.some(({ scenario }) => scenario === id));
  const failures: string[] = [];
  const lines = tried.map((id) => {
    const cells = allLinks.map((link) => cell(rows, id, link, failures));
    return `| ${scenarioTitles[id]} | ${cells.join(' | ')} |`;
  });
  return [
    `## ${side.title}`,
    '',
    `${side.role} Version: ${version}.`,
    '',
    `| Sidetone … | ${allLinks.map((link) => linkName(link).replace(', ', '<br>')).join(' | ')} |`,
    `| --- | ${allLinks.map(() => ':-:').join(' | ')} |`,
    ...lines,
    '',
    ...failures,
    ...(failures.length === 0 ? [] : ['']),
  ];
}

function cell(rows: readonly Row[], id: ScenarioId, link: Link, failures: string[]): string {
  const row = rows.find(({ scenario, link: { transport, family } }) => {
    return scenario === id && transport === link.transport && family === link.family;
  });
  if (row === undefined) return '–';
  if (row.outcome === 'pass') return (row.attempts ?? 1) > 1 ? `✓<sup>${row.attempts}</sup>` : '✓';
  failures.push(`- ✗ ${scenarioTitles[id]}, ${linkName(link)}: ${row.reason.replaceAll('|', '\\|')}`);
  return '✗';
}

function count(rows: readonly Row[], outcome: Row['outcome']): number {
  return rows.filter((row) => row.outcome === outcome).length;
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
