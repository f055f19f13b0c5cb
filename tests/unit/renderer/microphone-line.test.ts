import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MicrophoneLine } from '../../../renderer/audio/microphone-line.ts';

/** A gain that can be asked for its value at any time, as far as the line schedules it. */
class ScheduledGain {
  #events: { at: number; value: number; ramp: boolean }[] = [];
  value = 1;
  setValueAtTime(value: number, at: number) {
    this.#events.push({ at, value, ramp: false });
  }
  linearRampToValueAtTime(value: number, at: number) {
    this.#events.push({ at, value, ramp: true });
  }
  setTargetAtTime(value: number, at: number) {
    this.setValueAtTime(value, at);
  }
  cancelScheduledValues(from: number) {
    this.value = this.at(from);
    this.#events = this.#events.filter(({ at }) => at < from);
  }
  at(time: number): number {
    const before = this.#events.findLast(({ at }) => at <= time) ?? { at: 0, value: this.value };
    const next = this.#events.find(({ at }) => at > time);
    if (next?.ramp !== true) return before.value;
    return before.value + ((next.value - before.value) * (time - before.at)) / (next.at - before.at);
  }
}

/** What the line wants of an audio context, with a clock that the test turns. */
class Context {
  currentTime = 1;
  readonly gains: ScheduledGain[] = [];
  createGain() {
    const gain = new ScheduledGain();
    this.gains.push(gain);
    return { gain, connect: (next: unknown) => next, disconnect: () => undefined };
  }
  createMediaStreamSource() {
    return { connect: (next: unknown) => next, disconnect: () => undefined };
  }
}

class Microphone extends EventTarget {
  active = true;
  getAudioTracks = () => [this];
  getTracks = () => [this];
  stop() {
    this.active = false;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openLine() {
  const context = new Context();
  const place = {} as AudioNode;
  const line = new MicrophoneLine(context as unknown as AudioContext, place, place);
  const take = (microphone: Microphone, onEnded = () => undefined) =>
    line.take(microphone as unknown as MediaStream, onEnded);
  // The first two are where all join and what one hears of oneself.
  const heard = (at: number) => context.gains.slice(2).reduce((sum, gain) => sum + gain.at(at), 0);
  return { context, line, take, heard };
}

it('speaks at full level all the while one microphone takes over from another, and then closes the old one', () => {
  const { context, take, heard } = openLine();
  const [first, second] = [new Microphone(), new Microphone()];
  take(first);
  context.currentTime = 5;
  take(second);
  for (let ms = 0; ms <= 500; ms += 1) expect(heard(5 + ms / 1000)).toBeCloseTo(1, 6);
  expect(first.active).toBe(true);
  vi.advanceTimersByTime(500);
  expect([first.active, second.active]).toEqual([false, true]);
});

it('does not wait for a microphone that is gone', () => {
  const { context, take, heard } = openLine();
  const [first, second] = [new Microphone(), new Microphone()];
  take(first);
  context.currentTime = 5;
  first.active = false;
  take(second);
  expect(heard(5.03)).toBeCloseTo(1, 6);
});

it('tells of the end of the microphone that is used, not of one before', () => {
  const { take } = openLine();
  const [first, second] = [new Microphone(), new Microphone()];
  const ended: string[] = [];
  take(first, () => void ended.push('first'));
  take(second, () => void ended.push('second'));
  first.dispatchEvent(new Event('ended'));
  second.dispatchEvent(new Event('ended'));
  expect(ended).toEqual(['second']);
});
