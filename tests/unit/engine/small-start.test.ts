import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../support/project-paths.ts';

/** Which of these modules of Node's a program has loaded once it has imported a file of ours. */
async function loaded(file: string, modules: readonly string[]): Promise<string[]> {
  const program = `
    await import(${JSON.stringify(join(projectRoot, file))});
    console.log(JSON.stringify(process.moduleLoadList));
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  const list = JSON.parse(stdout) as string[];
  expect(list).toContain('NativeModule dgram');
  return modules.filter((name) => list.includes(`NativeModule ${name}`));
}

describe('a phone that starts', () => {
  it.each(['engine/phone.ts', 'engine/account-line.ts'])('leaves TLS to who speaks it: %s', async (file) => {
    expect(await loaded(file, ['tls'])).toEqual([]);
  });

  it('leaves TLS and files to the calls that have them, in the media thread', async () => {
    expect(await loaded('engine/media/media-core.ts', ['tls', 'fs/promises', 'dns/promises'])).toEqual([]);
  });
});
