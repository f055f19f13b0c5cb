/** A conference at work: its clock, and the shell's microphone and speaker in it (conference.ts has the sound). */
import { floatToInt16Into, int16ToFloatInto } from '../../native-wasm/convert.ts';
import { CaptureStore } from './capture.ts';
import { Conference, conferenceRate, type ConferenceParty, type ConferenceTap } from './conference.ts';
import type { Device } from './device.ts';
import { frameMs, frameSamplesAt, type FrameSource } from './frame.ts';
import type { MicrophoneLevel } from './levels.ts';
import { monotonicMs, Pacer } from './pacer.ts';

const frameSamples = frameSamplesAt(conferenceRate);
/** Slots that this process slept through are made up for, so that feeds and sound card get what they miss; more than a second is given up. */
const catchUpSlots = 50;

/** From the clock of the mix to the sound card's: the same drift the other way round as between microphone and wire. */
class SpeakerStore {
  readonly #store = new CaptureStore(conferenceRate);
  readonly #pushed = new Float32Array(frameSamples);
  readonly #pulled = new Float32Array(frameSamples);

  push(frame: Int16Array): void {
    int16ToFloatInto(frame, this.#pushed);
    this.#store.push(this.#pushed, monotonicMs());
  }

  pull(into: Int16Array): void {
    this.#store.read(this.#pulled, monotonicMs());
    floatToInt16Into(this.#pulled, into);
  }
}

export class ConferenceRoom {
  readonly #conference: Conference;
  readonly #speaker = new SpeakerStore();
  readonly #heard = new Int16Array(frameSamples);
  readonly #pacer: Pacer;
  readonly #detach: (() => void)[];

  constructor(device: Device) {
    const { source, close } = device.openMicrophone();
    this.#conference = new Conference(source);
    const removeVoice = device.addVoice((into) => {
      this.#speaker.pull(into);
      return true;
    });
    this.#detach = [close, removeVoice];
    this.#pacer = new Pacer(frameMs, (skipped) => this.#tick(Math.min(skipped, catchUpSlots)));
  }

  get empty(): boolean {
    return this.#conference.size === 0;
  }

  get microphoneLevel(): MicrophoneLevel {
    return this.#conference.microphoneLevel;
  }

  /** Takes a party in. Answers with what it is to hear. */
  join(party: ConferenceParty): FrameSource {
    return this.#conference.join(party);
  }

  /** All of it is recorded for this party from now on, or no more; it ends when the party leaves. */
  setTap(party: ConferenceParty, tap: ConferenceTap | null): void {
    this.#conference.setTap(party, tap);
  }

  leave(party: ConferenceParty): void {
    this.#conference.leave(party);
  }

  #tick(skipped: number): void {
    for (let slot = 0; slot <= skipped; slot += 1) {
      this.#conference.mix(this.#heard);
      this.#speaker.push(this.#heard);
    }
  }

  /** Stops the clock and gives the device back. Idempotent. */
  close(): void {
    this.#pacer.close();
    for (const detach of this.#detach) detach();
  }
}

/** The conferences that somebody is in. */
export class ConferenceRooms {
  readonly #device: Device;
  readonly #rooms = new Map<string, ConferenceRoom>();

  constructor(device: Device) {
    this.#device = device;
  }

  enter(id: string): ConferenceRoom {
    const room = this.#rooms.get(id) ?? new ConferenceRoom(this.#device);
    this.#rooms.set(id, room);
    return room;
  }

  /** Ends a conference that its last party has left. */
  tidy(): void {
    for (const [id, room] of this.#rooms) {
      if (!room.empty) continue;
      room.close();
      this.#rooms.delete(id);
    }
  }
}
