/** How the far side's stream sounds here: what became of each packet, and the E-model's verdict on the last seconds and on the whole. */
import { LossPattern, minimumGapPackets } from '../rtp/loss-pattern.ts';
import type { SoundMetrics } from '../rtp/rtcp-reports.ts';
import { unavailable } from '../rtp/rtcp-xr.ts';
import type { BufferDelays } from './jitter-buffer.ts';
import { lossPercentOf, oneWayDelayMs, QualityWindow, verdictOn, type QualityCount } from './quality.ts';

/** What the session knows beside the packets. */
export interface ReceptionState {
  codec: string;
  packetTimeMs: number;
  bufferMs: number;
  rttMs: number | null;
}

export class ReceptionQuality {
  readonly #losses = new LossPattern();
  readonly #window = new QualityWindow();

  /** A packet of the stream came: in time, or too late to be heard. */
  came(sequenceNumber: number, inTime: boolean): void {
    this.#losses.came(sequenceNumber, inTime);
  }

  /** Another stream begins. */
  streamChanged(): void {
    this.#losses.restart();
  }

  /** A second is over. */
  second(): void {
    this.#window.note(this.#count);
  }

  get #count(): QualityCount {
    const { packets, lost, discarded, runs } = this.#losses.totals;
    return { packets, bad: lost + discarded, runs };
  }

  /** Of the last seconds; `mos` is null before sound has come. */
  recent(state: ReceptionState): { lossPercent: number; delayMs: number | null; mos: number | null } {
    const { recent } = this.#window;
    const delayMs = oneWayDelayMs(state);
    const verdict = verdictOn(recent, { codec: state.codec, delayMs });
    return { lossPercent: lossPercentOf(recent), delayMs, mos: verdict?.listening ?? null };
  }

  /** Of the whole call, as a VoIP metrics block tells it (RFC 3611 §4.7); null before sound has come. */
  metrics(state: ReceptionState, buffer: BufferDelays): SoundMetrics | null {
    const { codec, packetTimeMs, bufferMs } = state;
    const delayMs = oneWayDelayMs(state);
    const verdict = verdictOn(this.#count, { codec, delayMs });
    if (verdict === null) return null;
    const losses = this.#losses.summary(packetTimeMs);
    return {
      ...losses,
      burstMs: inMilliseconds(losses.burstMs),
      gapMs: inMilliseconds(losses.gapMs),
      endSystemDelayMs: inMilliseconds(bufferMs + packetTimeMs),
      signalLevel: unavailable,
      noiseLevel: unavailable,
      residualEchoReturnLoss: unavailable,
      minimumGap: minimumGapPackets,
      rating: Math.round(verdict.conversationalRating),
      externalRating: unavailable,
      listeningOpinion: Math.round(10 * verdict.listening),
      conversationalOpinion: Math.round(10 * verdict.conversational),
      concealment: 'enhanced',
      buffer: 'adaptive',
      bufferRate: 0,
      bufferNominalMs: inMilliseconds(buffer.nominalMs),
      bufferMaximumMs: inMilliseconds(buffer.maximumMs),
      bufferLimitMs: inMilliseconds(buffer.limitMs),
    };
  }
}

/** As 16 bits take them. */
const inMilliseconds = (value: number) => Math.min(0xffff, Math.max(0, Math.round(value)));
