#!/usr/bin/env node
/** Entry of `sidetone`: runs the built command line tool, and builds it first when it is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../dist/cli/sidetone.cjs', import.meta.url));
if (!existsSync(bundle)) {
  process.stderr.write('sidetone: building first, this happens once…\n');
  const ready = fileURLToPath(new URL('../scripts/ensure-ready.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [ready], {
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) {
    process.stderr.write('sidetone: the build failed; `npm run build` shows why.\n');
    process.exit(1);
  }
}
createRequire(import.meta.url)(bundle);
