/**
 * The headers of session timers (RFC 4028): what a request of ours asks for, what we answer to one of theirs, and what an answer of
 * theirs means. Pure; session-timer.ts keeps the time.
 */
import type { MessageHeaders } from './caller-identity.ts';
import { listOf } from './header-values.ts';

/** What two sides have agreed to: the session ends unless it is refreshed within `seconds`. */
export interface SessionInterval {
  seconds: number;
  refresher: 'us' | 'them';
}

/** The shortest interval that anybody may ask for (RFC 4028 §4). */
export const leastIntervalSeconds = 90;
/** Longer than any sense; what a far side writes is bounded by it. */
const longestIntervalSeconds = 7 * 86_400;

interface SessionExpires {
  seconds: number;
  refresher: 'uac' | 'uas' | undefined;
}

function deltaSeconds(value: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,9})\s*(?:;|$)/.exec(value ?? '')?.[1];
  return digits === undefined ? undefined : Math.min(Number(digits), longestIntervalSeconds);
}

/** `Session-Expires: 1800;refresher=uac`; undefined when it is absent or unreadable. */
function sessionExpiresOf(message: MessageHeaders): SessionExpires | undefined {
  const value = message.getHeader('Session-Expires');
  const seconds = deltaSeconds(value);
  if (seconds === undefined) return undefined;
  const refresher = /;\s*refresher\s*=\s*(uac|uas)\b/i.exec(value ?? '')?.[1]?.toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

/** The Min-SE of a message, and no less than the least that there is; the least when it names none. */
export function leastIntervalOf(message: MessageHeaders): number {
  return Math.max(leastIntervalSeconds, deltaSeconds(message.getHeader('Min-SE')) ?? 0);
}

function supportsTimer(message: MessageHeaders): boolean {
  return listOf(message.getHeaders('Supported')).some((tag) => tag.toLowerCase() === 'timer');
}

/**
 * The headers of an INVITE, re-INVITE or UPDATE of ours (§7.1). `refresher`: who refreshes now, so that a request in between
 * changes nothing about it; undefined leaves it to the far side. `leastSeconds`: above 90 only after a 422.
 */
export function sessionHeaders(wish: {
  seconds: number;
  refresher: 'us' | 'them' | undefined;
  leastSeconds: number;
}): string[] {
  const { seconds, refresher, leastSeconds } = wish;
  const role = refresher === undefined ? '' : `;refresher=${refresher === 'us' ? 'uac' : 'uas'}`;
  const least = leastSeconds > leastIntervalSeconds ? [`Min-SE: ${leastSeconds}`] : [];
  return [`Session-Expires: ${Math.max(seconds, leastSeconds)}${role}`, ...least];
}

/** What a 2xx to a request of ours means (§7.2); undefined when the far side keeps no session timer. */
export function intervalOfAnswer(answer: MessageHeaders): SessionInterval | undefined {
  const told = sessionExpiresOf(answer);
  if (told === undefined) return undefined;
  const seconds = Math.max(told.seconds, leastIntervalSeconds);
  return { seconds, refresher: told.refresher === 'uas' ? 'them' : 'us' };
}

/** The headers of the 422 to a request whose interval is shorter than anybody may ask for (§9); undefined for any other request. */
export function sessionTimerRefusal(request: MessageHeaders): string[] | undefined {
  const asked = sessionExpiresOf(request);
  if (asked === undefined || asked.seconds >= leastIntervalSeconds) return undefined;
  // Whoever does not know session timers could make nothing of a 422: a proxy on the way has asked.
  return supportsTimer(request) ? [`Min-SE: ${leastIntervalSeconds}`] : undefined;
}

/**
 * What the 200 to an INVITE, re-INVITE or UPDATE says and what is agreed by it (§9). `ours.seconds`: the interval that we want;
 * `ours.refresher`: who refreshes now, if anybody.
 */
export function answerSessionTimer(
  request: MessageHeaders,
  ours: { seconds: number; refresher: 'us' | 'them' | undefined },
): { headers: string[]; interval: SessionInterval } {
  const asked = sessionExpiresOf(request);
  const least = leastIntervalOf(request);
  const wanted = Math.max(ours.seconds, least);
  const seconds = asked === undefined ? wanted : Math.min(wanted, Math.max(asked.seconds, least));
  const kept = ours.refresher === 'us' ? 'uas' : 'uac';
  const role = supportsTimer(request) ? (asked?.refresher ?? kept) : 'uas';
  // A caller who refreshes has to understand it; one who does not know session timers must not be asked to.
  const require = role === 'uac' ? ['Require: timer'] : [];
  return {
    headers: [`Session-Expires: ${seconds};refresher=${role}`, ...require],
    interval: { seconds, refresher: role === 'uac' ? 'them' : 'us' },
  };
}
