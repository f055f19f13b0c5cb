/**
 * The sound of a conference on this phone: every party hears all the others and the microphone, the person hears all parties.
 *
 *   party ─ RTP ─► playout ──┐                        ┌──► feed ─► party's RTP
 *   party ─ RTP ─► playout ──┼──► mix, every 20 ms ───┼──► feed ─► party's RTP
 *   microphone ─► capture ───┘                        └──► speaker
 *
 * One clock rules the mix ({@link Conference.mix} is its tick). The parties' RTP is paced by the same clock at phases of its own, so a
 * feed needs no more than one frame in hand, and nothing drifts.
 */
import { mixMinusInt16Into, type MixInput } from '../../native-wasm/mix.ts';
import { ComfortNoise } from './comfort-noise.ts';
import { FrameConverter, frameSamplesAt, type FrameSource } from './frame.ts';
import { MicrophoneMeter, type MicrophoneLevel } from './levels.ts';
import type { Recorder } from './recorder.ts';

/** The sound card's: nobody is heard in less than they sent. */
export const conferenceRate = 48_000;
const frameSamples = frameSamplesAt(conferenceRate);
/** A packet takes up to three frames at once (60 ms), and a stalled thread makes up for two. */
const feedFrames = 8;
/** What a feed keeps in hand for the phases. */
const spareFrames = 1;
/** A feed judges each second whether it holds more than it needs. */
const framesPerJudgement = 50;
const framesPerLevel = 5;

/** What one party is to hear, between the clock of the mix and the pacing of the party's packets. */
export class Feed implements FrameSource {
  readonly #converter = new FrameConverter();
  readonly #ring = Array.from({ length: feedFrames }, () => new Int16Array(frameSamples));
  #first = 0;
  #held = spareFrames;
  #leastHeld = Infinity;
  #reads = 0;

  /** The place for the next frame; the oldest one gives way when nobody has read for long. */
  push(): Int16Array {
    if (this.#held === feedFrames) this.#skip(1);
    const place = this.#at(this.#held);
    this.#held += 1;
    return place;
  }

  /** Fills one frame at the rate that is asked for; silence when there is none. */
  read(into: Int16Array): void {
    if (this.#held === 0) {
      into.fill(0);
    } else {
      this.#converter.convertInto(this.#at(0), into);
      this.#skip(1);
    }
    this.#leastHeld = Math.min(this.#leastHeld, this.#held);
    this.#reads += 1;
    if (this.#reads < framesPerJudgement) return;
    // What was never needed is only delay.
    this.#skip(Math.max(0, this.#leastHeld - spareFrames));
    this.#reads = 0;
    this.#leastHeld = Infinity;
  }

  #at(index: number): Int16Array {
    const frame = this.#ring[(this.#first + index) % feedFrames];
    if (frame === undefined) throw new RangeError('a feed holds no such frame');
    return frame;
  }

  #skip(frames: number): void {
    this.#first = (this.#first + frames) % feedFrames;
    this.#held -= frames;
  }
}

/** A call in the conference. */
export interface ConferenceParty {
  /** Mutes the microphone for all parties: they hear comfort silence in its place, and still each other. */
  readonly muted: boolean;
  /** Fills one frame at {@link conferenceRate} with what the party says. */
  voice: (into: Int16Array) => void;
}

/** Hears a conference from the middle: the microphone, which it may add a tone to, and everybody else. */
export type ConferenceTap = Pick<Recorder, 'here' | 'there'>;

interface Member {
  party: ConferenceParty;
  said: Int16Array;
  feed: Feed;
  tap: ConferenceTap | null;
}

export class Conference {
  readonly #microphone: FrameSource;
  readonly #members = new Map<ConferenceParty, Member>();
  readonly #captured = new Int16Array(frameSamples);
  readonly #comfort = new ComfortNoise();
  readonly #meter = new MicrophoneMeter();
  #level = this.#meter.take();
  #frames = 0;

  /** @param microphone read once with each tick, also while muted */
  constructor(microphone: FrameSource) {
    this.#microphone = microphone;
  }

  get size(): number {
    return this.#members.size;
  }

  /** What the microphone heard in the last tenth of a second, muted or not. */
  get microphoneLevel(): MicrophoneLevel {
    return this.#level;
  }

  /** Takes a party in. Answers with what it is to hear. */
  join(party: ConferenceParty): FrameSource {
    const feed = new Feed();
    this.#members.set(party, { party, said: new Int16Array(frameSamples), feed, tap: null });
    return feed;
  }

  /** All of it is recorded for this party from now on, or no more; it ends when the party leaves. */
  setTap(party: ConferenceParty, tap: ConferenceTap | null): void {
    const member = this.#members.get(party);
    if (member) member.tap = tap;
  }

  leave(party: ConferenceParty): void {
    this.#members.delete(party);
  }

  /** One tick of 20 ms. Fills `speaker` with what the person hears, at {@link conferenceRate}. */
  mix(speaker: Int16Array): void {
    this.#capture();
    for (const { tap } of this.#members.values()) tap?.here(this.#captured);
    const inputs: MixInput<Int16Array>[] = [{ frame: this.#captured, gain: 1 }];
    const outputs = [speaker];
    for (const { party, said, feed } of this.#members.values()) {
      party.voice(said);
      inputs.push({ frame: said, gain: 1 });
      outputs.push(feed.push());
    }
    mixMinusInt16Into(inputs, outputs);
    for (const { tap } of this.#members.values()) tap?.there(speaker);
  }

  #capture(): void {
    this.#microphone.read(this.#captured);
    this.#meter.add(this.#captured);
    this.#frames += 1;
    if (this.#frames % framesPerLevel === 0) this.#level = this.#meter.take();
    if ([...this.#members.keys()].some(({ muted }) => muted)) this.#comfort.read(this.#captured);
  }
}
