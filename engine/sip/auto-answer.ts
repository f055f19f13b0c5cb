/**
 * A PBX's wish that the phone answers by itself, for paging and intercom. There are as many ways to say it as there are makers of
 * desk phones; these are the ones that Asterisk, FreePBX, FreeSWITCH and 3CX send.
 */
import type { MessageHeaders } from './caller-identity.ts';

/** Nobody waits longer than this for a phone that answers by itself. */
const longestDelaySeconds = 60;

/**
 * Seconds after which an INVITE wants to be answered; undefined when it wants a person to answer.
 *
 *   Call-Info: <sip:…>;answer-after=0          Alert-Info: <http://…>;info=alert-autoanswer;delay=0
 *   Alert-Info: Auto Answer | Ring Answer      P-Auto-Answer: normal
 *   Answer-Mode: Auto (RFC 5373)               Call-Info: <…>;purpose=…;auto-answer=0
 */
export function autoAnswerSeconds(message: MessageHeaders): number | undefined {
  const callInfo = message.getHeaders('Call-Info').join(',');
  const after = /;\s*(?:answer-after|auto-answer)\s*=\s*"?(\d{1,3})/i.exec(callInfo)?.[1];
  if (after !== undefined) return Math.min(Number(after), longestDelaySeconds);
  const alertInfo = message.getHeaders('Alert-Info').join(',');
  if (/alert-autoanswer|auto[ _-]?answer|ring[ _-]?answer/i.test(alertInfo)) {
    const delay = /;\s*delay\s*=\s*"?(\d{1,3})/i.exec(alertInfo)?.[1] ?? '0';
    return Math.min(Number(delay), longestDelaySeconds);
  }
  if (/^\s*normal\b/i.test(message.getHeader('P-Auto-Answer') ?? '')) return 0;
  if (/^\s*auto\b/i.test(message.getHeader('Answer-Mode') ?? '')) return 0;
  return undefined;
}

/** True for an INVITE that nobody but the phone itself may answer (RFC 5373: `Answer-Mode: Auto;require`); else it is refused, 403. */
export function mustAnswerItself(message: MessageHeaders): boolean {
  return /^\s*auto\s*;(?:[^,]*;)?\s*require\b/i.test(message.getHeader('Answer-Mode') ?? '');
}
