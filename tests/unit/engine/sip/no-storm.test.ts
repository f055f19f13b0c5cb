/** A PBX with many phones comes back after a while: they find it soon, and not all in one moment. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PhoneFailure } from '../../../../contract/errors.ts';
import { silentLogger } from '../../../../engine/log.ts';
import { Connection } from '../../../../engine/sip/connection.ts';
import type { SipTransport, SipTransportEvents } from '../../../../engine/sip/transport/transport.ts';

const phones = 1_000;
const lost = new PhoneFailure('server.connection-lost', { server: 'pbx' });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stream to a PBX that is there or not; only what a connection uses of it. */
function stream(pbx: { up: boolean; attempts: number[] }): { transport: SipTransport; cut: () => void } {
  const listeners = new Set<SipTransportEvents['disconnected']>();
  let connected = false;
  const transport = {
    get connected() {
      return connected;
    },
    connect: async () => {
      pbx.attempts.push(Date.now());
      if (!pbx.up) throw new PhoneFailure('server.refused', { server: 'pbx', port: 5061 });
      connected = true;
    },
    on: (event: keyof SipTransportEvents, listener: SipTransportEvents['disconnected']) => {
      if (event === 'disconnected') listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as SipTransport;
  const cut = () => {
    connected = false;
    for (const listener of listeners) listener(lost.error);
  };
  return { transport, cut };
}

it.each([10_000, 30_000, 600_000])(
  'after %i ms without a PBX at most a third of the phones come in the same second, all within two minutes',
  async (downMs) => {
    const pbx = { up: true, attempts: [] as number[] };
    const lines = Array.from({ length: phones }, () => stream(pbx));
    const noop = () => undefined;
    const connections = lines.map(
      ({ transport }) =>
        new Connection({ transport, onReady: noop, onLost: noop, onUnreachable: noop, log: silentLogger }),
    );
    await Promise.all(connections.map((connection) => connection.open()));
    pbx.up = false;
    for (const { cut } of lines) cut();
    await vi.advanceTimersByTimeAsync(downMs);
    pbx.up = true;
    pbx.attempts.length = 0;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(lines.every(({ transport }) => transport.connected)).toBe(true);
    const seconds = new Map<number, number>();
    for (const at of pbx.attempts)
      seconds.set(Math.floor(at / 1000), (seconds.get(Math.floor(at / 1000)) ?? 0) + 1);
    expect(pbx.attempts).toHaveLength(phones);
    expect(Math.max(...seconds.values())).toBeLessThan(phones / 3);
    for (const connection of connections) connection.close();
  },
);
