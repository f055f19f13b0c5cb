/** Opens an address in the person's browser. */
import { spawn } from 'node:child_process';

const commands: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
  darwin: ['open'],
  // `start` takes its first quoted argument for a title.
  win32: ['cmd', '/c', 'start', ''],
};

/** Resolves to false when there is nothing to open it with. */
export function openBrowser(url: string): Promise<boolean> {
  const [command, ...first] = commands[process.platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(command, [...first, url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** Whether this session has a screen that a browser could appear on. */
export function hasDisplay(environment: NodeJS.ProcessEnv = process.env): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(environment['DISPLAY'] ?? '') || Boolean(environment['WAYLAND_DISPLAY'] ?? '');
}
