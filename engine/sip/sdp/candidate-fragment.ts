/**
 * Candidates that follow a description: the piece of SDP that an INFO carries (application/trickle-ice-sdpfrag, RFC 8840 §9). It names the
 * credentials that they belong to, and the stream in a line that only looks like a description's.
 */
import type { IceDescription } from '../../nat/ice-description.ts';
import { bad, good, type Result } from '../../result.ts';

export const fragmentType = 'application/trickle-ice-sdpfrag';

/** `malformed`: no lines of SDP, or more than anybody needs. `nameless`: no credentials that would tell whose candidates they are. */
export type FragmentProblem = 'malformed' | 'nameless';

const longestFragment = 65_536;
const mostCandidates = 256;

/** @param mid the stream's name in both descriptions */
export function writeFragment({ ufrag, pwd, candidates, complete }: IceDescription, mid: string): string {
  const lines = [
    `a=ice-pwd:${pwd}`,
    `a=ice-ufrag:${ufrag}`,
    'm=audio 9 RTP/AVP 0',
    `a=mid:${mid}`,
    ...candidates.map((value) => `a=candidate:${value}`),
    ...(complete ? ['a=end-of-candidates'] : []),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** Attributes in their order, as far as the next m= line. */
type Section = readonly { name: string; value: string }[];

const valueOf = (section: Section, name: string) => section.find((each) => each.name === name)?.value;
const has = (section: Section, name: string) => section.some((each) => each.name === name);

/** What stands before the first m= line, and after each of them; undefined for what is no SDP. */
function sectionsOf(text: string): [Section, ...Section[]] | undefined {
  const sections: [{ name: string; value: string }[], ...{ name: string; value: string }[][]] = [[]];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const [, type, content = ''] = /^([a-z])=(.+)$/.exec(line) ?? [];
    if (type === undefined) return undefined;
    const colon = content.indexOf(':');
    if (type === 'm') sections.push([]);
    else if (type === 'a')
      sections.at(-1)?.push({
        name: colon < 0 ? content.trim() : content.slice(0, colon),
        value: colon < 0 ? '' : content.slice(colon + 1).trim(),
      });
    // Any other line is somebody's extension (§9.2).
  }
  return sections;
}

/** Reads what a fragment says of the stream of this name; null when it speaks of other streams alone. */
export function readFragment(text: string, mid: string): Result<IceDescription | null, FragmentProblem> {
  if (text.length > longestFragment) return bad('malformed');
  const sections = sectionsOf(text);
  if (sections === undefined) return bad('malformed');
  const [session, ...streams] = sections;
  const stream = streams.find((each) => valueOf(each, 'mid') === mid);
  const ufrag = valueOf(stream ?? [], 'ice-ufrag') ?? valueOf(session, 'ice-ufrag');
  const pwd = valueOf(stream ?? [], 'ice-pwd') ?? valueOf(session, 'ice-pwd');
  if (stream === undefined) return streams.length === 0 ? bad('malformed') : good(null);
  if (ufrag === undefined || pwd === undefined || ufrag === '' || pwd === '') return bad('nameless');
  const candidates = stream.filter(({ name }) => name === 'candidate').map(({ value }) => value);
  if (candidates.length > mostCandidates) return bad('malformed');
  const complete = has(stream, 'end-of-candidates') || has(session, 'end-of-candidates');
  return good({ ufrag, pwd, candidates, complete });
}
