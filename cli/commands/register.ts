/** `sidetone register`: registers, stays for `--for` seconds, unregisters. A check of an account in one line. */
import { exitStatus } from '../exit-status.ts';
import { watchInterrupt } from '../interrupt.ts';
import type { LineOptions } from '../line-options.ts';
import { openLineSession } from '../line-session.ts';
import { createOutput } from '../output.ts';

export interface RegisterOptions extends LineOptions {
  for?: number;
}

/** Runs the command; resolves to the exit status. */
export async function registerCommand(options: RegisterOptions): Promise<number> {
  const interrupt = watchInterrupt();
  const output = createOutput(options.json === true, interrupt.raise);
  const session = await openLineSession(
    { ...options, dtmfAfter: 0, dtmfGap: 0, transferAfter: 0, register: true },
    output,
  );
  let timer: NodeJS.Timeout | undefined;
  try {
    const failure = await Promise.race([session.registered, interrupt.signalled]);
    if (failure) return exitStatus.registrationFailed;
    const stay = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, (options.for ?? 0) * 1000);
    });
    await Promise.race([stay, interrupt.signalled]);
    return interrupt.happened ? exitStatus.interrupted : exitStatus.success;
  } finally {
    clearTimeout(timer);
    await session.close();
  }
}
