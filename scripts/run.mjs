/**
 * `node scripts/run.mjs NAME …`: installs the packages when needed, then runs scripts/NAME.ts on the project's own Node with the
 * options that follow. Plain JavaScript for Node 20 without dependencies.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, projectEnvironment, projectNode, root } from './ensure-ready.mjs';

try {
  ensureInstalled();
  const [name, ...options] = process.argv.slice(2);
  const run = spawn(
    projectNode(),
    ['--disable-warning=ExperimentalWarning', join(root, `scripts/${name}.ts`), ...options],
    { cwd: root, env: projectEnvironment(), stdio: 'inherit' },
  );
  run.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
