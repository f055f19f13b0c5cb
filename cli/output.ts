/**
 * The tool's two voices: one JSON object a line on stdout for programs (`--json`, and nothing else there), sentences for
 * people on stderr, always.
 */
import type { PhoneError } from '../contract/errors.ts';

export interface Output {
  /** For programs; nothing without `--json`. */
  event(event: { event: string; [key: string]: unknown }): void;
  /** For people. */
  say(sentence: string): void;
  /** An error with its cure, for people. */
  sayError(error: PhoneError): void;
}

/**
 * The voices of one run. When stdout can no longer be written (the reader of a pipe is gone, the disk is full) that is said once
 * and `onLost` is called: a program that drives the tool shall not leave calls behind when it dies.
 */
export function createOutput(json: boolean, onLost: () => void = () => undefined): Output {
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  process.stdout.once('error', ({ code = '' }: NodeJS.ErrnoException) => {
    const reason = code === 'EPIPE' ? 'nobody reads it any more' : code;
    say(`Standard output cannot be written (${reason}).`);
    onLost();
  });
  return {
    event: (event) => {
      if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    },
    say,
    sayError: (error) => say(`${error.message} ${error.cure}`),
  };
}
