/** The sections' results under `.cache/`, so that one that was disturbed can be measured again without the others. Of one build of the phone: another's are not found. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { RunSection } from './document.ts';

export class KeptResults {
  readonly #folder: string;

  /** `builds`: folders with the programs that are measured. */
  constructor(parent: string, builds: readonly string[]) {
    this.#folder = join(parent, fingerprint(builds));
  }

  keep(name: string, result: RunSection): void {
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(this.#file(name), serialize(result));
  }

  /** Undefined when this build's was not measured yet. */
  find(name: string): RunSection | undefined {
    try {
      return deserialize(readFileSync(this.#file(name))) as RunSection;
    } catch {
      return undefined;
    }
  }

  #file(name: string): string {
    return join(this.#folder, `${name}.bin`);
  }
}

function fingerprint(builds: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of builds) {
    const programs = readdirSync(folder).filter((file) => file.endsWith('.cjs'));
    for (const program of programs.toSorted())
      hash.update(program).update(readFileSync(join(folder, program)));
  }
  return hash.digest('hex').slice(0, 12);
}
