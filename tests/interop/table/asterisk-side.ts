/** Asterisk 22 as the PBX: our phones are its extensions, and its applications are the far side where one phone is enough. */
import { setTimeout as delay } from 'node:timers/promises';
import { AsteriskPbx } from '../../support/asterisk.ts';
import { between, expectEqual, sixteenKeys, without } from './between-phones.ts';
import { expectSpeech } from './heard.ts';
import { Phones } from './phones.ts';
import { type FarSide, type Link, type Scenario, allLinks, loopback } from './scenario.ts';

interface Bench {
  phones: Phones;
  pbx: AsteriskPbx;
}

const phonesPerLink = 3;
/** The first of the extensions of each transport. */
const firstExtension = { udp: 110, tcp: 120, tls: 130, ws: 140, wss: 150 } as const;
const extensionsOf = ({ transport }: Pick<Link, 'transport'>) =>
  Array.from({ length: phonesPerLink }, (_, place) => String(firstExtension[transport] + place));
const extensions = (['udp', 'tcp', 'tls', 'ws', 'wss'] as const).flatMap((transport) =>
  extensionsOf({ transport }),
);

const servers = new Map<string, Promise<AsteriskPbx>>();

/** One Asterisk for each family, which writes every SIP message into its log. */
function server(host: '127.0.0.1' | '::1'): Promise<AsteriskPbx> {
  let pbx = servers.get(host);
  if (pbx === undefined) {
    pbx = AsteriskPbx.start({ host, extensions }).then(async (started) => {
      await started.cli('pjsip set logger on');
      return started;
    });
    servers.set(host, pbx);
  }
  return pbx;
}

const scenarios: readonly Scenario<Bench>[] = [
  ...without(['digits', 'busy'], between).map(({ run, ...rest }): Scenario<Bench> => ({
    ...rest,
    run: ({ phones }) => run(phones),
  })),
  {
    id: 'echo',
    run: async ({ phones }) => {
      const alice = await phones.at(0);
      const callId = await alice.dial('600');
      await alice.reaches(callId, 'connected');
      await delay(6_500);
      await alice.ask('call.hangup', { callId });
      await alice.reaches(callId, 'ended');
      await expectSpeech(alice.heard(), 4);
    },
  },
  {
    id: 'digits',
    run: async ({ phones, pbx }) => {
      const alice = await phones.at(0);
      const after = pbx.logMark();
      const callId = await alice.dial('603');
      await alice.reaches(callId, 'connected');
      await delay(500);
      await alice.ask('call.digits', { callId, digits: sixteenKeys });
      expectEqual(
        'what Read() got',
        await pbx.dtmfDigits({ from: alice.user, after, limitMs: 15_000 }),
        sixteenKeys,
      );
    },
  },
  {
    id: 'digits-received',
    run: async ({ phones, pbx }) => {
      const alice = await phones.at(0);
      const before = alice.keys.length;
      const answered = alice.answer();
      await pbx.originate(alice.user, 'SendDTMF', `${sixteenKeys},100,150`);
      await answered;
      await alice
        .until('16 keys', () => alice.keys.length - before >= sixteenKeys.length)
        .catch(() => undefined);
      expectEqual('what arrived', alice.keys.slice(before), sixteenKeys);
    },
  },
  ...(
    [
      ['busy', '604', 'call.busy'],
      ['congestion', '606', 'call.failed'],
    ] as const
  ).map(([id, number, code]): Scenario<Bench> => ({
    id,
    run: async ({ phones }) => {
      const alice = await phones.at(0);
      const { end } = await alice.reaches(await alice.dial(number), 'ended');
      expectEqual('the error', end?.error?.code, code);
    },
  })),
  {
    id: 'long-ring',
    run: async ({ phones, pbx }) => {
      const alice = await phones.at(0);
      const callId = await alice.dial('605');
      await alice.reaches(callId, 'ringing');
      await alice.ask('call.hangup', { callId });
      await alice.reaches(callId, 'ended');
      await pbx.until('the channel to go', async () => (await pbx.channelCount(alice.user)) === 0);
    },
  },
  {
    id: 'message-waiting',
    run: async ({ phones }) => {
      const [alice, bob] = [await phones.at(0), await phones.at(1)];
      const before = alice.account.mailbox?.new ?? 0;
      const callId = await bob.dial(`*${alice.user}`);
      await bob.reaches(callId, 'connected');
      // The greeting is over after seven seconds; what follows is the message.
      await delay(12_000);
      await bob.ask('call.hangup', { callId });
      await alice.until('one more message', () => (alice.account.mailbox?.new ?? 0) > before);
      expectEqual('the message light', alice.account.mailbox?.waiting, true);
    },
  },
  {
    id: 'lamp',
    run: async ({ phones }) => {
      const [alice, bob] = [await phones.at(0), await phones.at(1)];
      const lamps = [{ number: bob.user, label: 'Bob', account_id: '' }];
      await alice.ask('settings.change', { patch: { lamps } });
      const lamp = (state: string) =>
        alice.until(`the lamp to be ${state}`, (snapshot) => snapshot.lamps[0]?.state === state);
      await lamp('idle');
      const callId = await bob.dial('600');
      await bob.reaches(callId, 'connected');
      await lamp('busy');
      await bob.ask('call.hangup', { callId });
      await lamp('idle');
      await alice.ask('settings.change', { patch: { lamps: [] } });
    },
  },
  {
    id: 'refresh',
    slow: true,
    run: async ({ phones, pbx }) => {
      const alice = await phones.at(0);
      const after = pbx.logMark();
      const callId = await alice.dial('600');
      await alice.reaches(callId, 'connected');
      // RFC 4028 §7.2: the refresher refreshes after half of the session's 90 s.
      const refreshed = new RegExp(`CSeq: \\d+ (UPDATE|INVITE)[\\s\\S]*?Session-Expires: 90`);
      await delay(50_000);
      await pbx.waitForLog(refreshed, { after: after + 1, limitMs: 1_000 });
      expectEqual('the call', alice.find(callId).state, 'connected');
    },
  },
];

export const asteriskSide: FarSide<Bench> = {
  name: 'asterisk',
  title: 'Asterisk',
  role: 'The PBX. Our phones are its extensions; Echo(), Read(), Busy() and the like are the far side where one phone is enough.',
  missing: () => AsteriskPbx.missing(),
  version: async () => {
    const version = await (await server('127.0.0.1')).cli('core show version');
    return /Asterisk \S+/.exec(version)?.[0] ?? version;
  },
  links: allLinks,
  shortLinks: [
    { transport: 'tls', family: 4 },
    { transport: 'wss', family: 6 },
  ],
  scenarios,
  open: async (link) => {
    const pbx = await server(loopback(link));
    return { pbx, phones: new Phones(link, pbx, extensionsOf(link)) };
  },
  settle: ({ phones }) => phones.settle(),
  close: ({ phones }) => phones.close(),
  end: async () => {
    await Promise.all([...servers.values()].map(async (pbx) => (await pbx).close()));
    servers.clear();
  },
};
