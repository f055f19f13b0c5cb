/** `sidetone sip-trace [TARGET]`: registers, calls TARGET when it is given, and prints what passes as a redacted ladder. */
import { randomUUID } from 'node:crypto';
import type { AccountLine } from '../../engine/account-line.ts';
import { followPlanned } from '../call-plan.ts';
import { exitStatus } from '../exit-status.ts';
import { watchInterrupt } from '../interrupt.ts';
import { ladderHead, ladderRung } from '../ladder.ts';
import type { CallOptions } from '../line-options.ts';
import { openLineSession } from '../line-session.ts';
import { createOutput, type Output } from '../output.ts';
import { checkSounds, soundOf } from '../sound-options.ts';
import { checkTarget } from './call.ts';

export interface SipTraceOptions extends CallOptions {
  /** Whole messages below each rung. */
  full?: boolean;
}

function printTrace(line: AccountLine, options: SipTraceOptions, output: Output): void {
  const print = (text: string) => {
    if (options.json !== true) process.stdout.write(`${text}\n`);
  };
  print(ladderHead(line.account.server));
  line.userAgent.on('message', (entry) => {
    output.event({ event: 'sip', ...entry });
    print(ladderRung(entry));
    if (options.full === true) print(entry.text.trimEnd().replace(/^/gm, '    '));
  });
}

/** Runs the command; resolves to the exit status. */
export async function sipTraceCommand(target: string | undefined, options: SipTraceOptions): Promise<number> {
  if (target !== undefined) checkTarget(target);
  await checkSounds(options);
  const interrupt = watchInterrupt();
  const output = createOutput(options.json === true, interrupt.raise);
  const session = await openLineSession(options, output, (line) => printTrace(line, options, output));
  let timer: NodeJS.Timeout | undefined;
  try {
    const failure = await Promise.race([session.registered, interrupt.signalled]);
    if (interrupt.happened) return exitStatus.interrupted;
    if (failure) return exitStatus.registrationFailed;
    if (target === undefined) {
      const over = new Promise<void>((resolve) => {
        if (options.for !== undefined) timer = setTimeout(resolve, options.for * 1000);
      });
      await Promise.race([over, interrupt.signalled]);
      return interrupt.happened ? exitStatus.interrupted : exitStatus.success;
    }
    const { userAgent } = session.line;
    const { recording } = session.settings;
    const call = userAgent.call(target, { id: randomUUID(), ...soundOf(options) });
    const ended = followPlanned(call, { options, userAgent, output, recording });
    void interrupt.signalled.then(() => call.hangup());
    const { completed } = await ended;
    if (interrupt.happened) return exitStatus.interrupted;
    return completed ? exitStatus.success : exitStatus.callFailed;
  } finally {
    clearTimeout(timer);
    await session.close();
  }
}
