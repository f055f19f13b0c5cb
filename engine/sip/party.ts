/** Who is at the other end: name-addr headers (RFC 3261 §20.10) as a {@link Party}, from untrusted text. */
import type { Party } from '../../contract/snapshot.ts';

const longestName = 128;

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Without control characters (also the invisible ones that reorder text), trimmed and bounded: names are shown and logged. */
function clean(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, longestName);
}

/** The Party of a `sip:`, `sips:` or `tel:` address. */
export function partyOfUri(uri: string, name = ''): Party {
  const bare = uri.replace(/^(?:sips?|tel):/i, '');
  const at = bare.lastIndexOf('@');
  const isTel = /^tel:/i.test(uri);
  const user = at < 0 ? (isTel ? bare : '') : bare.slice(0, at);
  const number = clean(decodePercent(user.split(';')[0]?.split(':')[0] ?? ''));
  return { number, name: clean(name), uri: clean(uri) };
}

/** Reads `"Anna \"A\" Smith" <sip:1001@pbx>;tag=x`, `Anna <sip:…>` or a bare address; undefined when it holds no address. */
export function parseNameAddr(header: string): Party | undefined {
  const angled = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^"<]*?))\s*<([^>]{1,512})>/s.exec(header);
  if (angled !== null) {
    const [, quoted, token = '', uri = ''] = angled;
    return partyOfUri(uri.trim(), quoted === undefined ? token : quoted.replace(/\\(.)/gs, '$1'));
  }
  const bare = /^\s*((?:sips?|tel):[^\s;?,<>"]{1,512})/i.exec(header)?.[1];
  return bare === undefined ? undefined : partyOfUri(bare);
}
