/**
 * Keys as named events (RFC 4733 §2.3): the payload, and the sender. The receiver is telephone-event-receiver.ts.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |     event     |E|R| volume    |          duration             |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * The sender is driven by the slots of the audio clock. A slot either belongs to an event, or to sound:
 *
 *            press                duration reached: end packet, `sent`       second repeat
 *   idle ─────────────▶ sending ─────────────────────────────▶ ending ─────────────────────────▶ gap ──over──▶ idle
 *     a slot is sound    a slot sends an update:                a slot repeats the end packet     a slot is sound
 *                        M on the first, timestamp fixed,
 *                        duration growing; past 0xFFFF a new
 *                        segment begins (§2.5.1.3)
 */
import { assertNever } from '../../contract/assert-never.ts';
import { bad, good, type Result } from '../result.ts';

export interface TelephoneEvent {
  /** 0 to 9, `*` 10, `#` 11, A to D 12 to 15; others are not keys. */
  event: number;
  end: boolean;
  /** Attenuation in −dBm0, 0 to 63. */
  volume: number;
  /** In timestamp ticks, 16 bits. */
  duration: number;
}

const keys = '0123456789*#ABCD';
const maxSegmentTicks = 0xffff;
/** As loud as a telephone's own keys. */
const keyVolume = 10;
const endPackets = 3;

/** The key of an event code, or null when the code is not a key (tones, flash). */
export function keyOfEvent(event: number): string | null {
  return keys[event] ?? null;
}

/** The event code of a key (`a` to `d` too), or null when it is not one. */
export function eventOfKey(key: string): number | null {
  const event = key.length === 1 ? keys.indexOf(key.toUpperCase()) : -1;
  return event < 0 ? null : event;
}

export function parseTelephoneEvent(payload: Uint8Array): Result<TelephoneEvent, 'short'> {
  const [event, flags, high, low] = payload;
  if (event === undefined || flags === undefined || high === undefined || low === undefined)
    return bad('short');
  return good({ event, end: (flags & 0x80) !== 0, volume: flags & 0x3f, duration: (high << 8) | low });
}

export function serialiseTelephoneEvent({ event, end, volume, duration }: TelephoneEvent): Uint8Array {
  return Uint8Array.of(event, (end ? 0x80 : 0) | volume, duration >> 8, duration & 0xff);
}

/** A key that waits for its turn. */
export interface KeyPress {
  digit: string;
  durationMs: number;
  /** Silence after it before the next key may begin. */
  gapMs: number;
}

interface Sending {
  press: KeyPress;
  event: number;
  /** The whole event's length. */
  totalTicks: number;
  /** What earlier segments have told already. */
  toldTicks: number;
  /** Of the whole event, up to the end of the last slot. */
  elapsedTicks: number;
  /** Of the current segment. */
  segmentTimestamp: number;
}

export type SenderState = { queue: readonly KeyPress[] } & (
  | { phase: 'idle' }
  | ({ phase: 'sending' } & Sending)
  | {
      phase: 'ending';
      end: TelephoneEvent;
      timestamp: number;
      repeatsLeft: number;
      gapTicks: number;
    }
  | { phase: 'gap'; gapTicks: number }
);

export type SenderInput =
  | { type: 'press'; press: KeyPress }
  /** The next slot of the audio clock; `timestamp` is what a sound packet of this slot would carry. */
  | { type: 'slot'; timestamp: number; slotTicks: number; clockRate: number };

export type SenderEffect =
  | { type: 'packet'; marker: boolean; timestamp: number; payload: Uint8Array }
  /** With the first end packet: the far side knows the whole key, the repeats are for losses (§2.5.1.4). */
  | { type: 'sent'; press: KeyPress };

export const idleSender: SenderState = { phase: 'idle', queue: [] };

/** Nothing is sent and nothing waits: a slot is sound and changes nothing. */
export function isIdle({ phase, queue }: SenderState): boolean {
  return phase === 'idle' && queue.length === 0;
}

/**
 * One step of the sender. A slot without a `packet` effect belongs to sound.
 * @throws RangeError for a press that is no key; check with {@link eventOfKey} first.
 */
export function stepSender(state: SenderState, input: SenderInput): [SenderState, SenderEffect[]] {
  if (input.type === 'press') {
    if (eventOfKey(input.press.digit) === null) throw new RangeError('not a key of RFC 4733');
    return [{ ...state, queue: [...state.queue, input.press] }, []];
  }
  const { timestamp, slotTicks, clockRate } = input;
  switch (state.phase) {
    case 'idle':
      return begin(state.queue, timestamp, slotTicks, clockRate);
    case 'sending':
      return continueEvent(state, slotTicks, clockRate);
    case 'ending': {
      const { queue, end, repeatsLeft } = state;
      const packet = packetOf(false, state.timestamp, end);
      const gapTicks = state.gapTicks - slotTicks;
      if (repeatsLeft > 1) return [{ ...state, repeatsLeft: repeatsLeft - 1, gapTicks }, [packet]];
      const next: SenderState = gapTicks > 0 ? { phase: 'gap', queue, gapTicks } : { phase: 'idle', queue };
      return [next, [packet]];
    }
    case 'gap': {
      const gapTicks = state.gapTicks - slotTicks;
      const { queue } = state;
      return [gapTicks > 0 ? { phase: 'gap', queue, gapTicks } : { phase: 'idle', queue }, []];
    }
    default:
      return assertNever(state);
  }
}

function begin(
  queue: readonly KeyPress[],
  timestamp: number,
  slotTicks: number,
  clockRate: number,
): [SenderState, SenderEffect[]] {
  const [press, ...rest] = queue;
  if (!press) return [{ phase: 'idle', queue }, []];
  const event = eventOfKey(press.digit) ?? 0;
  const totalTicks = Math.max(1, Math.round((press.durationMs * clockRate) / 1000));
  return continueEvent(
    {
      phase: 'sending',
      queue: rest,
      press,
      event,
      totalTicks,
      toldTicks: 0,
      elapsedTicks: 0,
      segmentTimestamp: timestamp,
    },
    slotTicks,
    clockRate,
  );
}

function continueEvent(
  state: SenderState & { phase: 'sending' },
  slotTicks: number,
  clockRate: number,
): [SenderState, SenderEffect[]] {
  const { press, event, totalTicks, toldTicks, segmentTimestamp, queue } = state;
  const marker = state.elapsedTicks === 0;
  const elapsedTicks = state.elapsedTicks + slotTicks;
  const segmentTicks = Math.min(elapsedTicks, totalTicks) - toldTicks;

  if (segmentTicks > maxSegmentTicks) {
    // §2.5.1.3: this segment ends full and without E; the next one begins where it ended, without M.
    const full = { event, end: false, volume: keyVolume, duration: maxSegmentTicks };
    const next: SenderState = {
      ...state,
      elapsedTicks,
      toldTicks: toldTicks + maxSegmentTicks,
      segmentTimestamp: (segmentTimestamp + maxSegmentTicks) >>> 0,
    };
    return [next, [packetOf(marker, segmentTimestamp, full)]];
  }
  if (elapsedTicks < totalTicks) {
    const update = { event, end: false, volume: keyVolume, duration: segmentTicks };
    return [{ ...state, elapsedTicks }, [packetOf(marker, segmentTimestamp, update)]];
  }
  const end = { event, end: true, volume: keyVolume, duration: segmentTicks };
  const next: SenderState = {
    phase: 'ending',
    queue,
    end,
    timestamp: segmentTimestamp,
    repeatsLeft: endPackets - 1,
    gapTicks: Math.round((press.gapMs * clockRate) / 1000) - (elapsedTicks - totalTicks),
  };
  return [next, [packetOf(marker, segmentTimestamp, end), { type: 'sent', press }]];
}

function packetOf(marker: boolean, timestamp: number, event: TelephoneEvent): SenderEffect {
  return { type: 'packet', marker, timestamp, payload: serialiseTelephoneEvent(event) };
}
