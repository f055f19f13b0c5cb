/** Whether a means the tests want (a server, a runtime, packages) can be had here, and if not, why not. */
export type Readiness<T = undefined> = { ready: true; value: T } | { ready: false; reason: string };

export function readyWith<T>(value: T): Readiness<T> {
  return { ready: true, value };
}

export function notReady(reason: string): { ready: false; reason: string } {
  return { ready: false, reason };
}
