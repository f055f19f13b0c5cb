/**
 * What RFC 4475 says of each of its messages, as far as a phone (a UAS without a registrar) is concerned. A REGISTER is for a
 * registrar: a phone takes none and says so (RFC 3261 §8.2.1), whatever else is odd about it. An INVITE or OPTIONS for somebody
 * else may also be 404 (§8.2.2.1).
 */
export interface TortureVerdict {
  /** The file's name without its ending, as the RFC names it. */
  name: string;
  section: string;
  title: string;
  /** What the RFC calls the message. */
  kind: 'valid' | 'invalid';
  /** Statuses that are right; an empty list: it is dropped. */
  right: readonly number[];
}

/** An INVITE that is taken: it rings. */
const rings = [180, 404] as const;
const options = [200, 404] as const;
const notARegistrar = [405] as const;
const dropped = [] as const;

type Row = [
  name: string,
  section: string,
  title: string,
  kind: 'valid' | 'invalid',
  right: readonly number[],
];
const rows: Row[] = [
  ['wsinv', '3.1.1.1', 'A short tortuous INVITE (its To has a tag of no dialog)', 'valid', [481, 404]],
  ['intmeth', '3.1.1.2', 'Wide range of valid characters (an unknown method)', 'valid', [405, 501]],
  ['esc01', '3.1.1.3', 'Valid use of the % escaping mechanism', 'valid', rings],
  ['escnull', '3.1.1.4', 'Escaped nulls in URIs', 'valid', notARegistrar],
  ['esc02', '3.1.1.5', 'Use of % when it is not an escape (an unknown method)', 'valid', [405, 501]],
  ['lwsdisp', '3.1.1.6', 'Message with no LWS between display name and <', 'valid', options],
  ['longreq', '3.1.1.7', 'Long values in header fields', 'valid', rings],
  ['dblreq', '3.1.1.8', 'Extra trailing octets in a UDP datagram', 'valid', notARegistrar],
  ['semiuri', '3.1.1.9', 'Semicolon-separated parameters in URI user part', 'valid', options],
  ['transports', '3.1.1.10', 'Varied and unknown transport types', 'valid', options],
  ['mpart01', '3.1.1.11', 'Multipart MIME message', 'valid', [200, 404, 405, 415]],
  ['unreason', '3.1.1.12', 'Unusual reason phrase (a response to nothing)', 'valid', dropped],
  ['noreason', '3.1.1.13', 'Empty reason phrase (a response to nothing)', 'valid', dropped],
  ['badinv01', '3.1.2.1', 'Extraneous header field separators', 'invalid', [400]],
  ['clerr', '3.1.2.2', 'Content length larger than message', 'invalid', [400]],
  ['ncl', '3.1.2.3', 'Negative content length', 'invalid', [400]],
  ['scalar02', '3.1.2.4', 'Request scalar fields with overlarge values', 'invalid', [400]],
  ['scalarlg', '3.1.2.5', 'Response scalar fields with overlarge values', 'invalid', dropped],
  ['quotbal', '3.1.2.6', 'Unterminated quoted string in display name', 'invalid', [400]],
  ['ltgtruri', '3.1.2.7', '<> enclosing Request-URI', 'invalid', [400]],
  ['lwsruri', '3.1.2.8', 'Malformed SIP Request-URI (embedded LWS)', 'invalid', [400]],
  [
    'lwsstart',
    '3.1.2.9',
    'Multiple SP separating Request-Line elements (may be taken)',
    'invalid',
    [400, ...rings],
  ],
  ['trws', '3.1.2.10', 'SP characters at end of Request-Line (may be taken)', 'invalid', [400, ...options]],
  ['escruri', '3.1.2.11', 'Escaped headers in SIP Request-URI (may be ignored)', 'invalid', [400, ...rings]],
  [
    'baddate',
    '3.1.2.12',
    'Invalid time zone in Date header field (may be ignored)',
    'invalid',
    [400, ...rings],
  ],
  ['regbadct', '3.1.2.13', 'Failure to enclose name-addr URI in <>', 'invalid', [400, ...notARegistrar]],
  ['badaspec', '3.1.2.14', 'Spaces within addr-spec (may be taken)', 'invalid', [400, ...options]],
  ['baddn', '3.1.2.15', 'Non-token characters in display name (may be taken)', 'invalid', [400, ...options]],
  ['badvers', '3.1.2.16', 'Unknown protocol version', 'invalid', [505]],
  ['mismatch01', '3.1.2.17', 'Start line and CSeq method mismatch', 'invalid', [400]],
  ['mismatch02', '3.1.2.18', 'Unknown method with CSeq method mismatch', 'invalid', [400, 405, 501]],
  ['bigcode', '3.1.2.19', 'Overlarge response code', 'invalid', dropped],
  ['badbranch', '3.2.1', 'Missing transaction identifier', 'invalid', [400, ...options]],
  ['insuf', '3.3.1', 'Missing required header fields', 'invalid', [400]],
  ['unkscm', '3.3.2', 'Request-URI with unknown scheme', 'invalid', [416]],
  ['novelsc', '3.3.3', 'Request-URI with known but atypical scheme', 'invalid', [416]],
  ['unksm2', '3.3.4', 'Unknown URI schemes in header fields', 'invalid', [400, ...notARegistrar]],
  ['bext01', '3.3.5', 'Proxy-Require and Require', 'valid', [420]],
  ['invut', '3.3.6', 'Unknown Content-Type', 'valid', [415]],
  ['regaut01', '3.3.7', 'Unknown authorization scheme', 'valid', notARegistrar],
  ['multi01', '3.3.8', 'Multiple values in single value required fields', 'invalid', [400]],
  ['mcl01', '3.3.9', 'Multiple Content-Length values', 'invalid', [400]],
  ['bcast', '3.3.10', '200 OK response with broadcast Via header field value', 'invalid', dropped],
  ['zeromf', '3.3.11', 'Max-Forwards of zero (the phone is where it was going)', 'valid', options],
  ['cparam01', '3.3.12', 'REGISTER with a Contact header parameter', 'valid', notARegistrar],
  ['cparam02', '3.3.13', 'REGISTER with a url-parameter', 'valid', notARegistrar],
  ['regescrt', '3.3.14', 'REGISTER with a URL escaped header', 'valid', notARegistrar],
  ['sdp01', '3.3.15', 'Unacceptable Accept offering', 'valid', [406]],
  ['inv2543', '3.4.1', 'INVITE with RFC 2543 syntax', 'valid', rings],
];

/** RFC 4475's messages in the RFC's order. */
export const tortureVerdicts: readonly TortureVerdict[] = rows.map(([name, section, title, kind, right]) => ({
  name,
  section,
  title,
  kind,
  right,
}));
