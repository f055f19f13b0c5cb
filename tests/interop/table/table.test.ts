/**
 * A short run of the interop table: every far side over a link or two, side by side, without what takes a minute. `npm run interop` is
 * the whole.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { farSides, report } from './far-sides.ts';
import { closePhones } from './phones.ts';
import type { SideReport } from './document.ts';
import { linkName, scenarioTitles } from './scenario.ts';

afterAll(closePhones);

describe.concurrent.each(farSides.map((side) => ({ title: side.title, side })))('with $title', ({ side }) => {
  it('everything goes well', async (context) => {
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
  }, 300_000);
});
