import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../support/project-paths.ts';

const file = join(projectRoot, 'engine/old-garbage.ts');

/** Megabytes in use by a program a while after it has made ten and kept none. */
async function carried(before: string, after = ''): Promise<number> {
  const program = `
    import { collectAfterCalls, collectAfterStart } from ${JSON.stringify(file)};
    ${before}
    let made = Array.from({ length: 100_000 }, (_, nth) => ({ nth, text: 'a'.repeat(nth % 50) + nth }));
    const count = made.length;
    made = null;
    ${after}
    setTimeout(() => console.log(process.memoryUsage().heapUsed / 2 ** 20, count), 200);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return Number.parseFloat(stdout);
}

describe('what nobody needs any more', () => {
  it('is collected once after the start', async () => {
    const [left, collected] = [await carried(''), await carried('collectAfterStart(50);')];
    expect(collected).toBeLessThan(left - 3);
  });

  it('is collected after a row of calls, when none goes on', async () => {
    const ends = (times: number, goingOn: number) =>
      `for (let nth = 0; nth < ${times}; nth += 1) collectAfterCalls(${goingOn});`;
    const left = await carried('', ends(24, 0));
    expect(await carried('', ends(25, 0))).toBeLessThan(left - 3);
    expect(await carried('', ends(25, 1))).toBeGreaterThan(left - 3);
    expect(await carried('', `${ends(30, 1)} ${ends(1, 0)}`)).toBeLessThan(left - 3);
  });

  it('keeps no program from ending', async () => {
    const program = `import { collectAfterStart } from ${JSON.stringify(file)}; collectAfterStart(60_000);`;
    const ends = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 30_000,
    });
    await expect(ends).resolves.toMatchObject({ stderr: '' });
  });
});
