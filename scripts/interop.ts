/**
 * `npm run interop`: tries the phone against every far side over every link and writes docs/interop.md from what happened.
 *
 *   --side asterisk,kamailio   only these far sides, printed and not written
 *   --link tls4,udp6           only these links, printed and not written
 *   --scenario hold,call       only these scenarios, printed and not written
 *   --short                    without what takes a minute, printed and not written
 *   --again                    what failed in the last whole run, which it replaces in the document
 *   --lanes 3                  how many links are tried at once
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { interopDocument, type SideReport } from '../tests/interop/table/document.ts';
import { farSides, report } from '../tests/interop/table/far-sides.ts';
import type { Row } from '../tests/interop/table/run-table.ts';
import { closePhones } from '../tests/interop/table/phones.ts';
import { linkName, scenarioTitles, type Link } from '../tests/interop/table/scenario.ts';
import { writeDocument } from './write-document.ts';
import { projectRoot } from '../tests/support/project-paths.ts';

process.chdir(projectRoot);
const { values } = parseArgs({
  options: {
    side: { type: 'string' },
    link: { type: 'string' },
    scenario: { type: 'string' },
    short: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    lanes: { type: 'string', default: '3' },
  },
});
const list = (text: string | undefined) => text?.split(',');
const [sides, links, scenarios] = [list(values.side), list(values.link), list(values.scenario)];
const whole = (sides ?? links ?? scenarios) === undefined && !values.short && !values.again;
/** What the last whole run has found, so that `--again` needs no second one. */
const resultsFile = 'test-results/interop.json';

const startedAt = performance.now();
const options = { short: values.short, lanes: Number(values.lanes), onRow: printRow };
const reports = values.again ? await tryAgain(lastReports()) : await tryAll();
await closePhones();

const failed = reports.flatMap(({ rows }) => rows).filter(({ outcome }) => outcome === 'fail').length;
const written = whole || values.again;
if (written) {
  mkdirSync('test-results', { recursive: true });
  writeFileSync(resultsFile, JSON.stringify(reports));
  await writeDocument('docs/interop.md', interopDocument(reports, 'npm run interop'));
}
process.stdout.write(
  `${reports.flatMap(({ rows }) => rows).length} runs, ${failed} failed, ${Math.round((performance.now() - startedAt) / 1000)} s${written ? ', docs/interop.md written' : ''}\n`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function tryAll(): Promise<SideReport[]> {
  const made: SideReport[] = [];
  for (const side of farSides.filter(({ name }) => sides?.includes(name) ?? true)) {
    process.stdout.write(`${side.title}\n`);
    const one = await report(side, {
      ...options,
      links: (each) =>
        each.links.filter(({ transport, family }) => links?.includes(`${transport}${family}`) ?? true),
      only: scenarios,
    });
    if (one.missing !== '') process.stdout.write(`  not tried: ${one.missing}\n`);
    made.push(one);
  }
  return made;
}

function lastReports(): SideReport[] {
  if (existsSync(resultsFile)) return JSON.parse(readFileSync(resultsFile, 'utf8')) as SideReport[];
  process.stderr.write(`${resultsFile} is not there: run \`npm run interop\` without --again first.\n`);
  process.exit(2);
}

/** Tries the rows that failed once more, each far side's links one after the other. */
async function tryAgain(before: readonly SideReport[]): Promise<SideReport[]> {
  const after: SideReport[] = [];
  for (const last of before) {
    const side = farSides.find(({ name }) => name === last.side.name);
    const failedRows = last.rows.filter(({ outcome }) => outcome === 'fail');
    let rows = last.rows;
    for (const link of side?.links ?? []) {
      const only = failedRows
        .filter((row) => linkName(row.link) === linkName(link))
        .map(({ scenario }) => scenario);
      if (side === undefined || only.length === 0) continue;
      const { rows: again } = await report(side, { ...options, links: () => [link], only });
      rows = rows.map((row) => {
        const second = again.find(
          ({ scenario }) => scenario === row.scenario && linkName(row.link) === linkName(link),
        );
        return second === undefined ? row : { ...second, attempts: (row.attempts ?? 1) + 1 };
      });
    }
    after.push({ ...last, rows });
  }
  return after;
}

function printRow({ link, scenario, outcome, reason, seconds }: Row): void {
  process.stdout.write(
    `  ${outcome} ${linkLabel(link)} ${seconds.toFixed(1).padStart(5)} s  ${scenarioTitles[scenario]}${reason === '' ? '' : `: ${reason}`}\n`,
  );
}

function linkLabel(link: Link): string {
  return linkName(link).padEnd(9);
}
