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

export function createOutput(json: boolean): Output {
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  return {
    event: (event) => {
      if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    },
    say,
    sayError: (error) => say(`${error.message} ${error.cure}`),
  };
}
