/** Keys in SIP INFO bodies: `application/dtmf-relay` (Signal= and Duration= lines) and `application/dtmf` (the key alone). */
import { withoutParameters } from './header-values.ts';

export interface InfoDigit {
  digit: string;
  durationMs: number;
}

const keys = /^[0-9*#A-D]$/;
/** Phones that name no length mean about this much. */
const usualDurationMs = 160;
/** RFC 4733's event numbers, which some gateways write instead of the key. */
const eventNumbers: Record<string, string> = {
  '10': '*',
  '11': '#',
  '12': 'A',
  '13': 'B',
  '14': 'C',
  '15': 'D',
};

export const dtmfRelayType = 'application/dtmf-relay';

/** A body for one key. */
export function writeDtmfRelay({ digit, durationMs }: InfoDigit): string {
  return `Signal=${digit}\r\nDuration=${durationMs}\r\n`;
}

/** The key of an INFO request; undefined when the type is not a key's or the body names none. */
export function readDtmf(contentType: string, body: string): InfoDigit | undefined {
  const type = withoutParameters(contentType);
  const asKey = (text: string) => {
    const upper = text.trim().toUpperCase();
    const digit = eventNumbers[upper] ?? upper;
    return keys.test(digit) ? digit : undefined;
  };
  if (type === 'application/dtmf') {
    const digit = asKey(body);
    return digit === undefined ? undefined : { digit, durationMs: usualDurationMs };
  }
  if (type !== dtmfRelayType) return undefined;
  const digit = asKey(/^\s*Signal\s*=\s*(\S+)/im.exec(body)?.[1] ?? '');
  const duration = Number(/^\s*Duration\s*=\s*(\d{1,5})/im.exec(body)?.[1] ?? usualDurationMs);
  return digit === undefined ? undefined : { digit, durationMs: duration };
}
