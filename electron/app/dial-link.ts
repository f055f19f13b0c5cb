/** Links that the system hands to the app: `tel:` (RFC 3966), `callto:`, `sip:` and `sips:` (RFC 3261 §19.1). Pure. */

const longestTarget = 512;

/** What to dial for a link, or null when it is none: digits of a `tel:` link, the whole address of a `sip:` link. */
export function parseDialLink(link: string): string | null {
  const match = /^(tel|callto|sips?):(?:\/\/)?(.+)$/i.exec(link.trim());
  const scheme = match?.[1]?.toLowerCase();
  const rest = match?.[2];
  if (scheme === undefined || rest === undefined || rest.length > longestTarget) return null;
  let text: string;
  try {
    text = decodeURIComponent(rest);
  } catch {
    return null;
  }
  if (scheme === 'sip' || scheme === 'sips') {
    const address = text.replace(/\/$/, '');
    return /^[^\s<>"]+$/.test(address) ? `${scheme}:${address}` : null;
  }
  // RFC 3966 §3: visual separators carry no meaning, parameters follow a semicolon.
  const digits = text.replace(/[;?].*$/s, '').replace(/[\s().\-/]/g, '');
  return /^\+?[0-9*#A-Da-d]+$/.test(digits) ? digits : null;
}

/** The first dial link among a program's arguments, or null. */
export function findDialLink(programArguments: readonly string[]): string | null {
  for (const argument of programArguments) {
    const target = parseDialLink(argument);
    if (target !== null) return target;
  }
  return null;
}
