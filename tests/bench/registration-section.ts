/** How soon a phone that runs is known to its server: signed off and registered again, over and over. */
import { setTimeout as delay } from 'node:timers/promises';
import { Baresip } from '../support/baresip.ts';
import { Linphone } from '../support/linphone.ts';
import { sidetone } from '../support/sidetone.ts';
import { Capture, type CapturedPacket } from './capture.ts';
import { accountAt, sidetoneLine, type ContestantName } from './contestants.ts';
import type { Lab } from './lab.ts';
import { atMost, type Row, type SectionOptions, type SectionResult } from './section.ts';
import { median } from './statistics.ts';
import { calibrateWallClock, wallClockMs } from './wall-clock.ts';

/** linphonec registers once on command, and no second time: it is started anew for each. */
const linphoneShare = 0.2;
/** baresip and linphone are left in peace for so long before each command. */
const restMs = 500;

/** Registers a running phone so many times; resolves to the times of the commands, milliseconds since 1970. */
type Streak = (lab: Lab, times: number) => Promise<number[]>;

const bySidetone: Streak = async (lab, times) => {
  const again = ['--registrations', String(times), '--calls', '0'];
  const tool = sidetone(['bench', ...sidetoneLine(lab, '101'), ...again], {
    network: lab.network,
    password: lab.pbx.line('101').password,
  });
  await tool.waitFor(({ event }) => event === 'bench', 20_000 + 2_000 * times);
  await tool.exited;
  return tool.of('registering').map(({ at }) => Number(at));
};

const byBaresip: Streak = async (lab, times) => {
  const phone = await Baresip.start(accountAt(lab, '102'), lab.says.path, {
    network: lab.network,
    loops: true,
  });
  const askedAtMs: number[] = [];
  await phone.registered();
  for (let nth = 0; nth < times; nth += 1) {
    phone.unregister();
    await delay(restMs);
    askedAtMs.push(wallClockMs());
    phone.register();
    await phone.registered();
  }
  await phone.close();
  return askedAtMs;
};

const byLinphone: Streak = async (lab, times) => {
  const askedAtMs: number[] = [];
  for (let nth = 0; nth < Math.ceil(times * linphoneShare); nth += 1) {
    const phone = await Linphone.start(accountAt(lab, '103'), lab.says.path, {
      network: lab.network,
      registers: false,
    });
    await delay(restMs);
    askedAtMs.push(wallClockMs());
    phone.register();
    await phone.registered();
    await phone.close();
  }
  return askedAtMs;
};

const streaks: Record<ContestantName, Streak> = {
  sidetone: bySidetone,
  baresip: byBaresip,
  linphone: byLinphone,
};

interface RegistrationTimes {
  /** From the command to the registrar's 200, in ms. */
  commandMs: number[];
  /** From the first REGISTER on the wire to the 200. */
  wireMs: number[];
}

/** NaN for each command after which nothing came. */
function timesOf(
  askedAtMs: readonly number[],
  packets: readonly CapturedPacket[],
  own: string,
): RegistrationTimes {
  const times: RegistrationTimes = { commandMs: [], wireMs: [] };
  const text = ({ payload }: CapturedPacket) => payload.toString('latin1');
  for (const asked of askedAtMs) {
    const after = packets.filter(({ atMs }) => atMs >= asked);
    const request = after.find(
      ({ source, payload }) => source.address === own && payload.toString('latin1', 0, 9) === 'REGISTER ',
    );
    const answer = after.find(
      (packet) =>
        packet.target.address === own && /^SIP\/2\.0 200[^]*\nCSeq: *\d+ REGISTER/i.test(text(packet)),
    );
    times.commandMs.push((answer?.atMs ?? NaN) - asked);
    times.wireMs.push((answer?.atMs ?? NaN) - (request?.atMs ?? NaN));
  }
  return times;
}

export async function registrationSection({ lab, short, say }: SectionOptions): Promise<SectionResult> {
  const times = short ? 5 : 25;
  const figures: Partial<Record<ContestantName, RegistrationTimes>> = {};
  for (const [name, run] of Object.entries(streaks) as [ContestantName, Streak][]) {
    say(`${times} registrations: ${name}`);
    calibrateWallClock();
    const capture = await Capture.start(lab.network.hostCable);
    const asked = await run(lab, times);
    figures[name] = timesOf(asked, await capture.stop(), lab.network.address);
  }
  const row = (title: string, of: (each: RegistrationTimes) => number[]): Row => ({
    title,
    unit: 'ms',
    digits: 1,
    values: Object.fromEntries(Object.entries(figures).map(([name, each]) => [name, of(each)])),
  });
  const command = row('command to registered, running phone', ({ commandMs }) => commandMs);
  const wire = row('first REGISTER to 200 on the wire', ({ wireMs }) => wireMs);
  const { sidetone: ours = [], linphone = [] } = command.values;
  return {
    rows: [command, wire],
    verdicts: [
      atMost('M9', 'command to registered', median(ours), median(linphone), { digits: 1, unit: 'ms' }),
    ],
    notes: [
      "Our phone answers the server's challenge before it is asked again (its nonce is known from the registration before); baresip is given its account anew and linphone is started anew, so that both are challenged.",
    ],
  };
}
