import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../support/project-paths.ts';

const file = join(projectRoot, 'engine/young-generation.ts');

/** Megabytes of the young generation of a program that has made 40 MB, most of which survived. */
async function grownTo(...before: string[]): Promise<number> {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { keepYoungGenerationSmall, letYoungGenerationGrow } from ${JSON.stringify(file)};
    ${before.map((name) => `${name}();`).join(' ')}
    const kept = [];
    for (let made = 0; made < 400_000; made += 1) kept.push({ made, more: [made, made] });
    // While V8 marks the old generation it lets the young one overflow. That is over when the program has let it do its work.
    for (let round = 0; round < 5; round += 1) {
      await new Promise((done) => setTimeout(done, 10));
      for (let made = 0; made < 20_000; made += 1) [made].push(made);
    }
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    console.log(kept.length > 0 ? young.space_size / 2 ** 20 : 0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return Number(stdout);
}

describe('the young generation', () => {
  it('grows with what survives, as V8 has it', async () => {
    expect(await grownTo()).toBeGreaterThan(8);
  });

  it('stays small in a phone', async () => {
    expect(await grownTo('keepYoungGenerationSmall')).toBeLessThanOrEqual(2);
  });

  it('gets its room back for a crowd of calls', async () => {
    expect(await grownTo('keepYoungGenerationSmall', 'letYoungGenerationGrow')).toBeGreaterThan(8);
  });
});
