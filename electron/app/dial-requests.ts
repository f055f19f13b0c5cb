/** Numbers that the system handed over, kept until the page can take them. */

export interface DialRequests {
  add(target: string): void;
  /** The page listens now. */
  ready(): void;
}

/** `deliver` passes one number on to the page. The newest one waits, older ones that nobody saw are dropped. */
export function createDialRequests(deliver: (target: string) => void): DialRequests {
  let isReady = false;
  let waiting: string | null = null;
  return {
    add: (target) => {
      if (isReady) deliver(target);
      else waiting = target;
    },
    ready: () => {
      isReady = true;
      if (waiting !== null) deliver(waiting);
      waiting = null;
    },
  };
}
