/**
 * Opus (RFC 6716), mono, by libopus as WebAssembly: the module of the package `@evan/opus`, without that package's own JavaScript,
 * which offers neither the recovery of lost frames from in-band FEC nor concealment.
 *
 * A thread has one instance, made when Opus is first used. It has one room for an encoder and one for a decoder; a stream's state
 * lives with its owner and is copied in when another one was there before (libopus allows that: its states are one block of memory
 * and hold no pointer into themselves). So nothing needs to be given back, and the memory does not grow with calls.
 */
import { brotliDecompressSync } from 'node:zlib';
import { opusBytes } from './generated/opus-bytes.ts';

/** The sound's rates that this phone uses; libopus converts to any of them. */
export type OpusRateHz = 8000 | 16000 | 48000;

interface OpusModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  malloc(bytes: number): number;
  opus_encoder_get_size(channels: number): number;
  opus_encoder_init(state: number, rate: number, channels: number, application: number): number;
  opus_encoder_ctl_set(state: number, request: number, value: number): number;
  opus_encode(state: number, pcm: number, samples: number, packet: number, maxBytes: number): number;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(state: number, rate: number, channels: number): number;
  opus_decode(
    state: number,
    packet: number,
    bytes: number,
    pcm: number,
    maxSamples: number,
    fec: number,
  ): number;
}

/** The part of the WebAssembly API used here: TypeScript describes it only together with the DOM. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const mono = 1;
const applicationVoip = 2048;
/** Requests of opus_defines.h. */
const setBitrate = 4002;
const setMaxBandwidth = 4004;
const setComplexity = 4010;
const setInbandFec = 4012;
const setPacketLossPercent = 4014;
const setDtx = 4016;
const wideband = 1103;
/** Of 10. Beyond it nobody hears a difference in speech, and it costs twice as much. */
const complexity = 5;
/** 120 ms at 48 kHz, the longest packet (RFC 6716 §3.2.5). */
const maxSamples = 5760;
const maxPacketBytes = 1275;

type State = Uint8Array;

class Opus {
  readonly module: OpusModule;
  readonly encoder: Room;
  readonly decoder: Room;
  readonly #pcm: number;
  readonly #packet: number;

  constructor() {
    const bytes = brotliDecompressSync(Buffer.from(opusBytes, 'base64'));
    const nothing = () => undefined;
    const imports = {
      // What libopus would print with before it aborts.
      wasi_snapshot_preview1: { fd_seek: nothing, fd_write: nothing, fd_close: nothing, proc_exit: nothing },
      env: { emscripten_notify_memory_growth: nothing },
    };
    this.module = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports as OpusModule;
    this.module._initialize();
    this.encoder = new Room(this.module, this.module.opus_encoder_get_size(mono));
    this.decoder = new Room(this.module, this.module.opus_decoder_get_size(mono));
    this.#pcm = this.module.malloc(2 * maxSamples);
    this.#packet = this.module.malloc(maxPacketBytes);
  }

  /** One packet of the samples. */
  encode(state: State, samples: Int16Array): Uint8Array {
    const at = this.encoder.enter(state);
    const { memory } = this.module;
    new Int16Array(memory.buffer, this.#pcm, samples.length).set(samples);
    const bytes = checked(
      this.module.opus_encode(at, this.#pcm, samples.length, this.#packet, maxPacketBytes),
    );
    return new Uint8Array(memory.buffer, this.#packet, bytes).slice();
  }

  /** Samples of a packet, or of nothing (concealment); none where it makes no sense. */
  decode(state: State, packet: Uint8Array | null, samples: number, fec: boolean): Int16Array {
    const at = this.decoder.enter(state);
    const { memory } = this.module;
    if (packet !== null && (packet.length === 0 || packet.length > maxPacketBytes)) return new Int16Array(0);
    if (packet !== null) new Uint8Array(memory.buffer, this.#packet, packet.length).set(packet);
    const from = packet === null ? 0 : this.#packet;
    const decoded = this.module.opus_decode(at, from, packet?.length ?? 0, this.#pcm, samples, fec ? 1 : 0);
    return new Int16Array(memory.buffer, this.#pcm, Math.max(0, decoded)).slice();
  }
}

/** The place of one state in the memory, shared by all of its kind. */
class Room {
  readonly #module: OpusModule;
  readonly #at: number;
  readonly #size: number;
  #inside: State | null = null;

  constructor(module: OpusModule, size: number) {
    this.#module = module;
    this.#size = size;
    this.#at = module.malloc(size);
  }

  /** A new state, which `initialise` sets up at the address that it is given. */
  create(initialise: (at: number) => void): State {
    this.#leave();
    initialise(this.#at);
    const state = new Uint8Array(this.#size);
    this.#inside = state;
    return state;
  }

  /** Brings a state in. Answers with its address. */
  enter(state: State): number {
    if (this.#inside !== state) {
      this.#leave();
      this.#bytes().set(state);
      this.#inside = state;
    }
    return this.#at;
  }

  #leave(): void {
    this.#inside?.set(this.#bytes());
    this.#inside = null;
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#module.memory.buffer, this.#at, this.#size);
  }
}

let instance: Opus | null = null;

function opus(): Opus {
  instance ??= new Opus();
  return instance;
}

/** @throws Error with libopus' number for a call that it refuses: a broken invariant of ours. */
function checked(result: number): number {
  if (result < 0) throw new Error(`libopus refuses (${result})`);
  return result;
}

export interface OpusEncoderOptions {
  sampleRate: OpusRateHz;
  /** Bits a second. */
  bitrate: number;
  /** Each packet carries a coarse copy of the one before, once loss is expected (RFC 6716 §2.1.7). */
  fec: boolean;
  /** Silence becomes packets of two octets at most, which need not be sent (RFC 6716 §2.1.9). */
  dtx: boolean;
}

export class OpusEncoder {
  readonly #state: State;

  constructor({ sampleRate, bitrate, fec, dtx }: OpusEncoderOptions) {
    const { encoder, module } = opus();
    this.#state = encoder.create((at) => {
      checked(module.opus_encoder_init(at, sampleRate, mono, applicationVoip));
    });
    this.#set(setBitrate, bitrate);
    this.#set(setComplexity, complexity);
    this.#set(setInbandFec, fec ? 1 : 0);
    this.#set(setDtx, dtx ? 1 : 0);
    if (sampleRate <= 16_000) this.#set(setMaxBandwidth, wideband);
  }

  /** How much loss the far side reports, in percent: FEC takes its share of the bits accordingly. */
  setExpectedLoss(percent: number): void {
    this.#set(setPacketLossPercent, Math.min(100, Math.max(0, Math.round(percent))));
  }

  /**
   * One packet of 2.5, 5, 10, 20, 40 or 60 ms of sound.
   * @throws Error for another length.
   */
  encode(samples: Int16Array): Uint8Array {
    return opus().encode(this.#state, samples);
  }

  #set(request: number, value: number): void {
    const { encoder, module } = opus();
    checked(module.opus_encoder_ctl_set(encoder.enter(this.#state), request, value));
  }
}

export class OpusDecoder {
  readonly #state: State;
  /** Samples of 2.5 ms: libopus conceals and recovers in multiples of it. */
  readonly #unit: number;
  readonly #longest: number;

  constructor(sampleRate: OpusRateHz) {
    const { decoder, module } = opus();
    this.#state = decoder.create((at) => {
      checked(module.opus_decoder_init(at, sampleRate, mono));
    });
    this.#unit = sampleRate / 400;
    this.#longest = (maxSamples * sampleRate) / 48_000;
  }

  /** Samples of a packet; none where it makes no sense. */
  decode(packet: Uint8Array): Int16Array {
    return opus().decode(this.#state, packet, this.#longest, false);
  }

  /** What probably came instead of lost packets: at least so many samples, in whole units of 2.5 ms. */
  conceal(samples: number): Int16Array {
    return opus().decode(this.#state, null, this.#units(samples), false);
  }

  /**
   * The end of what was lost before `next`, from the copy that it carries, and concealment where it carries none or too little: at
   * least so many samples. The packet itself is decoded afterwards.
   */
  recover(next: Uint8Array, samples: number): Int16Array {
    return opus().decode(this.#state, next, this.#units(samples), true);
  }

  #units(samples: number): number {
    return Math.min(this.#longest, this.#unit * Math.ceil(samples / this.#unit));
  }
}
