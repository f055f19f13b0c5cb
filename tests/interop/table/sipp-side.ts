/** SIPp as the server and the far phone in one: each scenario is a script of tests/interop/sipp that answers our call as it says. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import type { DeskPhone } from '../../support/desk-phone.ts';
import { Sipp } from '../../support/sipp.ts';
import { expectEqual } from './between-phones.ts';
import { Phones } from './phones.ts';
import { type FarSide, type Link, type Scenario, type ScenarioId, loopback } from './scenario.ts';

interface Bench {
  link: Link;
}

/** One phone and one SIPp for the scenario; SIPp's own count of what went wrong decides, beside what the phone shows. */
function script(
  id: ScenarioId,
  converse: (phone: DeskPhone, callId: string) => Promise<void>,
): Scenario<Bench> {
  return {
    id,
    run: async ({ link }) => {
      const transport = link.transport === 'tcp' ? 'tcp' : 'udp';
      const sipp = await Sipp.answering(id, loopback(link), transport);
      const server = {
        authority: '',
        port: () => sipp.port,
        line: (extension: string) => ({ extension, password: 'sipp' }),
      };
      const phones = new Phones(link, server, ['401']);
      let wrong: unknown;
      try {
        const phone = await phones.at(0);
        await converse(phone, await phone.dial('402'));
      } catch (thrown) {
        wrong = thrown;
      }
      await phones.settle().catch(() => undefined);
      const scripted = await sipp.finish().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      await phones.close();
      if (wrong !== undefined) throw wrong;
      if (scripted !== undefined) throw scripted;
    },
  };
}

async function talk(phone: DeskPhone, callId: string, talkMs = 1_000): Promise<CallSnapshot> {
  await phone.reaches(callId, 'connected');
  await delay(talkMs);
  await phone.ask('call.hangup', { callId });
  const call = await phone.reaches(callId, 'ended');
  expectEqual('who ended it', call.end?.by, 'here');
  return call;
}

const scenarios: readonly Scenario<Bench>[] = [
  script('fork', async (phone, callId) => void (await talk(phone, callId))),
  script('record-route', async (phone, callId) => void (await talk(phone, callId))),
  script('early-media', async (phone, callId) => {
    await phone.reaches(callId, 'early');
    await talk(phone, callId);
  }),
  script('several-challenges', async (phone, callId) => void (await talk(phone, callId))),
  script('redirect', async (phone, callId) => {
    await phone.until('the question', () => phone.find(callId).redirect !== null);
    const uri = phone.find(callId).redirect?.[0]?.uri ?? '';
    await phone.ask('call.redirect', { callId, target: uri });
    await talk(phone, callId);
  }),
  script('be-held', async (phone, callId) => {
    await phone.reaches(callId, 'connected');
    await phone.until('to be held', () => phone.find(callId).hold.remote);
    await phone.until('to be resumed', () => !phone.find(callId).hold.remote);
    await talk(phone, callId);
  }),
  script('glare', async (phone, callId) => {
    await phone.reaches(callId, 'connected');
    await phone.ask('call.hold', { callId });
    expectEqual('its hold', phone.find(callId).hold.local, true);
    await talk(phone, callId);
  }),
  script('update', async (phone, callId) => void (await talk(phone, callId, 2_000))),
  script('reliable', async (phone, callId) => void (await talk(phone, callId))),
  script('cancel-race', async (phone, callId) => {
    await phone.reaches(callId, 'ringing');
    await phone.ask('call.hangup', { callId });
    await phone.reaches(callId, 'ended');
    // The BYE of a call that was answered too late comes after its end here.
    await delay(1_500);
  }),
  script('unavailable', async (phone, callId) => {
    const { end } = await phone.reaches(callId, 'ended');
    expectEqual('the status', end?.status, 503);
    if (end?.error === null) throw new Error('the person is told nothing');
  }),
];

const links: readonly Link[] = ([4, 6] as const).flatMap((family) =>
  (['udp', 'tcp'] as const).map((transport) => ({ transport, family })),
);

export const sippSide: FarSide<Bench> = {
  name: 'sipp',
  title: 'SIPp',
  role: 'Server and far phone in one, which answers as the scripts of `tests/interop/sipp` say and counts what differs from them.',
  missing: () => Sipp.missing(),
  version: () => Sipp.version(),
  links,
  shortLinks: [
    { transport: 'udp', family: 4 },
    { transport: 'tcp', family: 4 },
  ],
  scenarios,
  open: async (link) => ({ link }),
  settle: async () => undefined,
  close: async () => undefined,
  end: async () => undefined,
};
