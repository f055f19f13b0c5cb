/**
 * `npm run interop`: installs the packages when needed, then runs the interop table on the project's own Node (interop.ts says with
 * which options). Plain JavaScript for Node 20 without dependencies.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, projectEnvironment, projectNode, root } from './ensure-ready.mjs';

try {
  ensureInstalled();
  const table = spawn(
    projectNode(),
    ['--disable-warning=ExperimentalWarning', join(root, 'scripts/interop.ts'), ...process.argv.slice(2)],
    { cwd: root, env: projectEnvironment(), stdio: 'inherit' },
  );
  table.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
