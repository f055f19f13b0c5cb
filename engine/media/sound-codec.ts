/** What a codec is to the sound of a call. An encoder and a decoder each belong to one stream: most codecs go on from what they did before. */
import type { AudioCodec } from './media-engine.ts';

export interface SoundEncoder {
  /**
   * One packet's payload of the samples of one packet time; null where nothing needs to be sent for them. It may be overwritten by
   * the next one.
   */
  encode(samples: Int16Array): Uint8Array | null;
  /** How much of our sound does not come through, in percent, for codecs that can do something about it. */
  expectLoss?(percent: number): void;
}

export interface SoundDecoder {
  /** Samples of a payload at the codec's sample rate; none where it makes no sense. They may be overwritten by the next ones. */
  decode(payload: Uint8Array): Int16Array;
  /** Fills a gap of any length with what probably would have come, where the codec knows better than anyone else. */
  conceal?(into: Int16Array): void;
  /** Fills the whole gap before `next` with what that packet tells of it. The packet itself is decoded afterwards. */
  recover?(next: Uint8Array, into: Int16Array): void;
}

export interface SoundCodec {
  encoder(codec: AudioCodec): SoundEncoder;
  decoder(codec: AudioCodec): SoundDecoder;
  /** How long a payload lasts, in ticks of the RTP clock; 0 where it makes no sense. */
  ticksOf(payload: Uint8Array): number;
}
