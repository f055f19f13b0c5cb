/**
 * The phone's settings. The keys are literally those of the alignment table with the Zultys ZIP33G desk phone
 * (`rtp.port_min`, `dtmf.duration`, …), so that a PBX, an administrator and a settings report all mean the same thing.
 * Every row has a default (`defaultSettings`); a document may leave out what it does not change (`completeSettings`).
 */
import * as z from 'zod';

const port = z.number().int().min(1024).max(65_535);

const codecNames = ['PCMU', 'PCMA', 'G722', 'opus', 'L16', 'telephone-event'] as const;
const codecName = z.enum(codecNames);

/** One row of `codecs[]`: RTP payload type, encoding name (RFC 4855), order of preference (1 = first) and whether it is offered. */
const codecSetting = z.object({
  payload_type: z.number().int().min(0).max(127),
  name: codecName,
  priority: z.number().int().min(1).max(99),
  enabled: z.boolean(),
});

/** `auto`: what the domain's NAPTR and SRV records name (RFC 3263 §4.1), UDP without any. */
const transportName = z.enum(['auto', 'udp', 'tcp', 'tls', 'ws', 'wss']);
export type TransportName = z.infer<typeof transportName>;

/** A reference to a secret in the system's keychain. Settings never hold the secret itself. */
const secretReference = z.object({ service: z.string().min(1), account: z.string().min(1) });
export type SecretReference = z.infer<typeof secretReference>;

export const accountSettings = z.object({
  /** Stable identifier, made once. */
  id: z.string().min(1),
  /** What people call this line: "Office". */
  label: z.string(),
  /** The practice account lives on this computer and needs no server. */
  kind: z.enum(['practice', 'sip']),
  enabled: z.boolean().default(true),
  /** Extension: the user part of the SIP address. */
  user: z.string().min(1),
  /** Authentication user name when it is not `user`. */
  auth_user: z.string().default(''),
  display_name: z.string().default(''),
  /** Host name or address of the registrar. Without a port, a name is looked up by NAPTR and SRV first (RFC 3263). */
  server: z.string().min(1),
  /** 0 means the transport's own port (5060, 5061, 80, 443). */
  port: z.number().int().min(0).max(65_535).default(0),
  /** SIP domain when it differs from the server's host. Empty means the server's host. */
  domain: z.string().default(''),
  transport: transportName.default('udp'),
  /** WebSocket URI when it is not `ws(s)://server:port/ws`. */
  ws_uri: z.string().default(''),
  /** `host`, `host:port` or a sip: URI that every request goes through instead of the server. Empty means none. */
  outbound_proxy: z.string().default(''),
  /** Certificates of authorities to trust beside the system's, PEM. */
  tls_ca: z.string().default(''),
  /** SHA-256 fingerprints (`AB:CD:…`) of server certificates that are trusted whoever signed them. */
  tls_pins: z.array(z.string()).default([]),
  /** Asks the server to withhold who calls (RFC 3323 `Privacy: id`). */
  anonymous: z.boolean().default(false),
  /** Where the voicemail key dials. */
  voicemail_number: z.string().default('*97'),
  /**
   * How sound is encrypted. `off`: not offered, taken where the far side wants it. `optional`: keys are offered in SDP beside plain
   * RTP (RFC 4568 in RTP/AVP), and either is taken. `sdes`, `dtls`: encrypted in that way (RFC 4568, RFC 5763), or there is no call.
   */
  media_encryption: z.enum(['off', 'optional', 'sdes', 'dtls']).default('off'),
  /** Finds the way of the sound by ICE (RFC 8445). Without it, sound goes to where SDP says. */
  ice: z.boolean().default(false),
  /** Candidates may follow a description by SIP INFO (RFC 8840), and an answer does not wait for servers. */
  ice_trickle: z.boolean().default(false),
  /** Offers RTP and RTCP on one port (RFC 5761). */
  rtcp_mux: z.boolean().default(false),
  /** Publishes the person's presence (RFC 3903). */
  publish_presence: z.boolean().default(false),
  /** Where calls go instead, as set through the PBX's feature codes; empty means here. */
  forward: z
    .object({ always: z.string(), busy: z.string(), unavailable: z.string() })
    .default({ always: '', busy: '', unavailable: '' }),
  /** Seconds between registrations asked of the registrar (RFC 3261 §10.2.1.1). */
  register_expires: z.number().int().min(30).max(86_400).default(300),
  password: secretReference.optional(),
});
export type AccountSettings = z.infer<typeof accountSettings>;

const sections = {
  codecs: z.array(codecSetting),
  dtmf: z.object({
    mode: z.enum(['RFC2833', 'INFO']),
    payload_type: z.number().int().min(96).max(127),
    /** Milliseconds a digit lasts on the wire. */
    duration: z.number().int().min(40).max(8000),
    sip_info_fallback: z.boolean(),
  }),
  rtp: z.object({
    port_min: port,
    port_max: port,
    /** Milliseconds of sound in a packet. */
    packet_time: z.union([z.literal(10), z.literal(20), z.literal(30), z.literal(40), z.literal(60)]),
  }),
  opus: z.object({
    /** Sound up to 8 kHz (`16000`) or everything that can be heard (`48000`): `maxplaybackrate` of RFC 7587. */
    sample_rate: z.union([z.literal(16_000), z.literal(48_000)]),
    /** Bits a second. */
    bitrate: z.number().int().min(6000).max(128_000),
    /** Each packet carries a coarse copy of the one before (in-band FEC). */
    fec: z.boolean(),
    /** Sends next to nothing while nobody speaks. */
    dtx: z.boolean(),
  }),
  /** Differentiated services code point that sound should carry (RFC 4594: 46, expedited forwarding); set by the system's policy. */
  qos: z.object({ dscp: z.number().int().min(0).max(63) }),
  recording: z.object({
    /** Whether calls may be recorded at all. */
    allowed: z.boolean(),
    /** The far side hears a short tone every 15 seconds. */
    tone: z.boolean(),
    /** Every answered call is recorded. */
    automatic: z.boolean(),
    /** Folder of the recordings; empty means the phone's own. */
    folder: z.string(),
  }),
  nat: z.object({
    /** Seconds between keepalives that hold a NAT's binding open. */
    udp_update_time: z.number().int().min(5).max(3600),
    /** RFC 3581: ask the server to answer to where the request came from. */
    rport: z.boolean(),
  }),
  /** Session-Expires of a call in seconds (RFC 4028). */
  session_timeout: z.number().int().min(90).max(86_400),
  /** Idle browser sessions end at the server after this many seconds. */
  browser_session_timeout: z.number().int().min(60).max(86_400),
  audio: z.object({
    echo_cancellation: z.boolean(),
    noise_reduction: z.boolean(),
    auto_gain_control: z.boolean(),
    voice_activity_detection: z.boolean(),
    comfort_noise: z.boolean(),
    /** Takes noise out of the microphone with a neural network, beside what the system does. */
    strong_noise_reduction: z.boolean(),
    /** How loud one hears oneself, linear; 0 is off. */
    sidetone_volume: z.number().min(0).max(1),
    /** Linear gains; 1 leaves the sound as it is. */
    microphone_volume: z.number().min(0).max(2),
    speaker_volume: z.number().min(0).max(2),
    ring_volume: z.number().min(0).max(1),
    /** Device identifiers of the shell; empty means the system's default. */
    input_device: z.string(),
    output_device: z.string(),
    ring_device: z.string(),
  }),
  calls: z.object({
    /** Turns every call away as busy. */
    do_not_disturb: z.boolean(),
    /** A second call rings beside a first one; else it is turned away as busy. */
    call_waiting: z.boolean(),
    /** Answers at once when the PBX asks for it (Call-Info, Alert-Info): paging and intercom. Off unless policy allows it. */
    auto_answer: z.boolean(),
    /** What a 3xx does: asks the person, or goes to the new address by itself. */
    redirects: z.enum(['ask', 'automatic']),
    /** Follows a transfer that the far side asks for (REFER). */
    accept_transfers: z.boolean(),
  }),
  /** What is dialled so that the PBX does something; the defaults are FreePBX's. An empty code means that the PBX has none. */
  feature_codes: z.object({
    forward_always_on: z.string(),
    forward_always_off: z.string(),
    forward_busy_on: z.string(),
    forward_busy_off: z.string(),
    forward_unavailable_on: z.string(),
    forward_unavailable_off: z.string(),
    /** Followed by the extension whose ringing call is picked up. */
    pick_up: z.string(),
  }),
  /** Extensions whose state is shown (RFC 4235), in the order of the list. */
  lamps: z.array(
    z.object({
      number: z.string().min(1),
      label: z.string(),
      /** Account to watch through; empty means the usual one. */
      account_id: z.string(),
    }),
  ),
  /** URN of this phone (RFC 5626 §4.1), made once by the phone; empty until then. */
  instance_id: z.string(),
  stun_servers: z.array(z.string()),
  turn_servers: z.array(
    z.object({
      /** `turn:host:port?transport=udp|tcp`, `turns:host:port` (RFC 7065). */
      url: z.string(),
      /** Long-term user name (RFC 8489 §9.2); with a shared secret, what follows the expiry time. */
      username: z.string(),
      /** `secret`: the credential is the server's shared secret, from which time-limited passwords are made. */
      credential_type: z.enum(['password', 'secret']),
      credential: secretReference.optional(),
    }),
  ),
  ice_transport_policy: z.enum(['all', 'relay']),
  verbose_logging: z.boolean(),
  /** The account that calls go out on; empty means the first enabled one that is not for practice, else practice. */
  default_account: z.string(),
  interface: z.object({
    theme: z.enum(['system', 'light', 'dark']),
    single_key_shortcuts: z.boolean(),
    /** True once the first-run sheet has been answered. */
    first_run_done: z.boolean(),
    /** What the number field starts with. */
    prefilled_target: z.string(),
  }),
};

export const settings = z
  .object({ version: z.literal(1), ...sections, accounts: z.array(accountSettings) })
  .refine(({ rtp }) => rtp.port_max > rtp.port_min, {
    path: ['rtp', 'port_max'],
    message: 'rtp.port_max must be greater than rtp.port_min',
  });
export type Settings = z.infer<typeof settings>;

/** What a person or a server wants changed: any subset, section by section. Accounts change by requests of their own. */
export const settingsPatch = z
  .object({
    ...sections,
    dtmf: sections.dtmf.partial(),
    rtp: sections.rtp.partial(),
    opus: sections.opus.partial(),
    qos: sections.qos.partial(),
    recording: sections.recording.partial(),
    nat: sections.nat.partial(),
    audio: sections.audio.partial(),
    calls: sections.calls.partial(),
    feature_codes: sections.feature_codes.partial(),
    interface: sections.interface.partial(),
  })
  .partial()
  .strict();
export type SettingsPatch = z.infer<typeof settingsPatch>;

/** The settings of a phone that nobody has touched. */
export const defaultSettings: Settings = {
  version: 1,
  codecs: [
    { payload_type: 0, name: 'PCMU', priority: 1, enabled: true },
    { payload_type: 8, name: 'PCMA', priority: 2, enabled: true },
    { payload_type: 101, name: 'telephone-event', priority: 3, enabled: true },
    { payload_type: 107, name: 'opus', priority: 4, enabled: true },
    { payload_type: 9, name: 'G722', priority: 5, enabled: true },
    { payload_type: 118, name: 'L16', priority: 6, enabled: false },
  ],
  dtmf: { mode: 'RFC2833', payload_type: 101, duration: 160, sip_info_fallback: true },
  rtp: { port_min: 10_000, port_max: 20_000, packet_time: 20 },
  opus: { sample_rate: 48_000, bitrate: 32_000, fec: true, dtx: false },
  qos: { dscp: 46 },
  recording: { allowed: true, tone: true, automatic: false, folder: '' },
  nat: { udp_update_time: 30, rport: true },
  session_timeout: 3600,
  browser_session_timeout: 3600,
  audio: {
    echo_cancellation: true,
    noise_reduction: true,
    auto_gain_control: true,
    voice_activity_detection: true,
    comfort_noise: true,
    strong_noise_reduction: false,
    sidetone_volume: 0,
    microphone_volume: 1,
    speaker_volume: 1,
    ring_volume: 0.8,
    input_device: '',
    output_device: '',
    ring_device: '',
  },
  calls: {
    do_not_disturb: false,
    call_waiting: true,
    auto_answer: false,
    redirects: 'ask',
    accept_transfers: true,
  },
  feature_codes: {
    forward_always_on: '*72',
    forward_always_off: '*73',
    forward_busy_on: '*90',
    forward_busy_off: '*91',
    forward_unavailable_on: '*52',
    forward_unavailable_off: '*53',
    pick_up: '**',
  },
  lamps: [],
  instance_id: '',
  stun_servers: [],
  turn_servers: [],
  ice_transport_policy: 'all',
  verbose_logging: false,
  accounts: [],
  default_account: '',
  interface: { theme: 'system', single_key_shortcuts: true, first_run_done: false, prefilled_target: '1001' },
};

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Lays a partial document over complete settings, section by section; arrays are replaced whole.
 * The result is not validated: parse it with {@link settings}.
 */
export function layOver(base: Settings, document: unknown): unknown {
  const result: Record<string, unknown> = { ...base };
  if (!isSection(document)) return result;
  for (const [key, value] of Object.entries(document)) {
    const before = result[key];
    result[key] = isSection(before) && isSection(value) ? { ...before, ...value } : value;
  }
  return result;
}

/** A stored or pushed document made complete with the defaults and validated. Throws a ZodError that names each bad key. */
export function completeSettings(document: unknown): Settings {
  return settings.parse(layOver(defaultSettings, document));
}

/** Settings with a validated change applied. Throws a ZodError when the outcome would be invalid. */
export function applyPatch(base: Settings, patch: SettingsPatch): Settings {
  return settings.parse(layOver(base, patch));
}
