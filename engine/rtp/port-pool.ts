/**
 * The pairs of UDP ports that this process may use for media: RTP on an even port, RTCP on the next (RFC 3550 §11).
 * The search begins at a random pair, so that a port that was just freed rests and a stranger cannot guess the next.
 */
import { randomInt } from 'node:crypto';

export class PortPool {
  readonly #inUse = new Set<number>();
  readonly #pickIndex: (count: number) => number;

  /** @param pickIndex a random integer from 0 to below `count`. */
  constructor(pickIndex: (count: number) => number = (count) => randomInt(count)) {
    this.#pickIndex = pickIndex;
  }

  /** Each free even port of the inclusive range once, all of whose pairs lie inside it, from a random one on, wrapping. */
  *candidates(portMin: number, portMax: number): Generator<number> {
    const firstEven = portMin + (portMin % 2);
    const count = Math.floor((portMax - 1 - firstEven) / 2) + 1;
    if (count <= 0) return;
    const start = this.#pickIndex(count);
    for (let step = 0; step < count; step += 1) {
      const port = firstEven + 2 * ((start + step) % count);
      if (!this.#inUse.has(port)) yield port;
    }
  }

  /** False when the pair is taken already. */
  take(port: number): boolean {
    if (this.#inUse.has(port)) return false;
    this.#inUse.add(port);
    return true;
  }

  release(port: number): void {
    this.#inUse.delete(port);
  }
}
