/** An X display without a screen (Xvfb), for windows in tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { notReady, readyWith, type Readiness } from './readiness.ts';

export interface VirtualDisplay {
  /** For the environment variable DISPLAY, e.g. `:7`. */
  display: string;
  /** Idempotent. */
  close(): Promise<void>;
}

const startTimeoutMs = 10_000;
const screen = '1920x1200x24';

/** Starts Xvfb on a display number that it chooses itself. */
export async function startVirtualDisplay(): Promise<Readiness<VirtualDisplay>> {
  // `-displayfd 1`: Xvfb writes the number it took to its standard output once it accepts windows.
  const server = spawn(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', screen, '-nolisten', 'tcp', '-noreset', '-ac'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const ended = once(server, 'exit').catch(() => undefined);
  const number = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), startTimeoutMs);
    const settle = (value: string | undefined): void => {
      clearTimeout(timer);
      resolve(value);
    };
    let said = '';
    server.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.endsWith('\n')) settle(said.trim());
    });
    server.once('error', () => settle(undefined));
    server.once('exit', () => settle(undefined));
  });
  const close = async (): Promise<void> => {
    if (server.pid === undefined) return;
    server.kill();
    await ended;
  };
  if (number === undefined || number === '') {
    await close();
    return notReady('Xvfb, the display without a screen, did not start');
  }
  const endWithUs = (): void => void server.kill();
  process.once('exit', endWithUs);
  return readyWith({
    display: `:${number}`,
    close: async () => {
      process.off('exit', endWithUs);
      await close();
    },
  });
}
