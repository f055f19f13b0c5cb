import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../support/project-paths.ts';

const file = join(projectRoot, 'engine/young-generation.ts');

/** What a program says that makes 40 MB, most of which survives, and at its end how large its young generation is. */
async function saidBy(before: string[], flags: string[] = []): Promise<string> {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import * as youngGeneration from ${JSON.stringify(file)};
    ${before.map((name) => `youngGeneration.${name}();`).join(' ')}
    const kept = [];
    for (let made = 0; made < 400_000; made += 1) kept.push({ made, more: [made, made] });
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    console.log(kept.length > 0 ? young.space_size / 2 ** 20 : 0);`;
  const options = [...flags, '--input-type=module', '-e', program];
  return (await promisify(execFile)(process.execPath, options)).stdout;
}

/** Megabytes of its young generation. */
async function grownTo(...before: string[]): Promise<number> {
  return Number(await saidBy(before));
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

  it('is collected by the thread that it belongs to, without helpers to wait for', async () => {
    const said = await saidBy(['collectWithoutHelpers'], ['--trace-gc', '--trace-parallel-scavenge']);
    const collections = said.match(/ms: Scavenge /g) ?? [];
    expect(collections.length).toBeGreaterThan(2);
    expect(said.match(/scavenge\[/g)).toHaveLength(collections.length);
  });
});
