/**
 * A short run of the interop table: every far side over a link or two, some side by side, without what takes a minute. `npm run interop` is
 * the whole.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { farSides, report } from './far-sides.ts';
import { closePhones } from './phones.ts';
import type { SideReport } from './document.ts';
import { linkName, scenarioTitles } from './scenario.ts';

afterAll(closePhones);

const servers = farSides.filter(({ name }) => name === 'asterisk' || name === 'kamailio');
const phones = farSides.filter((side) => !servers.includes(side));

// So few at a time: every side speaks and listens on a link or two all the while.
describe.each([
  ['servers', servers],
  ['phones', phones],
])('%s', (_kind, sides) => {
  it.concurrent.for(sides.map((side) => ({ title: side.title, side })))(
    '$title: everything goes well',
    { timeout: 300_000 },
    async ({ side }, context) => {
      const { missing, rows }: SideReport = await report(side, {
        links: ({ shortLinks }) => shortLinks,
        short: true,
        lanes: 2,
        onRow: () => undefined,
      });
      if (missing !== '') context.skip(missing);
      const failures = rows.filter(({ outcome }) => outcome === 'fail');
      expect(
        failures.map((row) => `${linkName(row.link)} ${scenarioTitles[row.scenario]}: ${row.reason}`),
      ).toEqual([]);
      expect(rows.length).toBeGreaterThan(0);
    },
  );
});
