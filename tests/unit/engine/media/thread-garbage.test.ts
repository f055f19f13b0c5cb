import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import { createMediaThread } from '../../../../engine/media/media-client.ts';
import type { OpenSessionOptions } from '../../../../engine/media/media-engine.ts';
import type { FromMediaThread, ToMediaThread } from '../../../../engine/media/media-messages.ts';

const threadEntry = new URL('../../../../engine/media/media-thread.ts', import.meta.url);
const quiet: OpenSessionOptions = {
  ...{ localAddress: '127.0.0.1', portMin: 35_000, portMax: 35_900 },
  ...{ source: { kind: 'silence' }, sink: { kind: 'none' } },
};

afterEach(() => void vi.restoreAllMocks());

describe('the garbage of the media thread', () => {
  it('is to be collected after a row of calls', async () => {
    const posted = vi.spyOn(Worker.prototype, 'postMessage');
    const engine = createMediaThread({ entry: threadEntry, log: silentLogger });
    const asked = () =>
      posted.mock.calls.filter(([message]) => (message as ToMediaThread).type === 'collect-garbage').length;
    for (let nth = 0; nth < 25; nth += 1) await (await engine.openSession(quiet)).close();
    expect(asked()).toBe(1);
    await engine.close();
  });

  it('is collected unless a session is open', async () => {
    const worker = new Worker(threadEntry);
    const tell = (message: ToMediaThread) => worker.postMessage(message);
    const heard = (type: FromMediaThread['type']) =>
      new Promise<void>((resolve) => {
        const listen = (message: FromMediaThread) => {
          if (message.type !== type) return;
          worker.off('message', listen);
          resolve();
        };
        worker.on('message', listen);
      });
    const megabytes = async () => (await worker.getHeapStatistics()).used_heap_size / 2 ** 20;
    const open = (session: number) => {
      tell({ type: 'open', session, options: quiet });
      return heard('opened');
    };
    const close = (session: number) => {
      tell({ type: 'close-session', session });
      return heard('session-closed');
    };
    await open(1);
    const before = await megabytes();
    tell({ type: 'collect-garbage' });
    // It takes its messages in order: when it has answered a later one, it has done what an earlier one asked.
    await open(2);
    expect(await megabytes()).toBeGreaterThan(before - 2);
    await close(1);
    await close(2);
    tell({ type: 'collect-garbage' });
    await open(3);
    expect(await megabytes()).toBeLessThan(before - 2);
    await close(3);
    tell({ type: 'close' });
    await new Promise((resolve) => worker.once('exit', resolve));
  });
});
