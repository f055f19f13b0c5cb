/** One call of each phone with an impaired peer, and what it heard. The three run side by side: each waits most of the time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { muLawDecode, muLawEncode } from '../../native-wasm/g711.ts';
import { Baresip } from '../support/baresip.ts';
import type { FarPhoneAccount } from '../support/far-phone.ts';
import { Linphone } from '../support/linphone.ts';
import type { Said } from './alignment.ts';
import { contestants, type ContestantName } from './contestants.ts';
import { readSoundCard, recordedSound, returnedSound, type HeardSound } from './heard-sound.ts';
import { openImpairedPeer, type ImpairedPeer } from './impaired-peer.ts';
import { deliveriesOf, type Delivery, type Impairment } from './impairment.ts';
import { telephoneRate, type Lab } from './lab.ts';
import type { SoundCardOptions, SoundCardStats } from './sound-card-phone.ts';

export interface ImpairedCall {
  said: Said;
  heard: HeardSound;
  schedule: Delivery[];
  /** What our engine counted; null for the others, which tell nothing. */
  stats: SoundCardStats | null;
}

const framesPerSecond = 50;
/** What is still in buffers and on its way when the last packet is out. */
const tailMs = 1_000;

type Conversation = (
  lab: Lab,
  peer: ImpairedPeer,
) => Promise<{ heard: HeardSound; stats: SoundCardStats | null }>;

async function bySidetone(lab: Lab, peer: ImpairedPeer) {
  const folder = mkdtempSync(join(tmpdir(), 'sidetone-bench-'));
  const options: SoundCardOptions = {
    host: lab.network.hostAddress,
    port: peer.sipPort,
    stall: null,
    heardFile: join(folder, 'heard'),
  };
  try {
    const phone = startSoundCardPhone(lab, options);
    await peer.played;
    await delay(tailMs);
    const stats = await phone.finish();
    return { heard: readSoundCard(options.heardFile), stats };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts our phone with its imagined sound card in the lab's network; it registers and calls by itself. */
export function startSoundCardPhone(
  lab: Lab,
  options: SoundCardOptions,
): { finish: () => Promise<SoundCardStats> } {
  const script = join(import.meta.dirname, 'sound-card-phone.ts');
  const [command, given] = lab.network.command(process.execPath, script, JSON.stringify(options));
  const child = spawn(command, given, { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  return {
    finish: async () => {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
      return JSON.parse(said) as SoundCardStats;
    },
  };
}

function accountAt(lab: Lab, peer: ImpairedPeer, user: string): FarPhoneAccount {
  const server = { host: lab.network.hostAddress, port: peer.sipPort };
  return { user, password: 'not asked for', server, transport: 'udp' };
}

async function byBaresip(lab: Lab, peer: ImpairedPeer) {
  const phone = await Baresip.start(accountAt(lab, peer, '102'), lab.says.path, {
    network: lab.network,
    loops: true,
    jitterBuffer: '5-10',
  });
  await phone.dial('peer');
  await peer.played;
  await delay(tailMs);
  const { returned } = await peer.report();
  await phone.close();
  return { heard: returnedSound(returned), stats: null };
}

async function byLinphone(lab: Lab, peer: ImpairedPeer) {
  const phone = await Linphone.start(accountAt(lab, peer, '103'), lab.says.path, { network: lab.network });
  await phone.registered();
  await phone.dial('peer');
  await peer.played;
  await delay(tailMs);
  const { returned } = await peer.report();
  await phone.hangUp();
  await phone.over();
  const { samples } = await phone.heard();
  await phone.close();
  return { heard: recordedSound(samples, returned[0]?.arrivalMs ?? NaN), stats: null };
}

const conversations: Record<ContestantName, Conversation> = {
  sidetone: bySidetone,
  baresip: byBaresip,
  linphone: byLinphone,
};

/** Calls of so many seconds by all phones at once, each with a peer of its own and the same impairment. */
export async function impairedCalls(
  lab: Lab,
  impairment: Impairment,
  seconds: number,
): Promise<Record<ContestantName, ImpairedCall>> {
  const codes = muLawEncode(lab.says.samples.subarray(0, seconds * telephoneRate));
  const schedule = deliveriesOf(seconds * framesPerSecond, impairment);
  const calls = contestants.map(async (name) => {
    const peer = await openImpairedPeer(lab.network.hostAddress, codes, schedule);
    try {
      const { heard, stats } = await conversations[name](lab, peer);
      const { startedAtMs } = await peer.report();
      const said = { samples: muLawDecode(codes), startedAtMs };
      return [name, { said, heard, schedule, stats }] as const;
    } finally {
      await peer.close();
    }
  });
  return Object.fromEntries(await Promise.all(calls)) as Record<ContestantName, ImpairedCall>;
}
