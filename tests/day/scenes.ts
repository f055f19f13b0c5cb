/**
 * What happens at a desk: each scene plays one thing that people do with a phone to its end, and says which entries the call log
 * must have for it, in the order in which the calls end.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { HistoryEntry } from '../../contract/snapshot.ts';
import type { DayPeer } from './day-peer.ts';
import type { DayPhone } from './day-phone.ts';

export type Expected = Pick<HistoryEntry, 'direction' | 'outcome'> & { number: string };

export interface Desk {
  /** The phone's own extension. */
  number: string;
  phone: DayPhone;
  near: DayPeer;
  far: DayPeer;
  /** From 0 to 1, from the day's seed. */
  random: () => number;
}

type Scene = (desk: Desk) => Promise<Expected[]>;

const outgoing = (number: string, outcome: Expected['outcome'] = 'completed'): Expected => ({
  direction: 'outgoing',
  outcome,
  number,
});
const incoming = (number: string, outcome: Expected['outcome'] = 'completed'): Expected => ({
  direction: 'incoming',
  outcome,
  number,
});

/** People talk for a moment. */
const talk = ({ random }: Desk) => delay(200 + 800 * random());

async function callNear(desk: Desk): Promise<string> {
  const { phone, near } = desk;
  near.manners = 'answers';
  const callId = await phone.dial(near.number);
  await phone.reaches(callId, 'connected');
  await near.talks();
  return callId;
}

async function nearCalls(desk: Desk): Promise<string> {
  const { phone, near, number } = desk;
  near.call(number);
  return phone.rings();
}

async function answered(desk: Desk): Promise<string> {
  const callId = await nearCalls(desk);
  await desk.phone.ask('call.answer', { callId });
  await desk.phone.reaches(callId, 'connected');
  await desk.near.talks();
  return callId;
}

/** Holds, and resolves when the other side is on hold; then the same back. */
async function holdAndResume({ phone }: Desk, callId: string): Promise<void> {
  await phone.ask('call.hold', { callId });
  await delay(200);
  await phone.ask('call.resume', { callId });
}

const scenes: Record<string, { weight: number; play: Scene }> = {
  'calls somebody, hangs up': {
    weight: 12,
    play: async (desk) => {
      const callId = await callNear(desk);
      await talk(desk);
      await desk.phone.ask('call.hangup', { callId });
      return [outgoing(desk.near.number)];
    },
  },
  'calls somebody, they hang up': {
    weight: 12,
    play: async (desk) => {
      await callNear(desk);
      await talk(desk);
      desk.near.hangUpAll();
      return [outgoing(desk.near.number)];
    },
  },
  'is called, answers, hangs up': {
    weight: 12,
    play: async (desk) => {
      const callId = await answered(desk);
      await talk(desk);
      await desk.phone.ask('call.hangup', { callId });
      return [incoming(desk.near.number)];
    },
  },
  'is called, answers, they hang up': {
    weight: 12,
    play: async (desk) => {
      await answered(desk);
      await talk(desk);
      desk.near.hangUpAll();
      return [incoming(desk.near.number)];
    },
  },
  'is called and rejects': {
    weight: 6,
    play: async (desk) => {
      const callId = await nearCalls(desk);
      await desk.phone.ask('call.reject', { callId, reason: 'busy' });
      return [incoming(desk.near.number, 'rejected')];
    },
  },
  'is called, the caller gives up': {
    weight: 8,
    play: async (desk) => {
      await nearCalls(desk);
      await delay(300);
      desk.near.hangUpAll();
      return [incoming(desk.near.number, 'missed')];
    },
  },
  'calls and gives up': {
    weight: 8,
    play: async (desk) => {
      desk.near.manners = 'lets-ring';
      const callId = await desk.phone.dial(desk.near.number);
      await desk.phone.reaches(callId, 'ringing');
      await desk.phone.ask('call.hangup', { callId });
      return [outgoing(desk.near.number, 'cancelled')];
    },
  },
  'calls somebody busy': {
    weight: 6,
    play: async (desk) => {
      desk.near.manners = 'rejects';
      await desk.phone.dial(desk.near.number);
      return [outgoing(desk.near.number, 'failed')];
    },
  },
  'holds and resumes': {
    weight: 8,
    play: async (desk) => {
      const callId = await callNear(desk);
      await holdAndResume(desk, callId);
      await talk(desk);
      await desk.phone.ask('call.hangup', { callId });
      return [outgoing(desk.near.number)];
    },
  },
  'transfers a caller': {
    weight: 6,
    play: async (desk) => {
      const { phone, near, far } = desk;
      const callId = await answered(desk);
      far.manners = 'answers';
      await phone.ask('call.transfer', { callId, target: far.number });
      await far.talks();
      await phone.reaches(callId, 'ended');
      near.hangUpAll();
      return [incoming(near.number)];
    },
  },
  'asks first, then transfers': {
    weight: 4,
    play: async (desk) => {
      const { phone, near, far } = desk;
      const callId = await answered(desk);
      far.manners = 'answers';
      const { callId: toCallId } = await phone.ask('call.consult', { callId, target: far.number });
      await phone.reaches(toCallId, 'connected');
      await talk(desk);
      await phone.ask('call.complete-transfer', { callId, toCallId });
      await phone.until('both calls to be over', () => phone.calls.length === 0);
      await far.talks();
      near.hangUpAll();
      return [incoming(near.number), outgoing(far.number)];
    },
  },
  'holds a conference': {
    weight: 4,
    play: async (desk) => {
      const { phone, near, far } = desk;
      const first = await callNear(desk);
      far.manners = 'answers';
      const second = await phone.dial(far.number);
      await phone.reaches(second, 'connected');
      await phone.ask('call.merge', { callIds: [first, second] });
      await phone.until(
        'a conference',
        () => phone.calls.length === 2 && phone.calls.every(({ conferenceId }) => conferenceId !== null),
      );
      await talk(desk);
      near.hangUpAll();
      await phone.reaches(first, 'ended');
      await phone.ask('call.hangup', { callId: second });
      return [outgoing(near.number), outgoing(far.number)];
    },
  },
};

export const sceneNames: readonly string[] = Object.keys(scenes);

/** A scene by weight: what people do often comes often. */
export function chooseScene(random: () => number): string {
  const all = Object.entries(scenes);
  let left = random() * all.reduce((sum, [, { weight }]) => sum + weight, 0);
  for (const [name, { weight }] of all) {
    left -= weight;
    if (left < 0) return name;
  }
  return sceneNames[0] ?? '';
}

/** Plays a scene to its end, until nothing of it goes on at either side. Rejects when it does not go as it should. */
export async function playScene(name: string, desk: Desk): Promise<Expected[]> {
  const scene = scenes[name];
  if (scene === undefined) throw new Error(`there is no scene "${name}"`);
  const expected = await scene.play(desk);
  await over(desk);
  return expected;
}

/** Waits until no call goes on at either side. */
export async function over({ phone, near, far }: Desk, limitMs = 40_000): Promise<void> {
  await phone.until('its calls to end', () => phone.calls.length === 0, limitMs);
  await near.until('its calls to end', () => near.calls.length === 0, limitMs);
  await far.until('its calls to end', () => far.calls.length === 0, limitMs);
}
