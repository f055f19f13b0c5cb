/**
 * An SDP text (RFC 4566) as the few things that offer/answer needs of it: its m= lines in order, each with what is said of it
 * at media level or, failing that, at session level. Anything that is not SDP is a value, never a throw.
 */
import { parse } from 'sdp-transform';

export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One RTP payload format of an m= line. */
export interface PayloadFormat {
  payloadType: number;
  /** Encoding name in upper case, from a=rtpmap or the static table of RFC 3551 §6; empty when unknown. */
  name: string;
  clockRate: number;
  channels: number;
  /** Of a=fmtp; empty without it. */
  parameters: string;
}

export interface MediaLine {
  kind: string;
  port: number;
  /** Transport protocol, such as RTP/AVP. */
  protocol: string;
  /** The formats exactly as written after the protocol. */
  formatText: string;
  formats: PayloadFormat[];
  /** Address of c=, empty when there is none. */
  address: string;
  direction: MediaDirection;
  /** a=ptime in milliseconds. */
  packetTimeMs: number | undefined;
  /** a=maxptime in milliseconds. */
  maxPacketTimeMs: number | undefined;
  /** Port of a=rtcp (RFC 3605). */
  rtcpPort: number | undefined;
  /** Its a= lines without `a=`, and those of the session. */
  attributes: { own: readonly string[]; session: readonly string[] };
}

/** What stands after `a=name:`, of this stream or, where it says nothing of that name, of the session (RFC 8859 §4). */
export function attributeValues({ attributes }: MediaLine, name: string): string[] {
  const start = `${name}:`;
  const among = (lines: readonly string[]) =>
    lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length).trim());
  const own = among(attributes.own);
  return own.length > 0 ? own : among(attributes.session);
}

export interface SessionDescription {
  /** The t= lines' values; an answer repeats them (RFC 3264 §6). */
  timing: string;
  media: MediaLine[];
}

/** Payload types 0 to 34 that this phone may meet without a=rtpmap (RFC 3551 §6, table 4). */
const staticFormats = new Map<number, { name: string; clockRate: number }>([
  [0, { name: 'PCMU', clockRate: 8000 }],
  [3, { name: 'GSM', clockRate: 8000 }],
  [4, { name: 'G723', clockRate: 8000 }],
  [8, { name: 'PCMA', clockRate: 8000 }],
  [9, { name: 'G722', clockRate: 8000 }],
  [13, { name: 'CN', clockRate: 8000 }],
  [18, { name: 'G729', clockRate: 8000 }],
]);

const directions: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
const isDirection = (value: unknown): value is MediaDirection =>
  typeof value === 'string' && directions.includes(value);
function millisecondsOf(value: unknown): number | undefined {
  const milliseconds = Number(value);
  return Number.isInteger(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}

const mediaPattern = /^m=(\S+) (\d{1,5})(?:\/\d+)? (\S+) (\S.*)$/;
/** Longer than any honest description; bounds the work on a hostile one. */
const longestText = 32_768;

/** Reads an SDP text; undefined when it is none (no v=0, an unreadable m= line, too long). */
export function readSessionDescription(text: string): SessionDescription | undefined {
  if (text.length > longestText || !/^v=0\s*$/m.test(text)) return undefined;
  const lines = text.split(/\r\n|\r|\n/);
  const mediaTexts = lines.filter((line) => line.startsWith('m='));
  const sections = sectionsOf(lines).map(attributesOf);
  const timing = lines.find((line) => line.startsWith('t='))?.slice(2) ?? '0 0';
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(text);
  } catch {
    return undefined;
  }
  if (parsed.media.length !== mediaTexts.length) return undefined;
  const media: MediaLine[] = [];
  for (const [index, mediaText] of mediaTexts.entries()) {
    const match = mediaPattern.exec(mediaText.trimEnd());
    const details = parsed.media[index];
    if (match === null || details === undefined) return undefined;
    const [, kind = '', port = '', protocol = '', formatText = ''] = match;
    if (Number(port) > 65_535) return undefined;
    const mapped = new Map(details.rtp.map((each) => [Number(each.payload), each]));
    const explained = new Map(details.fmtp.map((each) => [Number(each.payload), String(each.config)]));
    const formats = formatText.split(/\s+/).flatMap((word): PayloadFormat[] => {
      if (!/^\d{1,3}$/.test(word)) return [];
      const payloadType = Number(word);
      const row = mapped.get(payloadType);
      const parameters = explained.get(payloadType) ?? '';
      if (row !== undefined) {
        const name = String(row.codec).toUpperCase();
        const channels = Number(row.encoding ?? 1);
        return [{ payloadType, name, clockRate: row.rate ?? 0, channels, parameters }];
      }
      const known = staticFormats.get(payloadType) ?? { name: '', clockRate: 0 };
      return [{ payloadType, ...known, channels: 1, parameters }];
    });
    const ownDirection = isDirection(details.direction) ? details.direction : undefined;
    const sessionDirection = isDirection(parsed.direction) ? parsed.direction : undefined;
    media.push({
      kind,
      port: Number(port),
      protocol,
      formatText,
      formats,
      address: String(details.connection?.ip ?? parsed.connection?.ip ?? '').split('/')[0] ?? '',
      direction: ownDirection ?? sessionDirection ?? 'sendrecv',
      packetTimeMs: millisecondsOf(details.ptime),
      maxPacketTimeMs: millisecondsOf(details.maxptime),
      rtcpPort: details.rtcp?.port,
      attributes: { own: sections[index + 1] ?? [], session: sections[0] ?? [] },
    });
  }
  return { timing, media };
}

/** The lines of the session, then those of each stream. */
function sectionsOf(lines: readonly string[]): string[][] {
  const sections: string[][] = [[]];
  for (const line of lines) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections;
}

const attributesOf = (lines: readonly string[]) =>
  lines.filter((line) => line.startsWith('a=')).map((line) => line.slice('a='.length));
