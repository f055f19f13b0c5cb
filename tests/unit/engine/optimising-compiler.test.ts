import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { projectRoot } from '../../support/project-paths.ts';

const file = join(projectRoot, 'engine/optimising-compiler.ts');

/** Which of a small and a huge function V8 compiles anew in a program that calls both often. */
async function compiled(before: string): Promise<string[]> {
  const program = `
    import { leaveHugeFunctions } from ${JSON.stringify(file)};
    ${before}
    const body = (terms) => Array.from({ length: terms }, (_, nth) => 'n = (n * ' + (nth + 3) + ') % 1000003;').join(' ');
    const made = (name, terms) => new Function('return function ' + name + '(n) { ' + body(terms) + ' return n; }')();
    const [small, huge] = [made('smallOne', 20), made('hugeOne', 1_500)];
    let n = 1;
    const call = (one) => { n = one(n); };
    for (let turn = 0; turn < 2_000; turn += 1) { call(small); call(huge); }
    console.log(n);`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--trace-opt', '--input-type=module', '-e', program],
  ]);
  return ['smallOne', 'hugeOne'].filter((name) => stdout.includes(`<JSFunction ${name} `));
}

it('V8 compiles a huge function anew as well, left to itself', async () => {
  expect(await compiled('')).toEqual(['smallOne', 'hugeOne']);
});

it('a phone spares itself that', async () => {
  expect(await compiled('leaveHugeFunctions();')).toEqual(['smallOne']);
});
