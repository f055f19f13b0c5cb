/**
 * Replaces (RFC 3891): a header of INVITE that names the dialog whose place the new call takes.
 *
 *   Replaces: 98732@sip.example.com;to-tag=r33th4x0r;from-tag=ff87ff
 *
 * `to-tag` is the tag of whoever receives the INVITE, `from-tag` the one of the party that is replaced (§6.1).
 */

export interface Replaces {
  callId: string;
  toTag: string;
  fromTag: string;
  /** Only while the dialog is early (§6.1). */
  earlyOnly: boolean;
}

/** Taking somebody's place in a dialog, and whom to call when its other end does not agree. */
export interface Takeover {
  replaces: Replaces;
  /** A number or SIP address, tried once; undefined: nobody. */
  otherwise: string | undefined;
}

const longest = 512;
/** RFC 3261 §25.1 `callid` and `token`, without what could end a header or its parameters. */
const callIdForm = /^[A-Za-z0-9\-.!%*_+`'~()<>:\\"/[\]?{}@]+$/;
const tokenForm = /^[A-Za-z0-9\-.!%*_+`'~]+$/;

/** Reads the header's value; undefined when it is not one (§4: both tags are required). */
export function readReplaces(value: string): Replaces | undefined {
  if (value.length > longest) return undefined;
  const [callId = '', ...rest] = value.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((parameter) => {
      const [name = '', content = ''] = parameter.split('=');
      return [name.trim().toLowerCase(), content.trim()];
    }),
  );
  const toTag = parameters.get('to-tag') ?? '';
  const fromTag = parameters.get('from-tag') ?? '';
  if (!callIdForm.test(callId) || !tokenForm.test(toTag) || !tokenForm.test(fromTag)) return undefined;
  return { callId, toTag, fromTag, earlyOnly: parameters.has('early-only') };
}

/** The header's value. */
export function writeReplaces({ callId, toTag, fromTag, earlyOnly }: Replaces): string {
  return `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ';early-only' : ''}`;
}
