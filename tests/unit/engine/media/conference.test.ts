import { describe, expect, it } from 'vitest';
import type { FrameSource } from '../../../../engine/media/frame.ts';
import { Conference, type ConferenceParty, Feed } from '../../../../engine/media/conference.ts';

const frame = () => new Int16Array(960);
const constant = (value: number): FrameSource => ({ read: (into) => into.fill(value) });
const party = (value: number, muted = false): ConferenceParty => ({
  muted,
  voice: (into) => into.fill(value),
});

/** What a feed gives next, after the frame that it keeps in hand. */
function heard(feed: FrameSource): number {
  const into = frame();
  feed.read(into);
  return into[80] ?? NaN;
}

describe('a conference', () => {
  it('lets every party hear the microphone and all the others but not itself, and the person hear all parties', () => {
    const conference = new Conference(constant(1));
    const feeds = [10, 100, 1000].map((value) => conference.join(party(value)));
    const speaker = frame();
    conference.mix(speaker);
    conference.mix(speaker);
    expect(speaker[0]).toBe(1110);
    for (const feed of feeds) expect(heard(feed)).toBe(0);
    expect(feeds.map(heard)).toEqual([1101, 1011, 111]);
  });

  it('goes on with those who stay when a party leaves, down to one', () => {
    const conference = new Conference(constant(1));
    const [first, second] = [party(10), party(100)];
    const feed = conference.join(first);
    conference.join(second);
    conference.leave(second);
    const speaker = frame();
    conference.mix(speaker);
    heard(feed);
    expect([heard(feed), speaker[0], conference.size]).toEqual([1, 10, 1]);
  });

  it('saturates the sum and not the steps on the way', () => {
    const conference = new Conference(constant(-30_000));
    conference.join(party(30_000));
    conference.join(party(30_000));
    const feed = conference.join(party(0));
    const speaker = frame();
    conference.mix(speaker);
    heard(feed);
    expect([heard(feed), speaker[0]]).toEqual([30_000, 32_767]);
  });

  it('mutes the microphone and nothing else: the parties hear each other and a quiet line', () => {
    const conference = new Conference(constant(20_000));
    const feed = conference.join(party(1000));
    conference.join(party(5000, true));
    const speaker = frame();
    conference.mix(speaker);
    heard(feed);
    expect(Math.abs(heard(feed) - 5000)).toBeLessThan(40);
    expect(speaker[0]).toBe(6000);
  });

  it('tells the level of the microphone also while it is muted', () => {
    const conference = new Conference(constant(16_384));
    conference.join(party(0, true));
    for (let tick = 0; tick < 5; tick += 1) conference.mix(frame());
    expect(conference.microphoneLevel.microphoneDb).toBeCloseTo(-6, 0);
  });
});

describe('what a party is to hear', () => {
  const filled = (feed: Feed, value: number) => feed.push().fill(value);

  it('waits one frame, so that a packet just before the tick finds sound and one just after it too', () => {
    const feed = new Feed();
    const order: number[] = [];
    for (let tick = 1; tick <= 6; tick += 1) {
      // Every other packet comes before the tick.
      if (tick % 2 === 0) order.push(heard(feed));
      filled(feed, tick);
      if (tick % 2 === 1) order.push(heard(feed));
    }
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('gives three frames at once to packets of 60 ms, without a gap', () => {
    const feed = new Feed();
    const order: number[] = [];
    for (let tick = 1; tick <= 12; tick += 1) {
      filled(feed, tick);
      if (tick % 3 === 0) order.push(heard(feed), heard(feed), heard(feed));
    }
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('gives silence when nothing is there and goes on with what comes', () => {
    const feed = new Feed();
    expect([heard(feed), heard(feed)]).toEqual([0, 0]);
    filled(feed, 7);
    expect(heard(feed)).toBe(7);
  });

  it('lets go of the oldest while nobody reads, and of what it holds too much within a second', () => {
    const feed = new Feed();
    let tick = 0;
    const next = () => filled(feed, (tick += 1));
    for (let stalled = 0; stalled < 50; stalled += 1) next();
    expect(heard(feed)).toBe(43);
    let last = 0;
    for (let packet = 0; packet < 100; packet += 1) {
      next();
      last = heard(feed);
    }
    expect(tick - last).toBe(1);
  });
});
