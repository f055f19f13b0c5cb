/** Keys: whether they arrive at Asterisk, how long they are on the wire, and whether what is sent keeps RFC 4733. */
import { setTimeout as delay } from 'node:timers/promises';
import { Baresip } from '../support/baresip.ts';
import { Linphone } from '../support/linphone.ts';
import { runCommand } from '../support/run-command.ts';
import { sidetone } from '../support/sidetone.ts';
import { Capture } from './capture.ts';
import { sidetoneLine } from './contestants.ts';
import type { Lab } from './lab.ts';
import { streamsFrom } from './rtp-streams.ts';
import { atLeast, atMost, type Row, type SectionOptions, type SectionResult } from './section.ts';
import { quantile } from './statistics.ts';
import { eventsOf, violationsOf } from './telephone-event-audit.ts';

interface Pressed {
  /** Keys that arrived, in their order. */
  received: number;
  /** Of each key on the wire, in ms. */
  lengthsMs: number[];
  violations: string[];
}

const sixteen = '1234567890*#ABCD';
/** linphonec has no A to D. */
const linphoneSixteen = '1234567890*#5089';
const collects16 = '603';
const collects64 = '613';
const lengths = [160, 100, 40];
const gapMs = 100;
const toleranceMs = 20;
const lossPercent = 20;
const firstRtpPort = 21_000;
/** More than 16 keys pressed faster than this hang linphonec; it cannot set their length. */
const linphoneEveryMs = 320;
const linphoneKeyMs = 100;

/** Presses keys in one call and looks at both ends of the wire. `press` resolves when the call is over. */
async function observe(lab: Lab, keys: string, press: () => Promise<void>): Promise<Pressed> {
  const mark = lab.pbx.logMark();
  const capture = await Capture.start(lab.network.hostCable);
  await press();
  const packets = await capture.stop();
  const told = [...lab.pbx.log({ after: mark }).matchAll(/DTMF end '(.)' received on/g)];
  const received = inOrder(keys, told.map(([, key = '']) => key).join(''));
  const stream = streamsFrom(lab.network.address, packets)[0];
  const events = stream === undefined ? [] : eventsOf(stream.packets);
  return {
    received,
    lengthsMs: events.map(({ durationMs }) => durationMs),
    violations: stream === undefined ? ['no sound at all'] : violationsOf(stream.packets),
  };
}

/** How many of the keys came, in the order in which they were pressed (longest common subsequence). */
export function inOrder(pressed: string, received: string): number {
  let row = new Array<number>(received.length + 1).fill(0);
  for (const key of pressed) {
    const next = [0];
    for (let index = 0; index < received.length; index += 1) {
      const same = received[index] === key ? (row[index] ?? 0) + 1 : 0;
      next.push(Math.max(same, row[index + 1] ?? 0, next[index] ?? 0));
    }
    row = next;
  }
  return row[received.length] ?? 0;
}

async function bySidetone(lab: Lab, number: string, keys: string, keyMs: number): Promise<void> {
  const seconds = (keys.length * (keyMs + gapMs)) / 1000 + 3;
  const tool = sidetone(
    [
      ...['call', number, ...sidetoneLine(lab, '101'), '--dtmf', keys, '--dtmf-duration', String(keyMs)],
      ...['--dtmf-gap', String(gapMs), '--for', String(seconds)],
    ],
    { network: lab.network, password: lab.pbx.line('101').password },
  );
  await tool.exited;
}

async function byBaresip(lab: Lab, keyMs: number): Promise<void> {
  const { password } = lab.pbx.line('102');
  const server = { host: lab.pbx.host, port: lab.pbx.sipPort };
  const account = { user: '102', password, server, transport: 'udp' } as const;
  const phone = await Baresip.start(account, lab.says.path, { network: lab.network, loops: true });
  await phone.registered();
  await phone.dial(collects16);
  await phone.connected();
  await delay(1_000);
  await phone.press(sixteen, { keyMs, gapMs: Math.max(gapMs, keyMs) });
  await delay(1_000);
  await phone.close();
}

async function byLinphone(lab: Lab): Promise<void> {
  const { password } = lab.pbx.line('103');
  const server = { host: lab.pbx.host, port: lab.pbx.sipPort };
  const account = { user: '103', password, server, transport: 'udp' } as const;
  const phone = await Linphone.start(account, lab.says.path, { network: lab.network });
  await phone.registered();
  await phone.dial(collects16);
  await phone.connected();
  await delay(1_000);
  await phone.press(linphoneSixteen);
  await delay(linphoneEveryMs);
  await phone.close();
}

/** Loses sound and keys on their way to the PBX while something goes on; signalling is spared. */
async function withLoss(lab: Lab, during: () => Promise<Pressed>): Promise<Pressed> {
  const nft = async (...rule: string[]) => {
    const { status, stderr } = await runCommand('nft', rule, { timeoutMs: 10_000 });
    if (status !== 0) throw new Error(`nft ${rule.join(' ')}: ${stderr}`);
  };
  const table = lab.network.name.replaceAll('-', '_');
  await nft('add', 'table', 'inet', table);
  try {
    await nft(`add chain inet ${table} input { type filter hook input priority 0; }`);
    const from = `iifname ${lab.network.hostCable} udp dport >= ${firstRtpPort}`;
    await nft(`add rule inet ${table} input ${from} numgen random mod 100 < ${lossPercent} drop`);
    return await during();
  } finally {
    await nft('delete', 'table', 'inet', table);
  }
}

export async function digitsSection({ lab, short, say }: SectionOptions): Promise<SectionResult> {
  const rows: Row[] = [];
  const clean: { keyMs: number; pressed: Pressed }[] = [];
  for (const keyMs of short ? [100] : lengths) {
    say(`keys of ${keyMs} ms`);
    const pressed = await observe(lab, sixteen, () => bySidetone(lab, collects16, sixteen, keyMs));
    const others = await observe(lab, sixteen, () => byBaresip(lab, keyMs));
    clean.push({ keyMs, pressed });
    const peers = { baresip: [others.received] };
    const longest = { baresip: [quantile(others.lengthsMs, 1)] };
    const values = { sidetone: [pressed.received], ...peers };
    rows.push({ title: `keys of ${keyMs} ms received, of 16`, unit: '', digits: 0, values });
    rows.push({
      title: `keys of ${keyMs} ms, the longest on the wire`,
      unit: 'ms',
      digits: 0,
      values: { sidetone: [quantile(pressed.lengthsMs, 1)], ...longest },
    });
  }
  say('linphone');
  const linphone = await observe(lab, linphoneSixteen, () => byLinphone(lab));
  rows.push({
    title: `keys of ${linphoneKeyMs} ms, every ${linphoneEveryMs} ms, of 16`,
    unit: '',
    digits: 0,
    values: { linphone: [linphone.received] },
  });

  say(`${lossPercent}% loss`);
  const many = sixteen.repeat(short ? 1 : 4);
  const lossy = await withLoss(lab, () => observe(lab, many, () => bySidetone(lab, collects64, many, 100)));
  rows.push({
    title: `keys at ${lossPercent}% loss received, of ${many.length}`,
    unit: '',
    digits: 0,
    values: { sidetone: [lossy.received] },
  });
  const violations = [...clean.map(({ pressed }) => pressed), lossy].flatMap((each) => each.violations);
  const offMs = clean.flatMap(({ keyMs, pressed }) =>
    pressed.lengthsMs.map((length) => Math.abs(length - keyMs)),
  );
  const received = clean.reduce((sum, { pressed }) => sum + pressed.received, 0);
  return {
    rows,
    verdicts: [
      atLeast('M8', 'keys received', received, clean.length * sixteen.length, { digits: 0 }),
      atMost('M8', 'length on the wire off by', Math.max(...offMs), toleranceMs, { digits: 0, unit: 'ms' }),
      atLeast('M8', `keys received at ${lossPercent}% loss`, lossy.received, many.length, { digits: 0 }),
      atMost('M8', 'violations of RFC 4733', violations.length, 0, { digits: 0 }),
    ],
    notes: [
      'baresip and linphone cannot set how long a key lasts, baresip has no A to D, and more than 16 keys pressed fast hang linphonec.',
      ...new Set(violations),
    ],
  };
}
