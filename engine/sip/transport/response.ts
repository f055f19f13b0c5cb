/** Responses that the transport writes itself, because the layer above cannot or need not (RFC 3261 §8.2.6, §16.11). */
import { randomBytes } from 'node:crypto';
import { writeMessage, type SipMessage } from './message-text.ts';

const reasons = {
  100: 'Trying',
  400: 'Bad Request',
  416: 'Unsupported URI Scheme',
  487: 'Request Terminated',
  505: 'Version Not Supported',
};
export type OwnStatus = keyof typeof reasons;

const copied = new Set(['via', 'from', 'to', 'call-id', 'cseq', 'timestamp']);

/**
 * A response without a body to a request whose compact header names are expanded. To gets a tag when it has none and
 * the status is not 100.
 * @param because Replaces the standard reason phrase.
 */
export function writeResponse(request: SipMessage, status: OwnStatus, because?: string): string {
  const headers = request.headers
    .filter(({ name }) => copied.has(name.toLowerCase()))
    .map(({ name, value }) => {
      const needsTag = status !== 100 && name.toLowerCase() === 'to' && !/;\s*tag\s*=/i.test(value);
      return { name, value: needsTag ? `${value};tag=${randomBytes(8).toString('hex')}` : value };
    });
  return writeMessage({
    startLine: `SIP/2.0 ${String(status)} ${because ?? reasons[status]}`,
    headers: [...headers, { name: 'Content-Length', value: '0' }],
    body: '',
    truncated: false,
  });
}
