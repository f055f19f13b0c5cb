/** What a bad network does to a row of packets, by a seed; and the words between an impaired peer and its thread. */
import { mulberry32 } from '../support/prng.ts';

export interface Impairment {
  /** Of a hundred packets, each on its own. */
  lossPercent: number;
  /** Each packet is up to so much early or late; more than 10 ms let packets overtake each other. */
  jitterMs: number;
  seed: number;
}

/** One frame of 20 ms on its way. */
export interface Delivery {
  frame: number;
  lost: boolean;
  /** Since the first frame was said. */
  deliveredMs: number;
}

const frameMs = 20;
/** The network's least delay, so that nothing arrives before it was said. */
const leastDelayMs = 10;

/** What the network takes in the middle. */
export function networkDelayMs({ jitterMs }: Impairment): number {
  return jitterMs + leastDelayMs;
}

/** When each frame is delivered. The first ten are neither lost nor late: every phone begins alike. */
export function deliveriesOf(frames: number, impairment: Impairment): Delivery[] {
  const draw = mulberry32(impairment.seed);
  const undisturbed = 10;
  return Array.from({ length: frames }, (_, frame) => {
    const [chance, place] = [draw(), draw()];
    const spared = frame < undisturbed;
    const jitter = spared ? 0 : impairment.jitterMs * (2 * place - 1);
    return {
      frame,
      lost: !spared && chance * 100 < impairment.lossPercent,
      deliveredMs: frame * frameMs + networkDelayMs(impairment) + jitter,
    };
  });
}

export interface ReturnedPacket {
  /** By peerClockMs of the tests' RTP peers: the computer's monotonic clock. */
  arrivalMs: number;
  payloadType: number;
  timestamp: number;
  payload: Uint8Array;
}

export type ToImpairedSource =
  | { type: 'bind'; address: string }
  | { type: 'play'; to: { address: string; port: number }; codes: Uint8Array; schedule: Delivery[] }
  | { type: 'report' }
  | { type: 'close' };

export type FromImpairedSource =
  | { type: 'bound'; port: number }
  | { type: 'done' }
  | { type: 'report'; startedAtMs: number; returned: ReturnedPacket[] };
