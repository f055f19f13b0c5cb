/**
 * `npm run interop`: tries the phone against every far side over every link and writes docs/interop.md from what happened.
 *
 *   --side asterisk,kamailio   only these far sides, printed and not written
 *   --link tls4,udp6           only these links, printed and not written
 *   --scenario hold,call       only these scenarios, printed and not written
 *   --short                    without what takes a minute, printed and not written
 *   --lanes 3                  how many links are tried at once
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { interopDocument, type SideReport } from '../tests/interop/table/document.ts';
import { farSides, report } from '../tests/interop/table/far-sides.ts';
import { closePhones } from '../tests/interop/table/phones.ts';
import { linkName, scenarioTitles, type Link } from '../tests/interop/table/scenario.ts';
import { projectRoot } from '../tests/support/project-paths.ts';

process.chdir(projectRoot);
const { values } = parseArgs({
  options: {
    side: { type: 'string' },
    link: { type: 'string' },
    scenario: { type: 'string' },
    short: { type: 'boolean', default: false },
    lanes: { type: 'string', default: '3' },
  },
});
const list = (text: string | undefined) => text?.split(',');
const [sides, links, scenarios] = [list(values.side), list(values.link), list(values.scenario)];
const whole = (sides ?? links ?? scenarios) === undefined && !values.short;

const startedAt = performance.now();
const reports: SideReport[] = [];
for (const side of farSides.filter(({ name }) => sides?.includes(name) ?? true)) {
  process.stdout.write(`${side.title}\n`);
  const made = await report(side, {
    links: (each) =>
      each.links.filter(({ transport, family }) => links?.includes(`${transport}${family}`) ?? true),
    only: scenarios,
    short: values.short,
    lanes: Number(values.lanes),
    onRow: ({ link, scenario, outcome, reason, seconds }) =>
      process.stdout.write(
        `  ${outcome} ${linkLabel(link)} ${seconds.toFixed(1).padStart(5)} s  ${scenarioTitles[scenario]}${reason === '' ? '' : `: ${reason}`}\n`,
      ),
  });
  if (made.missing !== '') process.stdout.write(`  not tried: ${made.missing}\n`);
  reports.push(made);
}
await closePhones();

const failed = reports.flatMap(({ rows }) => rows).filter(({ outcome }) => outcome === 'fail').length;
if (whole) writeFileSync('docs/interop.md', interopDocument(reports, 'npm run interop'));
process.stdout.write(
  `${reports.flatMap(({ rows }) => rows).length} runs, ${failed} failed, ${Math.round((performance.now() - startedAt) / 1000)} s${whole ? ', docs/interop.md written' : ''}\n`,
);
process.exitCode = failed === 0 ? 0 : 1;

function linkLabel(link: Link): string {
  return linkName(link).padEnd(9);
}
