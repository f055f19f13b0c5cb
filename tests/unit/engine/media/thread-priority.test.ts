import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

const module = new URL('../../../../engine/media/thread-priority.ts', import.meta.url).href;

/** What an expression is worth inside a thread of its own. */
function inThread(expression: string): Promise<unknown> {
  const source = `
    import { readFileSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    import { askForRealTime, raiseThreadPriority } from '${module}';
    parentPort.postMessage(await (async () => ${expression})());
  `;
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Field 41 of proc_pid_stat(5): 0 is ordinary, 2 is SCHED_RR. */
const policyIn = (stat: string) => stat.slice(stat.lastIndexOf(')')).split(' ')[39];

describe('raiseThreadPriority', () => {
  it('never lowers it, raises it for a privileged user, and leaves the other threads alone', async () => {
    const before = getPriority();
    const raised = Number(await inThread('raiseThreadPriority()'));
    if (process.getuid?.() === 0) expect(raised).toBeLessThan(before);
    else expect(raised).toBeLessThanOrEqual(before);
    if (process.platform === 'linux') expect(getPriority()).toBe(before);
  });
});

describe('askForRealTime', () => {
  it.runIf(process.platform === 'linux')(
    'puts the thread into real time where it is granted, and no other one',
    async () => {
      const asked = await inThread(
        "[await askForRealTime(), readFileSync('/proc/thread-self/stat', 'utf8')]",
      );
      const [granted, stat] = asked as [boolean, string];
      expect(policyIn(stat)).toBe(granted ? '2' : '0');
      expect(policyIn(readFileSync('/proc/self/stat', 'utf8'))).toBe('0');
    },
  );
});
