import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const module = new URL('../../../native-wasm/module.ts', import.meta.url).href;
/** A module of one function, `f`, that does nothing. */
const other =
  '[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 4, 1, 2, 0, 11]';

/** What V8 says of its code, where it is asked. */
async function asked(question: string): Promise<string> {
  const program = `import { sampleFunctions } from '${module}'; console.log(String(${question}));`;
  const node = ['--allow-natives-syntax', '--input-type=module', '-e', program];
  return (await promisify(execFile)(process.execPath, node)).stdout.trim();
}

describe('the functions that touch samples', () => {
  it('are compiled in the best quality before they are first called', async () => {
    const bad = '!%IsTurboFanFunction(each)';
    const functions = 'Object.values(sampleFunctions).filter((each) => typeof each === "function")';
    expect(await asked(`${functions}.length`)).not.toBe('0');
    expect(await asked(`${functions}.filter((each) => ${bad}).length`)).toBe('0');
  });

  it('leave V8 to compile other modules as it likes', async () => {
    const f = `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${other}))).exports.f`;
    expect(await asked(`((f) => (f(), %IsLiftoffFunction(f)))(${f})`)).toBe('true');
  });
});
