/** Scenarios with another maker's phone on the far end, through a proxy that leaves bodies and dialogs to the two. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DeskPhone } from '../../support/desk-phone.ts';
import type { FarPhone } from '../../support/far-phone.ts';
import type { KamailioProxy } from '../../support/kamailio.ts';
import { expectEqual } from './between-phones.ts';
import { expectSpeech } from './heard.ts';
import type { Phones } from './phones.ts';
import type { Scenario } from './scenario.ts';

export interface FarPhoneBench {
  phones: Phones;
  proxy: KamailioProxy;
  far: FarPhone;
}

const talkMs = 5_000;
/** The other makers' clocks and buffers are their own: what counts is that it is this speech. */
const wholeSeconds = 2;
/** What every phone has. */
const twelveKeys = '1234567890*#';

/** The far side's speech in the last seconds. */
function expectSound(phone: DeskPhone): Promise<void> {
  return expectSpeech(phone.heard(), wholeSeconds, { last: talkMs / 1000 });
}

async function callFar({ phones, far }: FarPhoneBench): Promise<{ alice: DeskPhone; callId: string }> {
  const alice = await phones.at(0);
  await far.registered();
  const callId = await alice.dial(far.user);
  await far.answer();
  await alice.reaches(callId, 'connected');
  return { alice, callId };
}

async function beCalled({ phones, far }: FarPhoneBench): Promise<{ alice: DeskPhone; callId: string }> {
  const alice = await phones.at(0);
  await far.registered();
  await far.dial(alice.user);
  const callId = await alice.answer();
  await far.connected();
  return { alice, callId };
}

async function hangUp(alice: DeskPhone, callId: string, far: FarPhone): Promise<void> {
  await alice.ask('call.hangup', { callId });
  await alice.reaches(callId, 'ended');
  await far.over();
}

export const withFarPhone: readonly Scenario<FarPhoneBench>[] = [
  {
    id: 'call',
    run: async (bench) => {
      const { alice, callId } = await callFar(bench);
      await delay(talkMs);
      await hangUp(alice, callId, bench.far);
      await expectSound(alice);
      await expectSpeech(await bench.far.heard(), wholeSeconds);
    },
  },
  {
    id: 'be-called',
    run: async (bench) => {
      const { alice, callId } = await beCalled(bench);
      await delay(talkMs);
      await bench.far.hangUp();
      expectEqual('who ended it', (await alice.reaches(callId, 'ended')).end?.by, 'there');
      await bench.far.over();
      await expectSound(alice);
      await expectSpeech(await bench.far.heard(), wholeSeconds);
    },
  },
  {
    id: 'digits',
    run: async (bench) => {
      const { alice, callId } = await callFar(bench);
      await delay(300);
      const before = bench.far.keys().length;
      await alice.ask('call.digits', { callId, digits: twelveKeys });
      await delay(twelveKeys.length * 260 + 1_000);
      expectEqual('what arrived', bench.far.keys().slice(before), twelveKeys);
      await hangUp(alice, callId, bench.far);
    },
  },
  {
    id: 'digits-received',
    run: async (bench) => {
      const { alice, callId } = await callFar(bench);
      await delay(300);
      const before = alice.keys.length;
      await bench.far.press(twelveKeys);
      await alice
        .until('12 keys', () => alice.keys.length - before >= twelveKeys.length)
        .catch(() => undefined);
      expectEqual('what arrived', alice.keys.slice(before), twelveKeys);
      await hangUp(alice, callId, bench.far);
    },
  },
  {
    id: 'hold',
    run: async (bench) => {
      const { alice, callId } = await callFar(bench);
      await delay(500);
      await alice.ask('call.hold', { callId });
      await delay(1_000);
      await alice.ask('call.resume', { callId });
      await delay(talkMs);
      await hangUp(alice, callId, bench.far);
      await expectSound(alice);
    },
  },
  {
    id: 'be-held',
    run: async (bench) => {
      const { alice, callId } = await callFar(bench);
      await delay(500);
      await bench.far.hold();
      await alice.until('to be held', () => alice.find(callId).hold.remote);
      // The far phone takes no resume before it has our answer to its hold.
      await delay(1_000);
      await bench.far.resume();
      await alice.until('to be resumed', () => !alice.find(callId).hold.remote);
      await delay(talkMs);
      await hangUp(alice, callId, bench.far);
      await expectSound(alice);
    },
  },
  {
    id: 'blind-transfer',
    run: async (bench) => {
      const bob = await bench.phones.at(1);
      const { alice, callId } = await callFar(bench);
      await alice.ask('call.transfer', { callId, target: bob.user });
      await bob.answer();
      await alice.reaches(callId, 'ended');
      await delay(talkMs);
      await bob.hangUpAll();
      await expectSound(bob);
    },
  },
  {
    id: 'attended-transfer',
    run: async (bench) => {
      const bob = await bench.phones.at(1);
      const { alice, callId } = await callFar(bench);
      const { callId: consultation } = await alice.ask('call.consult', { callId, target: bob.user });
      await bob.answer();
      await alice.reaches(consultation, 'connected');
      await delay(500);
      await alice.ask('call.complete-transfer', { callId, toCallId: consultation });
      await alice.until('both its calls to be over', () => alice.calls.length === 0);
      await delay(talkMs);
      expectEqual('the calls of the third', bob.calls.map(({ state }) => state).join(), 'connected');
      await bob.hangUpAll();
      await expectSound(bob);
    },
  },
  {
    id: 'be-transferred',
    run: async (bench) => {
      const bob = await bench.phones.at(1);
      const { alice } = await callFar(bench);
      await delay(500);
      await bench.far.transfer(bob.user);
      await bob.answer();
      await alice.until('its new call alone', () => {
        return alice.calls.length === 1 && alice.calls[0]?.remote.number === bob.user;
      });
      await delay(talkMs);
      await alice.hangUpAll();
      await bob.until('its call to be over', () => bob.calls.length === 0);
      await expectSpeech(bob.heard(), wholeSeconds);
    },
  },
  {
    id: 'cancel',
    run: async ({ phones, far }) => {
      const alice = await phones.at(0);
      await far.registered();
      const callId = await alice.dial(far.user);
      await far.rings();
      await alice.reaches(callId, 'ringing');
      await hangUp(alice, callId, far);
    },
  },
  {
    id: 'be-cancelled',
    run: async ({ phones, far }) => {
      const alice = await phones.at(0);
      await far.registered();
      await far.dial(alice.user);
      const callId = await alice.rings();
      await far.hangUp();
      await alice.reaches(callId, 'ended');
      expectEqual('the log', alice.snapshot.history[0]?.outcome, 'missed');
    },
  },
  {
    id: 'reject',
    run: async ({ phones, far }) => {
      const alice = await phones.at(0);
      await far.registered();
      await far.dial(alice.user);
      await alice.ask('call.reject', { callId: await alice.rings(), reason: 'declined' });
      await far.over();
    },
  },
  {
    id: 'be-rejected',
    run: async ({ phones, far }) => {
      const alice = await phones.at(0);
      await far.registered();
      const callId = await alice.dial(far.user);
      await far.rings();
      await far.hangUp();
      const { end } = await alice.reaches(callId, 'ended');
      expectEqual('who ended it', end?.by, 'there');
      if (end?.error === null) throw new Error('the person is told nothing');
    },
  },
  {
    id: 'refresh',
    slow: true,
    run: async (bench) => {
      const { alice, callId } = await callFar(bench);
      const before = bench.proxy.log().length;
      // RFC 4028 §7.2: the refresher refreshes after half of the session's 90 s.
      await delay(50_000);
      const refreshed = /REQUEST (UPDATE|INVITE) .*route <sip:/.test(bench.proxy.log().slice(before));
      expectEqual('a refresh', refreshed, true);
      expectEqual('the call', alice.find(callId).state, 'connected');
      await hangUp(alice, callId, bench.far);
    },
  },
];
