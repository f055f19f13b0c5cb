/** Ctrl-C, `kill` and a lost reader: the first asks the command to end its calls in order, a second signal ends the process at once. */
import { exitStatus } from './exit-status.ts';

export interface Interrupt {
  readonly happened: boolean;
  /** Resolves at the first signal. */
  readonly signalled: Promise<void>;
  /** Asks the command to end, as the first signal does. */
  raise(): void;
}

/** Starts listening for SIGINT and SIGTERM. */
export function watchInterrupt(): Interrupt {
  let resolve: () => void = () => undefined;
  const signalled = new Promise<void>((settle) => (resolve = settle));
  const state = {
    happened: false,
    signalled,
    raise: () => {
      state.happened = true;
      resolve();
    },
  };
  const onSignal = () => {
    if (state.happened) process.exit(exitStatus.interrupted);
    state.raise();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return state;
}
