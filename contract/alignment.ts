/**
 * The alignment table: every row that the phone shares with the Zultys ZIP33G desk phone, with the value that
 * counts as matched. `Settings > About this phone` and `sidetone settings` print the report.
 */
import { defaultSettings, type Settings } from './settings.ts';

export interface AlignmentRow {
  /** What people call it. */
  setting: string;
  /** Its key in the settings document. */
  key: string;
  /** The desk phone's value, as text. */
  expected: string;
  /** This phone's value, as text. */
  actual: string;
  matched: boolean;
}

const codecLine = (settings: Settings) =>
  settings.codecs
    .filter((codec) => codec.enabled)
    .toSorted((a, b) => a.priority - b.priority)
    .map((codec) => `${codec.name} ${codec.payload_type}`)
    .join(', ');
const listLine = (items: readonly string[]) => (items.length === 0 ? 'none' : items.join(', '));
const yesNo = (value: boolean) => (value ? 'on' : 'off');

const rows: { setting: string; key: string; show: (settings: Settings) => string }[] = [
  { setting: 'Codecs by priority', key: 'codecs', show: codecLine },
  { setting: 'DTMF method', key: 'dtmf.mode', show: ({ dtmf }) => dtmf.mode },
  { setting: 'DTMF payload type', key: 'dtmf.payload_type', show: ({ dtmf }) => `${dtmf.payload_type}` },
  { setting: 'DTMF duration', key: 'dtmf.duration', show: ({ dtmf }) => `${dtmf.duration} ms` },
  {
    setting: 'SIP INFO fallback',
    key: 'dtmf.sip_info_fallback',
    show: ({ dtmf }) => yesNo(dtmf.sip_info_fallback),
  },
  {
    setting: 'RTP ports',
    key: 'rtp.port_min, rtp.port_max',
    show: ({ rtp }) => `${rtp.port_min} to ${rtp.port_max}`,
  },
  { setting: 'RTP packet time', key: 'rtp.packet_time', show: ({ rtp }) => `${rtp.packet_time} ms` },
  { setting: 'NAT keepalive', key: 'nat.udp_update_time', show: ({ nat }) => `${nat.udp_update_time} s` },
  { setting: 'rport', key: 'nat.rport', show: ({ nat }) => yesNo(nat.rport) },
  { setting: 'Session expiry', key: 'session_timeout', show: (settings) => `${settings.session_timeout} s` },
  {
    setting: 'Echo cancellation',
    key: 'audio.echo_cancellation',
    show: ({ audio }) => yesNo(audio.echo_cancellation),
  },
  {
    setting: 'Noise reduction',
    key: 'audio.noise_reduction',
    show: ({ audio }) => yesNo(audio.noise_reduction),
  },
  {
    setting: 'Automatic gain',
    key: 'audio.auto_gain_control',
    show: ({ audio }) => yesNo(audio.auto_gain_control),
  },
  {
    setting: 'Voice activity detection',
    key: 'audio.voice_activity_detection',
    show: ({ audio }) => yesNo(audio.voice_activity_detection),
  },
  { setting: 'Comfort noise', key: 'audio.comfort_noise', show: ({ audio }) => yesNo(audio.comfort_noise) },
  { setting: 'STUN servers', key: 'stun_servers', show: (settings) => listLine(settings.stun_servers) },
  {
    setting: 'TURN servers',
    key: 'turn_servers',
    show: (settings) => listLine(settings.turn_servers.map(({ url }) => url)),
  },
  { setting: 'ICE policy', key: 'ice_transport_policy', show: (settings) => settings.ice_transport_policy },
  { setting: 'Verbose logging', key: 'verbose_logging', show: (settings) => yesNo(settings.verbose_logging) },
];

/** Each row of the alignment table held against the given settings. */
export function alignmentReport(settings: Settings): AlignmentRow[] {
  return rows.map(({ setting, key, show }) => {
    const expected = show(defaultSettings);
    const actual = show(settings);
    return { setting, key, expected, actual, matched: expected === actual };
  });
}
