/** The options that `call`, `answer` and `register` share, and the account and settings that they describe. */
import { readFileSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { toPhoneError } from '../contract/errors.ts';
import { Secret } from '../contract/secret.ts';
import {
  type AccountSettings,
  type Settings,
  accountSettings,
  settings as settingsSchema,
} from '../contract/settings.ts';
import { parseStunUri, parseTurnUri } from '../engine/nat/turn-uri.ts';
import type { Impairment } from '../engine/rtp/impairment.ts';
import { targetUri } from '../engine/sip/target.ts';
import { UsageError } from './exit-status.ts';

export interface LineOptions {
  /** One of the phone's own accounts, by id, label or extension. */
  account?: string;
  server?: string;
  transport: AccountSettings['transport'];
  user?: string;
  domain?: string;
  wsUri?: string;
  outboundProxy?: string;
  /** Text of a PEM file. */
  ca?: string;
  trust?: string[];
  localAddress?: string;
  passwordFile?: string;
  codecs?: string[];
  mediaEncryption?: AccountSettings['media_encryption'];
  ice?: boolean;
  iceTrickle?: boolean;
  rtcpMux?: boolean;
  stun?: string[];
  turn?: string[];
  turnUser?: string;
  turnPasswordFile?: string;
  relay?: boolean;
  /** False with `--no-register`. */
  register?: boolean;
  json?: boolean;
}

export interface CallOptions extends LineOptions {
  play?: string;
  record?: string;
  recordCall?: string;
  dtmf?: string;
  dtmfAfter: number;
  dtmfDuration?: number;
  dtmfGap: number;
  for?: number;
  holdAfter?: number;
  holdFor?: number;
  transfer?: string;
  transferToCall?: string;
  transferAfter: number;
  impair?: Impairment;
}

/** A number of seconds or milliseconds on the command line. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || text.trim() === '') {
    throw new InvalidArgumentError('It is not a number of 0 or more.');
  }
  return value;
}

/** A whole number within bounds on the command line. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text.trim()) || value < least || value > most) {
    throw new InvalidArgumentError(`It is not a whole number from ${least} to ${most}.`);
  }
  return value;
};

function localAddress(text: string): string {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  if (isIP(text) === 0) throw new InvalidArgumentError('It is not an IP address.');
  // All of 127.0.0.0/8 is this computer's, though only its first address is listed.
  if (!text.startsWith('127.') && !own.some(({ address }) => address === text)) {
    throw new InvalidArgumentError('This computer does not have that address.');
  }
  return text;
}

function webSocketUri(text: string): string {
  if (!/^wss?:\/\//i.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('It is not a URI that begins with ws:// or wss://.');
  }
  return text;
}

function domainName(text: string): string {
  try {
    if (text.includes(';')) throw new UsageError(text);
    targetUri(`user@${text}`, text);
  } catch {
    throw new InvalidArgumentError('It is not a domain name or IP address.');
  }
  return text;
}

function authorities(file: string): string {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new InvalidArgumentError(`It cannot be read (${code}).`);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new InvalidArgumentError('It holds no certificate in PEM form.');
  return text;
}

function fingerprint(text: string, before: string[] = []): string[] {
  if (!/^([0-9a-f]{2}:?){32}$/i.test(text))
    throw new InvalidArgumentError('It is not a SHA-256 fingerprint (64 hexadecimal digits).');
  return [...before, text];
}

function stunUri(text: string, before: string[] = []): string[] {
  if (parseStunUri(text) === undefined) throw new InvalidArgumentError('It is not stun:HOST[:PORT].');
  return [...before, text];
}

function turnUri(text: string, before: string[] = []): string[] {
  if (parseTurnUri(text) === undefined)
    throw new InvalidArgumentError('It is not turn:HOST[:PORT][?transport=udp|tcp] or turns:HOST[:PORT].');
  return [...before, text];
}

const codecNames = ['PCMU', 'PCMA', 'G722', 'opus', 'L16'];

function codecList(text: string): string[] {
  return text.split(',').map((word) => {
    const name = word.trim();
    const known = codecNames.find((each) => each.toUpperCase() === name.toUpperCase());
    if (known !== undefined) return known;
    throw new InvalidArgumentError(
      `${name === '' ? 'An empty name' : name} is not one of ${codecNames.join(', ')}.`,
    );
  });
}

function keys(text: string): string {
  if (!/^[0-9*#A-Da-d]+$/.test(text)) throw new InvalidArgumentError('Keys are 0 to 9, *, # and A to D.');
  return text.toUpperCase();
}

/** A number or SIP address on the command line. */
function targetOf(text: string): string {
  try {
    targetUri(text, 'domain.invalid');
  } catch (thrown) {
    throw new InvalidArgumentError(toPhoneError(thrown).message);
  }
  return text;
}

/** `loss=5,jitter=30,reorder,seed=7`, in any order and each one optional. */
export function impairmentOf(text: string): Impairment {
  const impairment: Impairment = { lossPercent: 0, jitterMs: 0, reorder: false, seed: 1 };
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.trim().split('=');
    const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
    if (name === 'reorder' && value === '') impairment.reorder = true;
    else if (name === 'loss' && number <= 100) impairment.lossPercent = number;
    else if (name === 'jitter' && number <= 1_000) impairment.jitterMs = number;
    else if (name === 'seed' && Number.isInteger(number)) impairment.seed = number;
    else throw new InvalidArgumentError(`${part} is none of loss=PERCENT, jitter=MS, reorder, seed=N.`);
  }
  return impairment;
}

/** Adds what every command with a line understands. */
export function addLineOptions(command: Command): Command {
  return command
    .option('--account <name>', "an account of the phone's settings, by its label or extension")
    .option('--server <host[:port]>', 'SIP server; without it the practice PBX on this computer')
    .addOption(
      new Option('--transport <name>', 'how to reach the server')
        .choices(['auto', 'udp', 'tcp', 'tls', 'ws', 'wss'])
        .default('udp'),
    )
    .option('--user <extension>', 'extension, also the authentication user')
    .option('--domain <domain>', "SIP domain, when it is not the server's host", domainName)
    .option('--ws-uri <uri>', 'WebSocket URI, when it is not ws(s)://HOST:PORT/ws', webSocketUri)
    .option('--outbound-proxy <proxy>', 'HOST[:PORT] or sip: URI that every request goes through')
    .option('--ca <file>', "certificates of authorities to trust beside the system's (PEM)", authorities)
    .option('--trust <fingerprint>', 'SHA-256 of a server certificate to trust as it is', fingerprint)
    .option('--local-address <ip>', 'local address to use', localAddress)
    .option('--password-file <file>', 'file that holds the password (else the variable SIDETONE_PASSWORD)')
    .option('--codecs <names>', 'codecs in order of preference, such as PCMU,G722,opus', codecList)
    .addOption(
      new Option('--media-encryption <how>', 'how sound is encrypted').choices([
        'off',
        'optional',
        'sdes',
        'dtls',
      ]),
    )
    .option('--ice', 'find the way of the sound by ICE')
    .option('--ice-trickle', 'find the way by ICE, and tell of candidates as they are found (trickle ICE)')
    .option('--rtcp-mux', 'offer RTP and RTCP on one port')
    .option('--stun <uri>', 'STUN server for ICE, such as stun:stun.example.com', stunUri)
    .option('--turn <uri>', 'TURN server for ICE, such as turn:turn.example.com?transport=tcp', turnUri)
    .option('--turn-user <name>', 'user name at the TURN servers')
    .option('--turn-password-file <file>', 'file that holds the password at the TURN servers')
    .option('--relay', 'let sound go through TURN servers alone')
    .option('--json', 'one JSON object a line on stdout, nothing else there');
}

/** Adds what commands with calls understand. */
export function addCallOptions(command: Command): Command {
  return addLineOptions(command)
    .option('--play <in.wav>', 'what to say: a WAV file, then silence')
    .option('--record <out.wav>', 'where to keep what was heard, from the answer on')
    .option('--record-call <both.wav>', 'where to record both sides, left here and right there')
    .option('--dtmf <digits>', 'keys to press after the answer', keys)
    .option('--dtmf-after <seconds>', 'when to begin pressing, after the answer', positiveNumber, 1)
    .option(
      '--dtmf-duration <ms>',
      'how long each key lasts (default: dtmf.duration of the settings)',
      wholeNumber(40, 8000),
    )
    .option('--dtmf-gap <ms>', 'pause between keys', positiveNumber, 100)
    .option('--hold-after <seconds>', 'hold the call so long after the answer', positiveNumber)
    .option('--hold-for <seconds>', 'take it off hold again after so long (default: never)', positiveNumber)
    .addOption(
      new Option('--transfer <target>', 'hand the call over to this number, without asking it first')
        .argParser(targetOf)
        .conflicts('transferToCall'),
    )
    .option(
      '--transfer-to-call <target>',
      'call this number, and hand the call over once it answers',
      targetOf,
    )
    .option('--transfer-after <seconds>', 'when to begin with that, after the answer', positiveNumber, 1)
    .option('--for <seconds>', 'hang up so long after the answer', positiveNumber)
    .option('--impair <what>', 'try a bad network: loss=5,jitter=30[,reorder][,seed=N]', impairmentOf);
}

/** Host and port of `HOST[:PORT]`, `[v6]:PORT` or a bare IPv6 address. */
export function parseServer(text: string): { host: string; port: number } {
  if (isIPv6(text)) return { host: text, port: 0 };
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[3] === undefined ? 0 : Number(match[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65_535) throw new UsageError(`--server ${text} is not HOST or HOST:PORT.`);
  return { host, port };
}

/**
 * The account that the options describe or name; undefined without `--server` and `--account` (the practice PBX is meant).
 * @param stored the phone's accounts
 */
export function accountOf(
  options: LineOptions,
  stored: readonly AccountSettings[] = [],
): AccountSettings | undefined {
  if (options.server === undefined) {
    const { user, domain, wsUri, outboundProxy, transport } = options;
    if ((user ?? domain ?? wsUri ?? outboundProxy) !== undefined || transport !== 'udp') {
      throw new UsageError('--user, --domain, --ws-uri, --outbound-proxy and --transport need --server.');
    }
    return options.account === undefined ? undefined : storedAccount(options, options.account, stored);
  }
  if (options.account !== undefined) throw new UsageError('Name either --account or --server.');
  if (options.user === undefined || options.user === '')
    throw new UsageError('--server needs --user, the extension to use.');
  const { host, port } = parseServer(options.server);
  if (options.wsUri !== undefined && !options.wsUri.startsWith(`${options.transport}:`)) {
    throw new UsageError(`--ws-uri ${options.wsUri} does not go with --transport ${options.transport}.`);
  }
  return accountSettings.parse({
    id: 'command-line',
    label: options.user,
    kind: 'sip',
    user: options.user,
    server: host,
    port,
    domain: options.domain ?? '',
    transport: options.transport,
    ws_uri: options.wsUri ?? '',
    outbound_proxy: options.outboundProxy ?? '',
    tls_ca: options.ca ?? '',
    tls_pins: options.trust ?? [],
    media_encryption: options.mediaEncryption,
    ice: wantsIce(options),
    ice_trickle: options.iceTrickle === true,
    rtcp_mux: options.rtcpMux === true,
  });
}

/** An account by its id, else its label, else its extension; what the command line trusts counts beside what the account trusts. */
function storedAccount(
  options: LineOptions,
  name: string,
  stored: readonly AccountSettings[],
): AccountSettings {
  const { ca, trust = [], mediaEncryption } = options;
  const wanted = name.toLowerCase();
  const by = (key: 'id' | 'label' | 'user') => stored.filter((each) => each[key].toLowerCase() === wanted);
  const found = [by('id'), by('label'), by('user')].find((matches) => matches.length > 0) ?? [];
  const [account, second] = found;
  const known = stored.map(({ label, user }) => (label === '' ? user : `${label} (${user})`)).join(', ');
  if (account === undefined)
    throw new UsageError(`There is no account ${name}. Known: ${known === '' ? 'none' : known}.`);
  if (second !== undefined) throw new UsageError(`There are several accounts ${name}. Known: ${known}.`);
  const tls_ca = [account.tls_ca, ca ?? ''].filter((text) => text !== '').join('\n');
  const media_encryption = mediaEncryption ?? account.media_encryption;
  const ice = account.ice || wantsIce(options);
  const ice_trickle = account.ice_trickle || options.iceTrickle === true;
  const rtcp_mux = account.rtcp_mux || options.rtcpMux === true;
  const tls = { tls_ca, tls_pins: [...account.tls_pins, ...trust] };
  return { ...account, ...tls, media_encryption, ice, ice_trickle, rtcp_mux };
}

const wantsIce = ({ ice, iceTrickle, stun, turn, relay }: LineOptions) =>
  ice === true || iceTrickle === true || relay === true || (stun ?? turn) !== undefined;

/** Under which the command line's TURN password is asked for. */
export const turnPasswordReference = { service: 'command line', account: '--turn-password-file' };

/** The password of `--turn-password-file`. Throws a UsageError for an unreadable file. */
export function turnPasswordOf({ turnPasswordFile }: LineOptions): Secret | undefined {
  return turnPasswordFile === undefined ? undefined : secretIn('--turn-password-file', turnPasswordFile);
}

/** The password from `--password-file` (its first line) or SIDETONE_PASSWORD. Throws a UsageError for an unreadable file. */
export function passwordOf(options: LineOptions): Secret | undefined {
  if (options.passwordFile !== undefined) return secretIn('--password-file', options.passwordFile);
  const fromEnvironment = process.env['SIDETONE_PASSWORD'];
  return fromEnvironment === undefined || fromEnvironment === '' ? undefined : new Secret(fromEnvironment);
}

/** The first line of a file. */
function secretIn(option: string, file: string): Secret {
  try {
    return new Secret(readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '');
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new UsageError(`${option} ${file} cannot be read (${code}).`);
  }
}

/** The servers for ICE that the command line names, in the place of those of the settings. */
function serversOf({ stun, turn, turnUser, relay }: Partial<CallOptions>): Partial<Settings> {
  const servers = (turn ?? []).map((url) => ({
    url,
    username: turnUser ?? '',
    credential_type: 'password' as const,
    credential: turnPasswordReference,
  }));
  return {
    ...(stun === undefined ? {} : { stun_servers: stun }),
    ...(turn === undefined ? {} : { turn_servers: servers }),
    ...(relay === true ? { ice_transport_policy: 'relay' } : {}),
  };
}

/** The stored settings with what the options change for this run. Throws a UsageError for a value out of range. */
export function settingsOf(stored: Settings, options: Partial<CallOptions>): Settings {
  const order = options.codecs;
  const codecs =
    order === undefined
      ? stored.codecs
      : stored.codecs.map((codec) => {
          const place = order.indexOf(codec.name);
          if (codec.name === 'telephone-event') return { ...codec, priority: order.length + 1 };
          return place < 0 ? { ...codec, enabled: false } : { ...codec, enabled: true, priority: place + 1 };
        });
  const duration = options.dtmfDuration ?? stored.dtmf.duration;
  // Nobody sits at the command line to be asked where a call should go.
  const calls = { ...stored.calls, redirects: 'automatic' };
  const parsed = settingsSchema.safeParse({
    ...stored,
    ...serversOf(options),
    codecs,
    calls,
    dtmf: { ...stored.dtmf, duration },
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UsageError(`${issue?.path.join('.') ?? 'settings'}: ${issue?.message ?? 'not valid'}`);
  }
  return parsed.data;
}
