import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

const module = new URL('../../../../engine/media/thread-priority.ts', import.meta.url).href;
const source = `
  import { parentPort } from 'node:worker_threads';
  import { raiseThreadPriority } from '${module}';
  parentPort.postMessage(raiseThreadPriority());
`;

/** The priority in force inside a thread that asked for more. */
function priorityOfThread(): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

describe('raiseThreadPriority', () => {
  it('never lowers it, raises it for a privileged user, and leaves the other threads alone', async () => {
    const before = getPriority();
    const raised = await priorityOfThread();
    if (process.getuid?.() === 0) expect(raised).toBeLessThan(before);
    else expect(raised).toBeLessThanOrEqual(before);
    if (process.platform === 'linux') expect(getPriority()).toBe(before);
  });
});
