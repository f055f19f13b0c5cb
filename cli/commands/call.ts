/** `sidetone call TARGET`: registers, calls, presses keys, records, hangs up, unregisters. */
import { randomUUID } from 'node:crypto';
import type { SoundSink, SoundSource } from '../../engine/media/media-engine.ts';
import { followCall } from '../call-follower.ts';
import { exitStatus } from '../exit-status.ts';
import { watchInterrupt } from '../interrupt.ts';
import type { CallOptions } from '../line-options.ts';
import { openLineSession } from '../line-session.ts';
import { createOutput } from '../output.ts';

/** What a call says and where it is kept, from `--play` and `--record`. */
export function soundOf(options: CallOptions): { source: SoundSource; sink: SoundSink } {
  return {
    source: options.play === undefined ? { kind: 'silence' } : { kind: 'wav', path: options.play },
    sink: options.record === undefined ? { kind: 'none' } : { kind: 'wav', path: options.record },
  };
}

/** Runs the command; resolves to the exit status. */
export async function callCommand(target: string, options: CallOptions): Promise<number> {
  const output = createOutput(options.json === true);
  const interrupt = watchInterrupt();
  const session = await openLineSession(options, output);
  try {
    const failure = await Promise.race([session.registered, interrupt.signalled]);
    if (interrupt.happened) return exitStatus.interrupted;
    if (failure) return exitStatus.registrationFailed;

    const call = session.line.userAgent.call(target, { id: randomUUID(), ...soundOf(options) });
    const ended = followCall(call, options, output);
    void interrupt.signalled.then(() => call.hangup());
    const { completed } = await ended;
    if (interrupt.happened) return exitStatus.interrupted;
    return completed ? exitStatus.success : exitStatus.callFailed;
  } finally {
    await session.close();
  }
}
