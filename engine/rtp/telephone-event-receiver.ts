/**
 * Hears keys out of telephone-events (RFC 4733 §2.5.2): exactly one key for each event, though packets are lost, repeated
 * or out of order, though the end never comes, and though some senders move the timestamp within one key.
 *
 *            first packet of an event                         end packet · silence of 250 ms · a later event: `key`
 *   idle ───────────────────────────────▶ hearing ────────────────────────────────────────────────────────▶ idle
 *     a packet that overlaps a finished       a packet of the same event: the longest duration counts
 *     event of the same key: nothing          a next segment (§2.5.1.3): the durations add up
 */
import { timestampDistance } from './packet.ts';
import { keyOfEvent, type TelephoneEvent } from './telephone-event.ts';

/** No update for this long: the end was lost (updates come every packet time, 20 to 60 ms). */
const silenceMs = 250;
const maxSegmentTicks = 0xffff;
/** The end is sent three times (§2.5.1.4): so many packets behind it a wrong timestamp may lie. */
const strayPackets = 3;

interface Span {
  event: number;
  /** RTP timestamp of its beginning. */
  timestamp: number;
  /** Of the whole event, all segments. */
  ticks: number;
}

export interface ReceiverState {
  hearing: (Span & { lastHeardMs: number }) | null;
  finished: Span | null;
}

export type ReceiverInput =
  | {
      type: 'packet';
      marker: boolean;
      timestamp: number;
      event: TelephoneEvent;
      /** Between two packets of an event, by the clock of the timestamps. */
      updateTicks: number;
      nowMs: number;
    }
  /** Time passes; give it a few times a second while {@link ReceiverState.hearing} is set. */
  | { type: 'clock'; nowMs: number };

export interface HeardKey {
  digit: string;
  ticks: number;
}

export const idleReceiver: ReceiverState = { hearing: null, finished: null };

/** One step of the receiver. The keys come in the order in which they were pressed. */
export function stepReceiver(state: ReceiverState, input: ReceiverInput): [ReceiverState, HeardKey[]] {
  const { hearing, finished } = state;
  if (input.type === 'clock') {
    if (!hearing || input.nowMs - hearing.lastHeardMs < silenceMs) return [state, []];
    return [{ hearing: null, finished: hearing }, keyOf(hearing)];
  }
  const { event, timestamp, nowMs } = input;
  if (hearing && isSameEvent(hearing, input)) {
    const longer = { ...hearing, ticks: ticksTold(hearing, input), lastHeardMs: nowMs };
    return event.end
      ? [{ hearing: null, finished: longer }, keyOf(longer)]
      : [{ ...state, hearing: longer }, []];
  }
  if (finished && isSameEvent(finished, input)) {
    return [{ ...state, finished: { ...finished, ticks: ticksTold(finished, input) } }, []];
  }
  if (finished && isBefore(finished, timestamp)) return [state, []];
  if (hearing && isBefore(hearing, timestamp)) return [state, []];

  const begun = { event: event.event, timestamp, ticks: event.duration, lastHeardMs: nowMs };
  const earlier = hearing ? keyOf(hearing) : [];
  if (event.end) return [{ hearing: null, finished: begun }, [...earlier, ...keyOf(begun)]];
  return [{ hearing: begun, finished: hearing ?? finished }, earlier];
}

/**
 * The same key: it has the same timestamp, overlaps the span, goes on as its next segment, or comes from a sender that moves
 * the timestamp although the duration shows that it is the same key still.
 */
function isSameEvent(span: Span, input: ReceiverInput & { type: 'packet' }): boolean {
  const { event, timestamp, marker, updateTicks } = input;
  const distance = timestampDistance(span.timestamp, timestamp);
  if (event.event !== span.event || distance < 0) return false;
  if (distance < Math.max(1, span.ticks) || distance % maxSegmentTicks === 0) return true;
  const grown = event.duration > span.ticks || (event.end && event.duration === span.ticks);
  return !marker && grown && distance < span.ticks + strayPackets * updateTicks;
}

/** Up to where the whole event is told now. */
function ticksTold(span: Span, { event, timestamp }: ReceiverInput & { type: 'packet' }): number {
  const distance = timestampDistance(span.timestamp, timestamp);
  const before = distance % maxSegmentTicks === 0 ? distance : 0;
  return Math.max(span.ticks, before + event.duration);
}

function isBefore(span: Span, timestamp: number): boolean {
  return timestampDistance(span.timestamp, timestamp) < 0;
}

function keyOf(span: Span): HeardKey[] {
  const digit = keyOfEvent(span.event);
  return digit === null ? [] : [{ digit, ticks: span.ticks }];
}
