/** `sidetone watch`: prints who rings, talks and is away at other extensions, and what the own mailbox holds, as it changes. */
import type { Mailbox } from '../../contract/snapshot.ts';
import type { AccountLine } from '../../engine/account-line.ts';
import { WatchedExtension } from '../../engine/watched-extension.ts';
import type { WatchedState } from '../../engine/watched-extension.ts';
import { exitStatus } from '../exit-status.ts';
import { watchInterrupt } from '../interrupt.ts';
import type { LineOptions } from '../line-options.ts';
import { openLineSession } from '../line-session.ts';
import { createOutput } from '../output.ts';
import type { Output } from '../output.ts';

export interface WatchOptions extends LineOptions {
  for?: number;
}

/** Lets through what is another than the last value under the same name. */
function changes(): (name: string, value: unknown) => boolean {
  const last = new Map<string, string>();
  return (name, value) => {
    const text = JSON.stringify(value);
    const isNew = last.get(name) !== text;
    last.set(name, text);
    return isNew;
  };
}

/**
 * Begins to watch through a line that has sent nothing yet. Returns the function that ends the telling: that nothing is known once
 * the line is closed is no news.
 */
function watchAll(line: AccountLine, extensions: readonly string[], output: Output): () => void {
  const changed = changes();
  let over = false;
  line.watchMailbox(() => {
    const { mailbox } = line.snapshot;
    if (mailbox !== null && changed('mailbox', mailbox)) tellMailbox(output, mailbox);
  });
  for (const extension of extensions) {
    const newsOf = ({ presence, note, ...lamp }: WatchedState) => ({
      lamp: changed(`lamp ${extension}`, lamp),
      presence: changed(`presence ${extension}`, [presence, note]),
    });
    const watched = new WatchedExtension(extension, line.userAgent, () => {
      if (over) return;
      const { state } = watched;
      const news = newsOf(state);
      if (news.lamp) tellLamp(output, state);
      if (news.presence) tellPresence(output, state);
    });
    // That nothing is known yet is no news.
    newsOf(watched.state);
  }
  return () => {
    over = true;
  };
}

function tellLamp(output: Output, { number, state, remote, canPickUp, reason }: WatchedState): void {
  output.event({ event: 'lamp', number, state, remote: remote?.uri ?? null, canPickUp, reason });
  const other = remote === null ? '' : remote.name === '' ? remote.number : remote.name;
  const words = {
    unknown: reason === '' ? `${number}: nothing is known.` : reason,
    idle: `${number} is free.`,
    ringing: other === '' ? `${number} rings.` : `${number} rings: ${other} calls.`,
    busy: other === '' ? `${number} is in a call.` : `${number} is in a call with ${other}.`,
    held: `${number} has a call on hold.`,
  };
  output.say(words[state]);
}

function tellPresence(output: Output, { number, presence, note }: WatchedState): void {
  output.event({ event: 'presence', number, presence, note });
  output.say(`${number}: ${presence}${note === '' ? '' : `, "${note}"`}.`);
}

function tellMailbox(output: Output, { waiting, new: fresh, old }: Mailbox): void {
  output.event({ event: 'mailbox', waiting, new: fresh, old });
  output.say(
    waiting ? `Messages are waiting: ${fresh} new, ${old} old.` : `No new messages, ${old} old ones.`,
  );
}

/** Runs the command; resolves to the exit status. */
export async function watchCommand(extensions: readonly string[], options: WatchOptions): Promise<number> {
  const interrupt = watchInterrupt();
  const output = createOutput(options.json === true, interrupt.raise);
  let stopTelling: () => void = () => undefined;
  const session = await openLineSession(
    { ...options, dtmfAfter: 0, dtmfGap: 0, register: true },
    output,
    (line) => {
      stopTelling = watchAll(line, extensions, output);
    },
  );
  let timer: NodeJS.Timeout | undefined;
  try {
    const failure = await Promise.race([session.registered, interrupt.signalled]);
    if (failure) return exitStatus.registrationFailed;
    const limit = new Promise<void>((resolve) => {
      if (options.for !== undefined) timer = setTimeout(resolve, options.for * 1000);
    });
    await Promise.race([limit, interrupt.signalled]);
    return interrupt.happened ? exitStatus.interrupted : exitStatus.success;
  } finally {
    clearTimeout(timer);
    stopTelling();
    await session.close();
  }
}
