/**
 * The grammar of SIP messages for what nearly every message says. sip.js has the whole grammar of RFC 3261 §25, generated: each header
 * that it reads costs a quarter of a millisecond and 300 KB for the collector, some twenty times a call. What is written in its plain form
 * (no escapes, no folding, no unusual parameters) is read here by a regular expression instead, to exactly the same value; everything
 * else is left to sip.js.
 */
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import { NameAddrHeader } from 'sip.js/lib/grammar/name-addr-header.js';
import { URI } from 'sip.js/lib/grammar/uri.js';

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = `${octet}(?:\\.${octet}){3}`;
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const wordLabel = '[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
/** A name whose first and last labels begin with a letter, or an IPv4 address. */
const host = `(?:${wordLabel}(?:(?:\\.${label})*\\.${wordLabel})?|${ipv4})`;
const port = '[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]';
const token = '[A-Za-z0-9_.-]+';
const parameters = `(?:;${token}(?:=${token})?)*`;

const uriForm = new RegExp(`^(sips?):(?:([A-Za-z0-9_.*+-]+)@)?(${host})(?::(${port}))?(${parameters})$`);
const nameAddrForm = new RegExp(`^(?:"([A-Za-z0-9 _.+-]*)" ?)?<([^<>]+)>(${parameters})$`);
const viaForm = new RegExp(`^(SIP)/2\\.0/(UDP|TCP|TLS|WSS?) (${host})(?::(${port}))?(${parameters})$`);
const responseForm = /^(SIP\/2\.0) ([1-6]\d\d) ([A-Za-z0-9 ]*)$/;
const methods =
  'INVITE|ACK|BYE|CANCEL|OPTIONS|REGISTER|NOTIFY|SUBSCRIBE|PUBLISH|INFO|UPDATE|PRACK|REFER|MESSAGE';
const requestForm = new RegExp(`^(${methods}) (\\S+) (SIP/2\\.0)$`);
const sequenceForm = new RegExp(`^(0|[1-9]\\d{0,9}) (${methods})$`);

/** A parameter's value as it is written; undefined when there is none. */
type Value = string | undefined;

/** Parameters in their order; null when `isPlain` (which gets names in small letters) refuses one, or one comes twice. */
function parametersOf(
  text: string,
  isPlain: (name: string, value: Value) => boolean,
): Record<string, Value> | null {
  const found: Record<string, Value> = {};
  if (text === '') return found;
  for (const each of text.slice(1).split(';')) {
    const [written = '', value] = each.split('=');
    const name = written.toLowerCase();
    if (name in found || !isPlain(name, value)) return null;
    found[name] = value;
  }
  return found;
}

/** The grammar reads a name that begins like one of its own as that one. */
const uriName = /^(?:transport|user|method|ttl|maddr|lr)/;
const transports = /^(?:udp|tcp|tls|wss?)$/;

function isPlainInUri(name: string, value: Value): boolean {
  if (name === 'transport') return value !== undefined && transports.test(value);
  return name === 'lr' ? value === undefined : !uriName.test(name);
}

/** RFC 3261 §19.1.1. */
function plainUri(text: string): URI | undefined {
  const [, scheme, user, hostName, portText, parameterText = ''] = uriForm.exec(text) ?? [];
  if (hostName === undefined) return undefined;
  const found = parametersOf(parameterText, isPlainInUri);
  if (found === null) return undefined;
  const number = portText === undefined ? undefined : Number(portText);
  // Its types want a user and no parameter without a value; the grammar gives it none of the one and some of the other.
  return new URI(scheme, user as string, hostName, number, found as Record<string, string>);
}

interface NameAddr {
  uri: URI;
  displayName: string | undefined;
  found: Record<string, Value>;
}

function plainNameAddr(text: string, isPlain: (name: string, value: Value) => boolean): NameAddr | undefined {
  const [, displayName, uriText, parameterText = ''] = nameAddrForm.exec(text) ?? [];
  const uri = uriText === undefined ? undefined : plainUri(uriText);
  const found = parametersOf(parameterText, isPlain);
  return uri === undefined || found === null ? undefined : { uri, displayName, found };
}

function nameAddrHeader({ uri, displayName, found }: NameAddr): NameAddrHeader {
  return new NameAddrHeader(uri, displayName as string, found as Record<string, string>);
}

/** From and To (RFC 3261 §20.20, §20.39). */
function plainParty(text: string): NameAddrHeader | undefined {
  const isPlain = (name: string, value: Value) =>
    !name.startsWith('tag') || (name === 'tag' && value !== undefined);
  const party = plainNameAddr(text, isPlain);
  if (party === undefined) return undefined;
  const { tag, ...found } = party.found;
  const header = nameAddrHeader({ ...party, found });
  if (tag !== undefined) header.setParam('tag', tag);
  return header;
}

/** The grammar calls the end of an entry its position and the start its offset. */
interface ListEntry {
  position: number;
  offset: number;
  parsed: NameAddrHeader;
}

const wholeNumber = /^(?:0|[1-9]\d{0,8})$/;

/** One entry (RFC 3261 §20.10). */
function plainContact(text: string): ListEntry[] | undefined {
  const isPlain = (name: string, value: Value) =>
    name === 'expires' ? value !== undefined && wholeNumber.test(value) : name !== 'q';
  const contact = plainNameAddr(text, isPlain);
  return contact && [{ position: text.length, offset: 0, parsed: nameAddrHeader(contact) }];
}

const viaAddress = new RegExp(`^${ipv4}$`);

function isPlainInVia(name: string, value: Value): boolean {
  switch (name) {
    case 'branch':
      return value !== undefined;
    case 'rport':
      return value === undefined || wholeNumber.test(value);
    case 'received':
      return value !== undefined && viaAddress.test(value);
    default:
      return name !== 'ttl' && name !== 'maddr';
  }
}

/** One hop (RFC 3261 §20.42, RFC 3581). */
function plainVia(text: string): object | undefined {
  const [, protocol, transport, hostName, portText, parameterText = ''] = viaForm.exec(text) ?? [];
  if (hostName === undefined) return undefined;
  const found = parametersOf(parameterText, isPlainInVia);
  if (found === null) return undefined;
  const { branch, received, ...params } = found;
  const { rport } = params;
  if (rport !== undefined) delete params['rport'];
  return {
    ...{ protocol, transport, host: hostName },
    host_type: viaAddress.test(hostName) ? 'IPv4' : 'domain',
    ...(portText === undefined ? {} : { port: Number(portText) }),
    ...(branch === undefined ? {} : { branch }),
    ...(received === undefined ? {} : { received }),
    ...(rport === undefined ? {} : { rport }),
    ...(Object.keys(params).length === 0 ? {} : { params }),
  };
}

/** The first line (RFC 3261 §7.1, §7.2). */
function plainFirstLine(text: string): object | undefined {
  const [, version, status, reason] = responseForm.exec(text) ?? [];
  if (status !== undefined)
    return { sip_version: version, status_code: Number(status), reason_phrase: reason };
  const [, method, uriText, requestVersion] = requestForm.exec(text) ?? [];
  const uri = uriText === undefined ? undefined : plainUri(uriText);
  return uri && { method, uri, sip_version: requestVersion };
}

function plainSequence(text: string): object | undefined {
  const [, value, method] = sequenceForm.exec(text) ?? [];
  return value === undefined ? undefined : { value: Number(value), method };
}

const plainNumber = (text: string): number | undefined => (wholeNumber.test(text) ? Number(text) : undefined);
const itself =
  (form: RegExp) =>
  (text: string): string | undefined =>
    form.test(text) ? text : undefined;

/** What comes; the grammar takes some words for the beginning of one of its own. */
const contentTypes =
  /^(?:application\/(?:sdp|dtmf-relay|dtmf|simple-message-summary|trickle-ice-sdpfrag|dialog-info\+xml|pidf\+xml)|text\/plain)$/;

/** By the names that sip.js gives its rules. */
const plainRules = new Map<string, (text: string) => unknown>([
  ['Request_Response', plainFirstLine],
  ['SIP_URI', plainUri],
  ['Via', plainVia],
  ['From', plainParty],
  ['To', plainParty],
  ['Contact', plainContact],
  ['Record_Route', plainContact],
  ['Call_ID', itself(/^[A-Za-z0-9_.-]+(?:@[A-Za-z0-9_.-]+)?$/)],
  ['CSeq', plainSequence],
  ['Content_Length', plainNumber],
  ['Max_Forwards', plainNumber],
  ['Content_Type', itself(contentTypes)],
]);

const longest = 512;

/** What sip.js would read by this rule; undefined when the text is not in its plain form, whatever that means. */
export function plainForm(text: string, rule: string): unknown {
  return text.length > longest ? undefined : plainRules.get(rule)?.(text);
}

const whole = Grammar.parse;

/** From now on sip.js, too, tries the plain forms first. Idempotent. */
export function readPlainFormsFirst(): void {
  Grammar.parse = (text, rule) => plainForm(text, rule) ?? whole(text, rule);
}
