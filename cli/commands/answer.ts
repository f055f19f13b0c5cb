/** `sidetone answer`: registers and answers what comes in, `--calls N` times or until interrupted. */
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

/** The file of the nth call: `out.wav`, `out-2.wav`, `out-3.wav`… so that no recording is overwritten. */
export function recordingOf(file: string, nth: number): string {
  return nth === 1 ? file : file.replace(/(\.[^./\\]+)?$/, (extension) => `-${nth}${extension}`);
}

/** Runs the command; resolves to the exit status. */
export async function answerCommand(options: AnswerOptions): Promise<number> {
  await checkSounds(options);
  const interrupt = watchInterrupt();
  const output = createOutput(options.json === true, interrupt.raise);
  const session = await openLineSession(options, output);
  try {
    const wanted = options.calls ?? Number.POSITIVE_INFINITY;
    const open = new Set<Call>();
    let taken = 0;
    let failed = false;
    const allDone = new Promise<void>((resolve) => {
      session.line.userAgent.on('incoming', (call) => {
        if (taken >= wanted || interrupt.happened) {
          call.reject('busy');
          return;
        }
        taken += 1;
        open.add(call);
        const sound = soundOf(
          options.record === undefined ? options : { ...options, record: recordingOf(options.record, taken) },
        );
        const { userAgent } = session.line;
        void followPlanned(call, { options, userAgent, output }).then(({ completed }) => {
          failed ||= !completed;
          open.delete(call);
          if (open.size === 0 && (taken >= wanted || interrupt.happened)) resolve();
        });
        call.answer(sound).catch((thrown: unknown) => {
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
