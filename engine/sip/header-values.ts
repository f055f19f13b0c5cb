/** Values of headers whose form several methods share. */
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';

/** A header that holds a number of seconds, such as Retry-After with its comment and parameters; undefined when it does not. */
export function secondsOf(message: IncomingResponseMessage, name: string): number | undefined {
  const digits = /^\s*(\d{1,9})/.exec(message.getHeader(name) ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
