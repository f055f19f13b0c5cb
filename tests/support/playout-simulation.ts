/**
 * One direction of a call in virtual time: a far side that sends speech by its own clock, a network that delays, reorders and
 * loses packets as a seed says, and a playout that is pulled by a sound card's clock. Nothing waits: an hour passes in seconds, and
 * the same seed gives the same samples.
 */
import type { AudioCodec } from '../../engine/media/media-engine.ts';
import { conversationDelay, Playout, type PlayoutDelay } from '../../engine/media/playout.ts';
import { muLawEncode } from '../../native-wasm/g711.ts';
import { mulberry32 } from './prng.ts';

/** How long a packet is under way, in milliseconds, or null when it is lost. */
export type Network = (packet: { index: number; sentMs: number; random: () => number }) => number | null;

export interface SimulationOptions {
  seed: number;
  seconds: number;
  network: Network;
  /** Said again from the beginning when it is over; at 8 kHz. Absent: a tone's worth of codes, where only times matter. */
  speech?: Int16Array;
  packetMs?: number;
  /** The far side's clock and the sound card's, against the true time: 1.0001 is 100 ppm fast. */
  farClock?: number;
  cardClock?: number;
  /** How much later than its time a pull may come. */
  pullJitterMs?: number;
  delay?: PlayoutDelay;
}

export interface SimulatedPlayout {
  heard: Int16Array;
  /**
   * For each second: how much later than its sample was said (at the earliest) a sample was heard, in milliseconds; the network's
   * shortest delay counts too. 0 while nothing played.
   */
  delaysMs: number[];
  /** Packets that came too late, by the second in which they came. */
  late: number[];
  lostPackets: Set<number>;
  concealedMs: number;
  timeScaledMs: number;
}

const rate = 8000;
const frameMs = 20;
const codec: AudioCodec = { name: 'PCMU', payloadType: 0, clockRate: rate, sampleRate: rate };

export function simulatePlayout(options: SimulationOptions): SimulatedPlayout {
  const { seed, seconds, network, packetMs = 20, farClock = 1, cardClock = 1, pullJitterMs = 0 } = options;
  const random = mulberry32(seed);
  const playout = new Playout({
    clockRate: rate,
    sampleRate: rate,
    delay: options.delay ?? conversationDelay,
  });
  playout.setCodecs(new Map([[codec.payloadType, codec]]));
  const codes = muLawEncode(options.speech ?? tone());
  const ticks = (packetMs * rate) / 1000;
  const result: SimulatedPlayout = {
    heard: new Int16Array((seconds * rate * frameMs) / frameMs),
    delaysMs: [],
    late: [],
    lostPackets: new Set(),
    concealedMs: 0,
    timeScaledMs: 0,
  };
  const underWay: { index: number; arrivalMs: number }[] = [];
  const firstSequence = Math.floor(random() * 0x1_0000);
  const firstTimestamp = Math.floor(random() * 2 ** 32);
  const cardPhaseMs = random() * frameMs;
  let sent = 0;
  let fastestMs = Infinity;

  const sendUntil = (nowMs: number): void => {
    for (; (sent * packetMs) / farClock <= nowMs; sent += 1) {
      const sentMs = (sent * packetMs) / farClock;
      const delayMs = network({ index: sent, sentMs, random });
      if (delayMs === null) {
        result.lostPackets.add(sent);
        continue;
      }
      fastestMs = Math.min(fastestMs, delayMs);
      const arrivalMs = sentMs + delayMs;
      underWay.splice(underWay.findLastIndex((each) => each.arrivalMs <= arrivalMs) + 1, 0, {
        index: sent,
        arrivalMs,
      });
    }
  };
  const arriveUntil = (nowMs: number): void => {
    for (let next = underWay[0]; next && next.arrivalMs <= nowMs; next = underWay[0]) {
      underWay.shift();
      const { index, arrivalMs } = next;
      const from = (index * ticks) % codes.length;
      const payload = new Uint8Array(ticks);
      const head = codes.subarray(from, from + ticks);
      payload.set(head);
      payload.set(codes.subarray(0, ticks - head.length), head.length);
      const verdict = playout.buffer.put({
        sequenceNumber: (firstSequence + index) & 0xffff,
        timestamp: (firstTimestamp + index * ticks) >>> 0,
        payloadType: codec.payloadType,
        payload,
        ticks,
        arrivalMs,
      });
      const second = Math.floor(arrivalMs / 1000);
      if (verdict === 'late') result.late[second] = (result.late[second] ?? 0) + 1;
    }
  };

  const frame = new Int16Array((frameMs * rate) / 1000);
  for (let pulls = 0; (pulls + 1) * frame.length <= result.heard.length; pulls += 1) {
    const nowMs = cardPhaseMs + (pulls * frameMs) / cardClock + pullJitterMs * random();
    sendUntil(nowMs);
    arriveUntil(nowMs);
    playout.pull(frame, nowMs);
    result.heard.set(frame, pulls * frame.length);
    if (pulls % (1000 / frameMs) === 0)
      result.delaysMs.push(playout.delayMs + (fastestMs === Infinity ? 0 : fastestMs));
  }
  result.concealedMs = playout.concealedMs;
  result.timeScaledMs = playout.timeScaledMs;
  return result;
}

/** A second of 400 Hz: sounds the same wherever it is cut. */
function tone(): Int16Array {
  return Int16Array.from({ length: rate }, (_, index) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 400 * index) / rate)),
  );
}

/** A network without jitter but that of two computers: up to a millisecond, now and then five. */
export const quietNetwork: Network = ({ random }) => 10 + random() + (random() < 0.005 ? 5 * random() : 0);

/** Each packet delayed by itself, so that they overtake each other: ±`spreadMs` around it plus 10 ms. */
export function jitteryNetwork(spreadMs: number): Network {
  return ({ random }) => 10 + 2 * spreadMs * random();
}

/** Packets lost by themselves with this probability. */
export function lossyNetwork(share: number, network: Network = quietNetwork): Network {
  return (packet) => {
    const delayMs = network(packet);
    return packet.random() < share ? null : delayMs;
  };
}

/** Nothing passes for `stallMs` every `everyMs`; what was held up then comes at once and in order. */
export function stallingNetwork(stallMs: number, everyMs: number): Network {
  return ({ sentMs, random }) => 10 + Math.max(random(), stallMs - (sentMs % everyMs));
}
