/** Ctrl-C and `kill`: the first asks the command to end its calls in order, the second ends the process at once. */
import { exitStatus } from './exit-status.ts';

export interface Interrupt {
  readonly happened: boolean;
  /** Resolves at the first signal. */
  readonly signalled: Promise<void>;
}

/** Starts listening for SIGINT and SIGTERM. */
export function watchInterrupt(): Interrupt {
  const state = { happened: false, signalled: Promise.resolve() };
  state.signalled = new Promise((resolve) => {
    const onSignal = () => {
      if (state.happened) process.exit(exitStatus.interrupted);
      state.happened = true;
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
  return state;
}
