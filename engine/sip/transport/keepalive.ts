/** Keeps a NAT's mapping open, and a stream from being taken for dead (RFC 5626 §3.5), by a ping every so often. */
import type { Clock } from '../../net/clock.ts';

/** RFC 5626 §3.5.1: the ping on a stream, and good for UDP too; its answer on a stream is one CRLF. */
export const keepalivePing = '\r\n\r\n';
export const keepalivePong = '\r\n';
/** RFC 5626 §4.4.1: after so long without an answer to a ping, a flow is taken for dead. */
export const pongWithinMs = 10_000;

export interface Keepalive {
  /** Idempotent; the first ping comes after one interval. */
  start(): void;
  /** Another interval, from the next ping on; one that runs begins anew. */
  change(intervalMs: number): void;
  /** Idempotent. */
  stop(): void;
}

export function createKeepalive(clock: Clock, firstIntervalMs: number, ping: () => void): Keepalive {
  let intervalMs = firstIntervalMs;
  let cancel: (() => void) | undefined;
  const arm = () => {
    cancel = clock.after(intervalMs, () => {
      ping();
      arm();
    });
  };
  const stop = () => {
    cancel?.();
    cancel = undefined;
  };
  const start = () => {
    if (cancel === undefined && intervalMs > 0) arm();
  };
  return {
    start,
    stop,
    change(nextMs) {
      const running = cancel !== undefined;
      intervalMs = nextMs;
      stop();
      if (running) start();
    },
  };
}
