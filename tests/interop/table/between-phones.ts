/** Scenarios with phones of ours on both ends: what is tried is the server between them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DeskPhone } from '../../support/desk-phone.ts';
import { expectSpeech } from './heard.ts';
import type { Phones } from './phones.ts';
import type { Scenario, ScenarioId } from './scenario.ts';

/** Long enough for three whole seconds to be compared, wherever they begin. */
const talkMs = 5_000;
const wholeSeconds = 3;
export const sixteenKeys = '1234567890*#ABCD';

/** A call that is connected on both sides. */
export async function connect(
  from: DeskPhone,
  to: DeskPhone,
): Promise<{ outgoing: string; incoming: string }> {
  const outgoing = await from.dial(to.user);
  const incoming = await to.answer();
  await from.reaches(outgoing, 'connected');
  return { outgoing, incoming };
}

export function expectEqual(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`${what} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

async function talkBothWays(
  phones: Phones,
  { caller, callee, hangsUp }: { caller: number; callee: number; hangsUp: 'caller' | 'callee' },
): Promise<void> {
  const [from, to] = [await phones.at(caller), await phones.at(callee)];
  const { outgoing, incoming } = await connect(from, to);
  await delay(talkMs);
  if (hangsUp === 'caller') await from.ask('call.hangup', { callId: outgoing });
  else await to.ask('call.hangup', { callId: incoming });
  const ends = [await from.reaches(outgoing, 'ended'), await to.reaches(incoming, 'ended')];
  expectEqual('who ended it, for the caller', ends[0]?.end?.by, hangsUp === 'caller' ? 'here' : 'there');
  expectEqual('who ended it, for the called', ends[1]?.end?.by, hangsUp === 'callee' ? 'here' : 'there');
  await expectSpeech(from.heard(), wholeSeconds);
  await expectSpeech(to.heard(), wholeSeconds);
}

export const between: readonly Scenario<Phones>[] = [
  { id: 'register', run: async (phones) => void (await phones.at(0)) },
  {
    id: 'wrong-password',
    run: async (phones) => {
      const phone = await phones.openAs(phones.extension(2), 'guessed');
      try {
        await phone.until('a refusal', () => phone.account.registration.state === 'failed');
        expectEqual('the error', phone.account.registration.error?.code, 'registration.password');
      } finally {
        await phone.close();
      }
    },
  },
  { id: 'call', run: (phones) => talkBothWays(phones, { caller: 0, callee: 1, hangsUp: 'caller' }) },
  { id: 'be-called', run: (phones) => talkBothWays(phones, { caller: 1, callee: 0, hangsUp: 'caller' }) },
  {
    id: 'digits',
    run: async (phones) => {
      const [alice, bob] = [await phones.at(0), await phones.at(1)];
      const before = bob.keys.length;
      const { outgoing } = await connect(alice, bob);
      await alice.ask('call.digits', { callId: outgoing, digits: sixteenKeys });
      await bob.until('16 keys', () => bob.keys.length - before >= sixteenKeys.length).catch(() => undefined);
      expectEqual('what arrived', bob.keys.slice(before), sixteenKeys);
    },
  },
  {
    id: 'hold',
    run: async (phones) => {
      const [alice, bob] = [await phones.at(0), await phones.at(1)];
      const { outgoing, incoming } = await connect(alice, bob);
      await delay(1_000);
      await alice.ask('call.hold', { callId: outgoing });
      expectEqual('its hold', alice.find(outgoing).hold.local, true);
      await delay(1_500);
      await alice.ask('call.resume', { callId: outgoing });
      expectEqual('its hold after resuming', alice.find(outgoing).hold.local, false);
      await delay(talkMs);
      await alice.ask('call.hangup', { callId: outgoing });
      await alice.reaches(outgoing, 'ended');
      await bob.reaches(incoming, 'ended');
      await expectSpeech(alice.heard(), wholeSeconds, { last: talkMs / 1000 });
      await expectSpeech(bob.heard(), wholeSeconds, { last: talkMs / 1000 });
    },
  },
  {
    id: 'blind-transfer',
    run: async (phones) => {
      const [alice, bob, carol] = [await phones.at(0), await phones.at(1), await phones.at(2)];
      const { outgoing } = await connect(alice, bob);
      await alice.ask('call.transfer', { callId: outgoing, target: carol.user });
      await carol.answer();
      await alice.reaches(outgoing, 'ended');
      await expectJoined(bob, carol);
    },
  },
  {
    id: 'attended-transfer',
    run: async (phones) => {
      const [alice, bob, carol] = [await phones.at(0), await phones.at(1), await phones.at(2)];
      const { outgoing } = await connect(alice, bob);
      const { callId: consultation } = await alice.ask('call.consult', {
        callId: outgoing,
        target: carol.user,
      });
      await carol.answer();
      await alice.reaches(consultation, 'connected');
      await delay(500);
      await alice.ask('call.complete-transfer', { callId: outgoing, toCallId: consultation });
      await alice.until('both its calls to be over', () => alice.calls.length === 0);
      await expectJoined(bob, carol);
    },
  },
  {
    id: 'cancel',
    run: async (phones) => {
      const [alice, bob] = [await phones.at(0), await phones.at(1)];
      const outgoing = await alice.dial(bob.user);
      const incoming = await bob.rings();
      await alice.reaches(outgoing, 'ringing');
      await alice.ask('call.hangup', { callId: outgoing });
      expectEqual('who ended it', (await alice.reaches(outgoing, 'ended')).end?.by, 'here');
      expectEqual('who ended it, there', (await bob.reaches(incoming, 'ended')).end?.by, 'there');
      expectEqual('the called log', bob.snapshot.history[0]?.outcome, 'missed');
    },
  },
  {
    id: 'reject',
    run: async (phones) => {
      const [alice, bob] = [await phones.at(0), await phones.at(1)];
      const outgoing = await bob.dial(alice.user);
      await alice.ask('call.reject', { callId: await alice.rings(), reason: 'declined' });
      const { end } = await bob.reaches(outgoing, 'ended');
      if (end?.error === null || end?.error === undefined) throw new Error('the caller was told nothing');
      expectEqual('the called log', alice.snapshot.history[0]?.outcome, 'rejected');
    },
  },
  {
    id: 'busy',
    run: async (phones) => {
      const [alice, bob] = [await phones.at(0), await phones.at(1)];
      const outgoing = await alice.dial(bob.user);
      await bob.ask('call.reject', { callId: await bob.rings(), reason: 'busy' });
      expectEqual('the error', (await alice.reaches(outgoing, 'ended')).end?.error?.code, 'call.busy');
    },
  },
  {
    id: 'unknown',
    run: async (phones) => {
      const alice = await phones.at(0);
      const { end } = await alice.reaches(await alice.dial('7999'), 'ended');
      expectEqual('the error', end?.error?.code, 'call.unknown-target');
    },
  },
];

/** The two talk to each other, whichever of their calls carries it, and hear each other. */
async function expectJoined(one: DeskPhone, other: DeskPhone): Promise<void> {
  const talks = (phone: DeskPhone) => phone.calls.length === 1 && phone.calls[0]?.state === 'connected';
  await one.until('one call to go on', () => talks(one));
  await other.until('one call to go on', () => talks(other));
  await delay(talkMs);
  if (!talks(one) || !talks(other)) throw new Error('the call did not last');
  await other.hangUpAll();
  await one.until('its call to be over', () => one.calls.length === 0);
  await expectSpeech(one.heard(), wholeSeconds, { last: talkMs / 1000 });
  await expectSpeech(other.heard(), wholeSeconds, { last: talkMs / 1000 });
}

/** Scenarios but those that a server has of its own. */
export function without<Bench>(
  ids: readonly ScenarioId[],
  scenarios: readonly Scenario<Bench>[],
): readonly Scenario<Bench>[] {
  return scenarios.filter(({ id }) => !ids.includes(id));
}
