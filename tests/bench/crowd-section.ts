/**
 * How many calls a core carries: two hundred at once on the first processor, with a reflector on the last. The bare Node loop with as
 * many sockets takes turns with them, in the same place.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { sidetone } from '../support/sidetone.ts';
import { Capture } from './capture.ts';
import { startFloor } from './floor.ts';
import type { Lab } from './lab.ts';
import { cpuSeconds } from './process-cost.ts';
import { type Reflector, startReflector } from './reflector.ts';
import { streamPacing, streamsFrom, type StreamPacing } from './rtp-streams.ts';
import { atLeast, atMost, type Row, type SectionOptions, type SectionResult } from './section.ts';
import { median } from './statistics.ts';

const calls = 200;
const processor = 0;
/** Everything is set up and compiled by then. */
const settleMs = 3_000;
const headersOnly = 64;
const sharePercent = 99.9;
/** A computer that others use too may be taken away for a while. */
const turns = 3;

interface Crowd {
  streams: StreamPacing[];
  /** Share of the processor, 0 to 1. */
  used: number;
}

/** Runs `crowd` before a capture of what it sends. */
async function captured<Told>(
  { network }: Lab,
  crowd: (reflector: Reflector) => Promise<Told>,
): Promise<Told & Pick<Crowd, 'streams'>> {
  const reflector = await startReflector(network.hostAddress);
  const filter = `udp and src host ${network.address} and dst port ${reflector.rtpPort}`;
  const capture = await Capture.start(network.hostCable, filter, headersOnly);
  const told = await crowd(reflector);
  const packets = await capture.stop();
  await reflector.close();
  const streams = streamsFrom(network.address, packets).map((stream) => streamPacing(stream, settleMs));
  return { ...told, streams };
}

/** How much of a processor a process uses while something goes on. */
async function usedBy(pid: number, meanwhile: Promise<unknown>): Promise<number> {
  const [before, from] = [cpuSeconds(pid), performance.now()];
  await meanwhile;
  return (cpuSeconds(pid) - before) / ((performance.now() - from) / 1000);
}

function floorCrowd(lab: Lab, seconds: number): Promise<Crowd> {
  return captured(lab, async (reflector) => {
    const length = seconds + settleMs / 1000 + 1;
    const floor = startFloor(lab.network, reflector, { seconds: length, calls, processor });
    await delay(settleMs);
    const used = await usedBy(floor.pid, delay(seconds * 1000));
    await floor.exited;
    return { used };
  });
}

interface PhoneCrowd extends Crowd {
  answered: number;
  lostOrLate: number;
}

function phoneCrowd(lab: Lab, seconds: number): Promise<PhoneCrowd> {
  const { network } = lab;
  return captured(lab, async (reflector) => {
    const tool = sidetone(
      [
        ...['bench', 'line', '--server', `${network.hostAddress}:${reflector.sipPort}`, '--user', '101'],
        ...['--no-register', '--at-once', String(calls), '--for', String(seconds + settleMs / 1000)],
      ],
      { network, processor },
    );
    await tool.waitFor(() => tool.of('dialled').length === calls);
    await delay(settleMs);
    const ending = tool.waitFor(({ event }) => event === 'memory', (seconds + 30) * 1000);
    const used = await usedBy(tool.pid, ending);
    const report = await tool.waitFor(({ event }) => event === 'bench', 30_000);
    await tool.exited;
    const [answered, lost, late] = ['answered', 'lost', 'late'].map((name) => Number(report[name]));
    return { used, answered: answered ?? NaN, lostOrLate: (lost ?? NaN) + (late ?? NaN) };
  });
}

/** Of all intervals of all streams, in percent. */
function share({ streams }: Crowd, of: (stream: StreamPacing) => number): number {
  const intervals = streams.reduce((sum, { packets }) => sum + packets - 1, 0);
  return (100 * streams.reduce((sum, stream) => sum + of(stream) * (stream.packets - 1), 0)) / intervals;
}

const missingOf = ({ streams }: Crowd) => streams.reduce((sum, { missing }) => sum + missing, 0);

/** The floor and the phone take turns, so that what else the computer does meets both. */
async function takeTurns({
  lab,
  short,
  say,
}: SectionOptions): Promise<{ floor: Crowd[]; phone: PhoneCrowd[] }> {
  const seconds = short ? 10 : 30;
  const crowds = { floor: [] as Crowd[], phone: [] as PhoneCrowd[] };
  for (let turn = 1; turn <= (short ? 1 : turns); turn += 1) {
    say(`the bare Node loop with ${calls} sockets for ${seconds} s, turn ${turn}`);
    crowds.floor.push(await floorCrowd(lab, seconds));
    say(`${calls} calls for ${seconds} s, turn ${turn}`);
    crowds.phone.push(await phoneCrowd(lab, seconds));
  }
  return crowds;
}

export async function crowdSection(options: SectionOptions): Promise<SectionResult> {
  const { floor, phone } = await takeTurns(options);
  const ours = (title: string, of: (crowd: PhoneCrowd) => number): Row => ({
    title,
    unit: '',
    digits: 0,
    values: { sidetone: phone.map(of) },
  });
  const both = (title: string, unit: string, digits: number, of: (crowd: Crowd) => number): Row => ({
    title,
    unit,
    digits,
    values: { sidetone: phone.map(of), floor: floor.map(of) },
  });
  const within5 = (crowd: Crowd) => share(crowd, ({ within5Ms }) => within5Ms);
  const each = (crowds: readonly Crowd[]) => crowds.map((crowd) => within5(crowd).toFixed(3)).join(', ');
  return {
    rows: [
      ours('calls at once on one core, answered', ({ answered }) => answered),
      both('streams seen', '', 0, ({ streams }) => streams.length),
      both('packets within 1 ms of 20 ms', '%', 2, (crowd) => share(crowd, ({ within1Ms }) => within1Ms)),
      both('packets within 5 ms of 20 ms', '%', 3, within5),
      both('packets missing', '', 0, missingOf),
      both('of the core in use', '%', 1, ({ used }) => 100 * used),
      ours('packets lost or late at the phone', ({ lostOrLate }) => lostOrLate),
    ],
    verdicts: [
      atLeast('M10', `calls at once on one core`, Math.min(...phone.map(({ answered }) => answered)), calls, {
        digits: 0,
      }),
      atLeast('M10', `their packets within 5 ms of 20 ms`, median(phone.map(within5)), sharePercent, {
        digits: 3,
        unit: '%',
      }),
      atMost('M10', `their packets missing`, Math.max(...phone.map(missingOf)), 0, { digits: 0 }),
    ],
    notes: [
      `The bare Node loop with as many sockets and the phone took turns. Within 5 ms of 20 ms were ${each(floor)}% of the loop's packets and ${each(phone)}% of the phone's.`,
    ],
  };
}
