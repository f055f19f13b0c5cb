/**
 * The end of a user agent waits until its calls are ended on the far sides too: as long as the last BYE or CANCEL lives, but no longer
 * than a server that is gone deserves.
 */

/** BYE and CANCEL get their whole transaction: on a lossy network the far side shall not be left in a call. */
const releaseLimitMs = 32_000;
/** A server that says nothing at all for so long is gone; at 30% loss each way that would be chance once in a thousand times. */
const silenceLimitMs = 8_000;

export class Farewell {
  #giveUp: () => void = () => undefined;
  #heard: () => void = () => undefined;

  /** The server has said something: it is waited for anew. */
  heard(): void {
    this.#heard();
  }

  /** The server refuses: there is nothing to wait for. */
  giveUp(): void {
    this.#giveUp();
  }

  /**
   * Waits for the calls' ends; false when the server is given up before it has confirmed them.
   * @param connected false for a transport that is down: only what is said before the next turn counts
   */
  async wait(
    calls: readonly { ended: Promise<void>; released: Promise<void> }[],
    connected: boolean,
  ): Promise<boolean> {
    await Promise.all(calls.map((call) => call.ended));
    const timers: { limit?: NodeJS.Timeout; silence?: NodeJS.Timeout } = {};
    const gone = new Promise<false>((resolve) => {
      this.#giveUp = () => resolve(false);
      this.#heard = () => {
        clearTimeout(timers.silence);
        timers.silence = setTimeout(this.#giveUp, connected ? silenceLimitMs : 0);
      };
      timers.limit = setTimeout(this.#giveUp, releaseLimitMs);
      this.#heard();
    });
    const all = Promise.all(calls.map((call) => call.released)).then(() => true);
    const released = await Promise.race([all, gone]);
    this.#heard = () => undefined;
    clearTimeout(timers.limit);
    clearTimeout(timers.silence);
    return released;
  }
}
