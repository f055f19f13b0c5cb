/** Keeps a NAT's mapping open, and a stream from being taken for dead (RFC 5626 §3.5), by a ping every so often. */
import type { Clock } from './clock.ts';

/** RFC 5626 §3.5.1: the ping on a stream, and good for UDP too; its answer on a stream is one CRLF. */
export const keepalivePing = '\r\n\r\n';
export const keepalivePong = '\r\n';

export interface Keepalive {
  /** Idempotent; the first ping comes after one interval. */
  start(): void;
  /** Idempotent. */
  stop(): void;
}

export function createKeepalive(clock: Clock, intervalMs: number, ping: () => void): Keepalive {
  let cancel: (() => void) | undefined;
  const arm = () => {
    cancel = clock.after(intervalMs, () => {
      ping();
      arm();
    });
  };
  return {
    start() {
      if (cancel === undefined && intervalMs > 0) arm();
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}
