/** The phones that are measured side by side, each driven in the way that it offers. */
import { setTimeout as delay } from 'node:timers/promises';
import { Baresip } from '../support/baresip.ts';
import type { FarPhoneAccount } from '../support/far-phone.ts';
import { Linphone } from '../support/linphone.ts';
import { sidetone } from '../support/sidetone.ts';
import type { Lab } from './lab.ts';
import { wallClockMs } from './wall-clock.ts';

export const contestants = ['sidetone', 'baresip', 'linphone'] as const;
export type ContestantName = (typeof contestants)[number];

/** A phone that is registered at the lab's PBX. */
export interface MeasuredPhone {
  readonly pid: number;
  /** When the program was started, milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Calls a number. Resolves to the time of the command, milliseconds since 1970. */
  dial(): Promise<number>;
  hangUp(): Promise<void>;
  close(): Promise<void>;
}

export interface PhoneRun {
  target: string;
  /** How long the call is to last once it is answered. */
  seconds: number;
}

/** Long enough for any of them to register and to settle. */
const settleMs = 2_000;

/** The account of an extension at the lab's PBX. */
export function accountAt(lab: Lab, user: string): FarPhoneAccount {
  const { password } = lab.pbx.line(user);
  return { user, password, server: { host: lab.pbx.host, port: lab.pbx.sipPort }, transport: 'udp' };
}

/** Options of the command line tool for an extension at the lab's PBX. */
export function sidetoneLine(lab: Lab, user: string): string[] {
  return ['--server', `${lab.pbx.host}:${lab.pbx.sipPort}`, '--user', user];
}

async function startSidetone(lab: Lab, run: PhoneRun): Promise<MeasuredPhone> {
  const { network, pbx } = lab;
  const startedAtMs = wallClockMs();
  const length = String(run.seconds + 2);
  const tool = sidetone(['bench', run.target, ...sidetoneLine(lab, '101'), '--for', length], {
    network,
    password: pbx.line('101').password,
  });
  return {
    pid: tool.pid,
    startedAtMs,
    dial: async () => Number((await tool.waitFor(({ event }) => event === 'dialled'))['at']),
    hangUp: async () => {
      await tool.waitFor(({ event }) => event === 'bench');
    },
    close: async () => {
      if ((await Promise.race([tool.exited, delay(10_000, -1)])) === -1) tool.signal('SIGKILL');
    },
  };
}

async function startBaresip(lab: Lab, run: PhoneRun): Promise<MeasuredPhone> {
  const startedAtMs = wallClockMs();
  const phone = await Baresip.start(accountAt(lab, '102'), lab.says.path, {
    network: lab.network,
    loops: true,
    jitterBuffer: '5-10',
  });
  return driven(phone, startedAtMs, run);
}

async function startLinphone(lab: Lab, run: PhoneRun): Promise<MeasuredPhone> {
  const startedAtMs = wallClockMs();
  const phone = await Linphone.start(accountAt(lab, '103'), lab.says.path, { network: lab.network });
  return driven(phone, startedAtMs, run);
}

async function driven(
  phone: Baresip | Linphone,
  startedAtMs: number,
  { target }: PhoneRun,
): Promise<MeasuredPhone> {
  await phone.registered();
  await delay(settleMs);
  return {
    pid: phone.pid,
    startedAtMs,
    dial: async () => {
      const dialledAtMs = wallClockMs();
      await phone.dial(target);
      return dialledAtMs;
    },
    hangUp: async () => {
      await phone.hangUp();
      await phone.over();
    },
    close: () => phone.close(),
  };
}

const starts: Record<ContestantName, (lab: Lab, run: PhoneRun) => Promise<MeasuredPhone>> = {
  sidetone: startSidetone,
  baresip: startBaresip,
  linphone: startLinphone,
};

export function startContestant(name: ContestantName, lab: Lab, run: PhoneRun): Promise<MeasuredPhone> {
  return starts[name](lab, run);
}
