/** An extension as it is being typed, what is wrong with it, and what it becomes. */
import type { RequestInput } from '../../../contract/phone.ts';
import type { AccountSettings, TransportName } from '../../../contract/settings.ts';
import { en } from '../../i18n/en.ts';

export interface AccountDraft {
  label: string;
  server: string;
  user: string;
  password: string;
  transport: TransportName;
  displayName: string;
  domain: string;
  wsUri: string;
  authUser: string;
  outboundProxy: string;
  /** Seconds, as typed. */
  registerExpires: string;
  /** PEM. */
  tlsCa: string;
  tlsPins: readonly string[];
  voicemailNumber: string;
  anonymous: boolean;
  publishPresence: boolean;
  mediaEncryption: AccountSettings['media_encryption'];
  ice: boolean;
  iceTrickle: boolean;
  rtcpMux: boolean;
}
/** The fields that are typed. */
export type DraftText = {
  [K in keyof AccountDraft]: string extends AccountDraft[K] ? K : never;
}[keyof AccountDraft];
export type DraftProblems = Partial<Record<DraftText, string>>;

export const emptyDraft: AccountDraft = {
  label: '',
  server: '',
  user: '',
  password: '',
  transport: 'udp',
  displayName: '',
  domain: '',
  wsUri: '',
  authUser: '',
  outboundProxy: '',
  registerExpires: '300',
  tlsCa: '',
  tlsPins: [],
  voicemailNumber: '*97',
  anonymous: false,
  publishPresence: false,
  mediaEncryption: 'off',
  ice: false,
  iceTrickle: false,
  rtcpMux: false,
};

/** Transports that a person can choose. */
export const transports: readonly { name: TransportName; word: string }[] = [
  { name: 'auto', word: 'Automatic (DNS)' },
  { name: 'udp', word: 'UDP' },
  { name: 'tcp', word: 'TCP' },
  { name: 'tls', word: 'TLS' },
  { name: 'ws', word: 'WebSocket' },
  { name: 'wss', word: 'Secure WebSocket' },
];

export function draftOf(account: AccountSettings): AccountDraft {
  return {
    label: account.label,
    server: account.port === 0 ? account.server : `${bracketed(account.server)}:${account.port}`,
    user: account.user,
    password: '',
    transport: account.transport,
    displayName: account.display_name,
    domain: account.domain,
    wsUri: account.ws_uri,
    authUser: account.auth_user,
    outboundProxy: account.outbound_proxy,
    registerExpires: String(account.register_expires),
    tlsCa: account.tls_ca,
    tlsPins: account.tls_pins,
    voicemailNumber: account.voicemail_number,
    anonymous: account.anonymous,
    publishPresence: account.publish_presence,
    mediaEncryption: account.media_encryption,
    ice: account.ice,
    iceTrickle: account.ice_trickle,
    rtcpMux: account.rtcp_mux,
  };
}

/** `host`, `host:port`, `[IPv6]:port` or a bare IPv6 address. Port 0 is the transport's own. Null when it is none of them. */
export function parseServer(text: string): { server: string; port: number } | null {
  const typed = text.trim().replace(/^(sips?:|wss?:\/\/)/i, '');
  const bareIpv6 = /^[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(typed);
  if (bareIpv6) return { server: typed, port: 0 };
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?))(?::(\d{1,5}))?$/i.exec(typed);
  const server = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? 0);
  return server === undefined || port > 65_535 ? null : { server, port };
}

/** One sentence for each field that cannot stay so. `hasPassword`: an empty password keeps the old one. */
export function draftProblems(draft: AccountDraft, hasPassword: boolean): DraftProblems {
  const problems: DraftProblems = {};
  if (draft.server.trim() === '') problems.server = en.account.needServer;
  else if (parseServer(draft.server) === null) problems.server = en.account.badServer;
  if (draft.user.trim() === '') problems.user = en.account.needUser;
  else if (/[\s@]/.test(draft.user.trim())) problems.user = en.account.badUser;
  if (draft.password === '' && !hasPassword) problems.password = en.account.needPassword;
  const wsUri = draft.wsUri.trim();
  if (wsUri !== '' && !/^wss?:\/\/\S+$/i.test(wsUri)) problems.wsUri = en.account.badWsUri;
  if (!isExpiry(draft.registerExpires)) problems.registerExpires = en.account.badExpires;
  if (!isPem(draft.tlsCa)) problems.tlsCa = en.account.badCa;
  return problems;
}

function isExpiry(text: string): boolean {
  const seconds = Number(text);
  return /^\d+$/.test(text.trim()) && seconds >= 30 && seconds <= 86_400;
}

const isPem = (text: string) =>
  text.trim() === '' ||
  /^(?:-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/.test(text.trim());

/** A draft without problems as the contract takes it. */
export function accountOf(draft: AccountDraft): RequestInput<'account.add'>['account'] {
  const { server, port } = parseServer(draft.server) ?? { server: draft.server.trim(), port: 0 };
  return {
    label: draft.label.trim() || server,
    user: draft.user.trim(),
    display_name: draft.displayName.trim(),
    server,
    port,
    domain: draft.domain.trim(),
    transport: draft.transport,
    ws_uri: draft.wsUri.trim(),
    auth_user: draft.authUser.trim(),
    outbound_proxy: draft.outboundProxy.trim(),
    register_expires: Number(draft.registerExpires),
    tls_ca: draft.tlsCa.trim(),
    tls_pins: [...draft.tlsPins],
    voicemail_number: draft.voicemailNumber.trim(),
    anonymous: draft.anonymous,
    publish_presence: draft.publishPresence,
    media_encryption: draft.mediaEncryption,
    ice: draft.ice,
    ice_trickle: draft.iceTrickle,
    rtcp_mux: draft.rtcpMux,
  };
}

/** What the chosen media encryption means; a warning where its keys would travel in the clear (RFC 4568 §7.1). */
export function encryptionSentence({ mediaEncryption, transport }: AccountDraft): {
  state: 'fine' | 'warn';
  sentence: string;
} {
  const keysInSdp = mediaEncryption === 'optional' || mediaEncryption === 'sdes';
  const hidden = transport === 'tls' || transport === 'wss';
  // What `auto` finds in DNS is not known yet.
  if (keysInSdp && !hidden && transport !== 'auto')
    return { state: 'warn', sentence: en.account.keysInClear };
  return { state: 'fine', sentence: en.account.encryptionMeans[mediaEncryption] };
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);
