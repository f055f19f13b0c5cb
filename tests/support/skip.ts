/** Tests that need what is not everywhere: they skip, and the reason is counted and printed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** For `beforeEach`: skips the test with the reason, when there is one. */
export function skipWhen(reason: string | undefined): (context: TestContext) => void {
  return (context) => {
    if (reason !== undefined) context.skip(reason);
  };
}

/** Outside test data, in a folder beside the checkout that a clone elsewhere does not have. */
export function outsideVectors(name: string): { folder: string; missing: string | undefined } {
  const folder = join(import.meta.dirname, '../../../shared/vectors', name);
  const missing = existsSync(folder) ? undefined : `shared/vectors/${name} is not beside this checkout`;
  return { folder, missing };
}
