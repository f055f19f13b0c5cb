/** A trace as a ladder: the phone on the left, the server on the right, time running down. */
import type { TraceEntry } from '../engine/sip/message-trace.ts';

/** Characters between the two poles. */
const span = 46;

/** Local time to the millisecond. */
function clock(at: number): string {
  const time = new Date(at);
  return `${time.toLocaleTimeString('en-GB')}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/** The ladder's two heads. */
export function ladderHead(server: string): string {
  return `${' '.repeat(14)}phone${' '.repeat(span - 3)}${server}`;
}

/** One rung: `14:02:11.123  │ ── INVITE 600 ─────────────► │  SDP PCMU/PCMA sendrecv`. */
export function ladderRung({ direction, at, summary, remark }: TraceEntry): string {
  const label = summary.length > span - 8 ? `${summary.slice(0, span - 9)}…` : summary;
  const line = '─'.repeat(span - 6 - label.length);
  const arrow = direction === 'sent' ? `── ${label} ${line}► ` : `◄${line} ${label} ── `;
  return `${clock(at)}  │ ${arrow}│  ${remark}`.trimEnd();
}
