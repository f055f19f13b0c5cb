/** Time as the transport uses it, so that tests can hold the hands. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin. */
  nowMs(): number;
  /** Runs `action` once after `delayMs`; the returned function cancels it and is idempotent. */
  after(delayMs: number, action: () => void): () => void;
}

/** The computer's own clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
