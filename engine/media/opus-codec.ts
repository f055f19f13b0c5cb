/** Opus between the sound of a call and RTP (RFC 7587); the codec itself is native-wasm/opus.ts. */
import { OpusDecoder, OpusEncoder, type OpusRateHz } from '../../native-wasm/opus.ts';
import { opusTicks } from '../rtp/opus-payload.ts';
import type { AudioCodec } from './media-engine.ts';
import type { SoundCodec, SoundDecoder, SoundEncoder } from './sound-codec.ts';

/** A packet that is no longer says only that silence goes on; with DTX it need not be sent (RFC 6716 §2.1.9). */
const silentPacketBytes = 2;
const defaultBitrate = 32_000;

const rateOf = ({ sampleRate }: AudioCodec): OpusRateHz => (sampleRate === 16_000 ? 16_000 : 48_000);

function createEncoder(codec: AudioCodec): SoundEncoder {
  const { fec = false, dtx = false, bitrate = defaultBitrate } = codec.opus ?? {};
  const encoder = new OpusEncoder({ sampleRate: rateOf(codec), bitrate, fec, dtx });
  return {
    encode(samples) {
      const packet = encoder.encode(samples);
      return dtx && packet.length <= silentPacketBytes ? null : packet;
    },
    expectLoss: (percent) => encoder.setExpectedLoss(percent),
  };
}

class Decoder implements SoundDecoder {
  readonly #decoder: OpusDecoder;
  /** Concealed, and not yet asked for: libopus conceals in units of 2.5 ms. */
  #rest: Int16Array = new Int16Array(0);

  constructor(codec: AudioCodec) {
    this.#decoder = new OpusDecoder(rateOf(codec));
  }

  decode(payload: Uint8Array): Int16Array {
    this.#rest = new Int16Array(0);
    return this.#decoder.decode(payload);
  }

  conceal(into: Int16Array): void {
    this.#fill(into, (samples) => this.#decoder.conceal(samples));
  }

  recover(next: Uint8Array, into: Int16Array): void {
    this.#fill(into, (samples) => this.#decoder.recover(next, samples));
  }

  #fill(into: Int16Array, make: (samples: number) => Int16Array): void {
    let filled = 0;
    while (filled < into.length) {
      if (this.#rest.length === 0) this.#rest = make(into.length - filled);
      if (this.#rest.length === 0) break;
      const part = this.#rest.subarray(0, into.length - filled);
      into.set(part, filled);
      this.#rest = this.#rest.subarray(part.length);
      filled += part.length;
    }
    into.fill(0, filled);
  }
}

export const opusCodec: SoundCodec = {
  encoder: createEncoder,
  decoder: (codec) => new Decoder(codec),
  ticksOf: opusTicks,
};
