/**
 * `npm test`: installs the packages when needed, then runs every stage of the tests on the project's own Node.
 * `npm test -- --only unit,interop` runs some of them. Plain JavaScript for Node 20 without dependencies.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, projectEnvironment, projectNode, root } from './ensure-ready.mjs';

try {
  ensureInstalled();
  const stages = spawn(
    projectNode(),
    ['--disable-warning=ExperimentalWarning', join(root, 'scripts/test-stages.ts'), ...process.argv.slice(2)],
    { cwd: root, env: projectEnvironment(), stdio: 'inherit' },
  );
  // The stages end their own children first and report what they have so far.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => stages.kill('SIGTERM'));
  stages.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.stdout.write('0 passed, 1 failed\n');
  process.exitCode = 1;
}
