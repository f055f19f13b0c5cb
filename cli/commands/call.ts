/** `sidetone call TARGET`: registers, calls, presses keys, records, hangs up, unregisters. */
import { randomUUID } from 'node:crypto';
import { PhoneFailure } from '../../contract/errors.ts';
import { targetUri } from '../../engine/sip/target.ts';
import { followPlanned } from '../call-plan.ts';
import { exitStatus, UsageError } from '../exit-status.ts';
import { watchInterrupt } from '../interrupt.ts';
import type { CallOptions } from '../line-options.ts';
import { openLineSession } from '../line-session.ts';
import { createOutput } from '../output.ts';
import { checkSounds, soundOf } from '../sound-options.ts';

/** Throws a UsageError for what is neither a number nor a SIP address. */
export function checkTarget(target: string): void {
  try {
    targetUri(target, 'domain.invalid');
  } catch (thrown) {
    if (thrown instanceof PhoneFailure) throw new UsageError(`${thrown.error.message} ${thrown.error.cure}`);
    throw thrown;
  }
}

/** Runs the command; resolves to the exit status. */
export async function callCommand(target: string, options: CallOptions): Promise<number> {
  checkTarget(target);
  await checkSounds(options);
  const interrupt = watchInterrupt();
  const output = createOutput(options.json === true, interrupt.raise);
  const session = await openLineSession(options, output);
  try {
    const failure = await Promise.race([session.registered, interrupt.signalled]);
    if (interrupt.happened) return exitStatus.interrupted;
    if (failure) return exitStatus.registrationFailed;

    const { userAgent } = session.line;
    const { recording } = session.settings;
    const call = userAgent.call(target, { id: randomUUID(), ...soundOf(options) });
    const ended = followPlanned(call, { options, userAgent, output, recording });
    const calls = [call];
    const outcomes = [ended];
    userAgent.on('referred', (referral) => {
      const sound = soundOf(options, calls.length + 1);
      const next = userAgent.callReferred(referral, { id: randomUUID(), ...sound });
      calls.push(next);
      outcomes.push(followPlanned(next, { options, userAgent, output, recording }));
    });
    void interrupt.signalled.then(() => {
      for (const each of calls) each.hangup();
    });
    // Each call may send us on to another one while it lasts.
    for (const outcome of outcomes) await outcome;
    const { completed } = (await outcomes.at(-1)) ?? { completed: false };
    if (interrupt.happened) return exitStatus.interrupted;
    return completed ? exitStatus.success : exitStatus.callFailed;
  } finally {
    await session.close();
  }
}
