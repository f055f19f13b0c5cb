/** `sidetone answer`: registers and answers what comes in, `--calls N` times or until interrupted. */
import { randomUUID } from 'node:crypto';
import type { Call } from '../../engine/sip/call.ts';
import { followPlanned } from '../call-plan.ts';
import { exitStatus } from '../exit-status.ts';
import { watchInterrupt } from '../interrupt.ts';
import type { CallOptions } from '../line-options.ts';
import { openLineSession } from '../line-session.ts';
import { createOutput } from '../output.ts';
import { checkSounds, soundOf } from '../sound-options.ts';

export interface AnswerOptions extends CallOptions {
  calls?: number;
}

/** Runs the command; resolves to the exit status. */
export async function answerCommand(options: AnswerOptions): Promise<number> {
  await checkSounds(options);
  const interrupt = watchInterrupt();
  const output = createOutput(options.json === true, interrupt.raise);
  const session = await openLineSession(options, output);
  try {
    const wanted = options.calls ?? Number.POSITIVE_INFINITY;
    const { userAgent } = session.line;
    const { recording } = session.settings;
    const open = new Set<Call>();
    let taken = 0;
    let recorded = 0;
    let failed = false;
    const allDone = new Promise<void>((resolve) => {
      const follow = (call: Call) => {
        open.add(call);
        void followPlanned(call, { options, userAgent, output, recording }).then(({ completed }) => {
          failed ||= !completed;
          open.delete(call);
          if (open.size === 0 && (taken >= wanted || interrupt.happened)) resolve();
        });
      };
      userAgent.on('referred', (referral) => {
        recorded += 1;
        follow(userAgent.callReferred(referral, { id: randomUUID(), ...soundOf(options, recorded) }));
      });
      userAgent.on('incoming', (call) => {
        if (taken >= wanted || interrupt.happened) {
          call.reject('busy');
          return;
        }
        taken += 1;
        recorded += 1;
        follow(call);
        call.answer(soundOf(options, recorded)).catch((thrown: unknown) => {
          output.say(thrown instanceof Error ? thrown.message : String(thrown));
          call.reject('busy');
        });
      });
    });
    const failure = await Promise.race([session.registered, interrupt.signalled]);
    if (failure) return exitStatus.registrationFailed;
    if (!interrupt.happened) output.say('Waiting for calls.');
    await Promise.race([allDone, interrupt.signalled]);
    if (interrupt.happened) {
      for (const call of open) call.hangup();
      await Promise.all([...open].map((call) => call.ended));
      return exitStatus.interrupted;
    }
    return failed ? exitStatus.callFailed : exitStatus.success;
  } finally {
    await session.close();
  }
}
