/**
 * One call through Asterisk's Echo(), by each phone in turn and several times: processor time, memory, how soon it is registered and
 * connected, and how evenly it sends. The bare Node loop runs in the same rounds.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Capture, type CapturedPacket } from './capture.ts';
import { contestants, startContestant, type ContestantName } from './contestants.ts';
import { startFloor } from './floor.ts';
import type { Lab } from './lab.ts';
import { cpuSeconds, residentMegabytes } from './process-cost.ts';
import { startReflector } from './reflector.ts';
import { streamPacing, streamsFrom, type StreamPacing } from './rtp-streams.ts';
import { atLeast, atMost, type Row, type SectionOptions, type SectionResult } from './section.ts';
import { mean, median, standardDeviation } from './statistics.ts';
import { calibrateWallClock } from './wall-clock.ts';

interface Cost {
  cpuSecondsPerMinute: number;
  residentMegabytes: number;
}

interface CallFigures extends Cost {
  /** From the program's start to the registrar's 200. */
  startToRegisteredMs: number;
  /** From the first REGISTER to the registrar's 200. */
  registerMs: number;
  dialToAnswerMs: number;
  dialToSoundMs: number;
  pacing: StreamPacing;
}

const echoNumber = '600';
/** Start-up is over by then. */
const warmUpMs = 3_000;
/** More than this share of the floor's own mean in its standard deviation: something else was at work. */
const noisyShare = 0.1;

/** Processor time and memory of a process over a stretch of its call. */
async function costOf(pid: number, seconds: number): Promise<Cost> {
  const [before, from] = [cpuSeconds(pid), performance.now()];
  await delay(seconds * 1000);
  const used = cpuSeconds(pid) - before;
  const minutes = (performance.now() - from) / 60_000;
  return { cpuSecondsPerMinute: used / minutes, residentMegabytes: residentMegabytes(pid) };
}

async function floorCost(lab: Lab, seconds: number): Promise<Cost> {
  const reflector = await startReflector(lab.network.hostAddress);
  const floor = startFloor(lab.network, reflector, { seconds: seconds + warmUpMs / 1000 + 2 });
  await delay(warmUpMs);
  const cost = await costOf(floor.pid, seconds);
  await floor.exited;
  await reflector.close();
  return cost;
}

async function callOf(name: ContestantName, lab: Lab, seconds: number): Promise<CallFigures> {
  calibrateWallClock();
  const capture = await Capture.start(lab.network.hostCable);
  const phone = await startContestant(name, lab, { target: echoNumber, seconds: seconds + warmUpMs / 1000 });
  const dialledAtMs = await phone.dial();
  await delay(warmUpMs);
  const cost = await costOf(phone.pid, seconds);
  await phone.hangUp();
  await phone.close();
  const packets = await capture.stop();
  return { ...cost, ...timesOf(packets, lab, { startedAtMs: phone.startedAtMs, dialledAtMs }) };
}

function timesOf(
  packets: readonly CapturedPacket[],
  lab: Lab,
  { startedAtMs, dialledAtMs }: { startedAtMs: number; dialledAtMs: number },
): Omit<CallFigures, keyof Cost> {
  const own = lab.network.address;
  const said = ({ payload }: CapturedPacket) => payload.toString('latin1', 0, 1_500);
  const when = (from: boolean, what: RegExp) =>
    packets.find((packet) => (packet.source.address === own) === from && what.test(said(packet)))?.atMs ??
    NaN;
  const registered = when(false, /^SIP\/2\.0 200[^]*\nCSeq: *\d+ REGISTER/i);
  const answered = when(false, /^SIP\/2\.0 200[^]*\nCSeq: *\d+ INVITE/i);
  const stream = streamsFrom(own, packets)[0];
  if (stream === undefined) throw new Error('the phone has sent no sound');
  return {
    startToRegisteredMs: registered - startedAtMs,
    registerMs: registered - when(true, /^REGISTER /),
    dialToAnswerMs: answered - dialledAtMs,
    dialToSoundMs: (stream.packets[0]?.arrivalMs ?? NaN) - dialledAtMs,
    pacing: streamPacing(stream),
  };
}

export async function callSection({ lab, short, say }: SectionOptions): Promise<SectionResult> {
  const [rounds, seconds] = short ? [1, 15] : [3, 40];
  const floor: Cost[] = [];
  const figures: Record<ContestantName, CallFigures[]> = { sidetone: [], baresip: [], linphone: [] };
  for (let round = 1; round <= rounds; round += 1) {
    floor.push(await floorCost(lab, seconds));
    for (const name of contestants) {
      say(`call ${round} of ${rounds}: ${name}`);
      figures[name].push(await callOf(name, lab, seconds));
    }
  }
  const row = (title: string, unit: string, digits: number, of: (figure: CallFigures) => number): Row => ({
    title,
    unit,
    digits,
    values: Object.fromEntries(contestants.map((name) => [name, figures[name].map(of)])),
  });
  const cpu = row('processor time of a call', 's/min', 3, (each) => each.cpuSecondsPerMinute);
  const perCore = row('calls that a core could carry', '', 0, callsPerCore);
  const memory = row('memory with one call', 'MB', 1, (each) => each.residentMegabytes);
  const registration = row('first REGISTER to registered', 'ms', 1, (each) => each.registerMs);
  const answer = row('dial to 200 OK, first call', 'ms', 1, (each) => each.dialToAnswerMs);
  const sound = row('dial to first RTP, first call', 'ms', 1, (each) => each.dialToSoundMs);
  const start = row('program start to registered', 'ms', 1, (each) => each.startToRegisteredMs);
  const within1 = row('packets within 1 ms of 20 ms', '%', 2, ({ pacing }) => 100 * pacing.within1Ms);
  const drift = row('drift of the send clock', 'ppm', 1, ({ pacing }) => pacing.driftPpm);
  const missing = row('packets missing', '', 0, ({ pacing }) => pacing.missing);
  const rows = [
    withFloor(cpu, floor, (each) => each.cpuSecondsPerMinute),
    withFloor(perCore, floor, (each) => callsPerCore(each)),
    withFloor(memory, floor, (each) => each.residentMegabytes),
    start,
    registration,
    answer,
    sound,
    row('send interval, standard deviation', 'ms', 3, ({ pacing }) => pacing.standardDeviationMs),
    row('send interval, 99th percentile', 'ms', 2, ({ pacing }) => pacing.p99Ms),
    within1,
    row('packets within 5 ms of 20 ms', '%', 2, ({ pacing }) => 100 * pacing.within5Ms),
    drift,
    missing,
  ];
  const ours = (of: Row) => median(of.values.sidetone ?? []);
  const floorCpu = floor.map((each) => each.cpuSecondsPerMinute);
  return {
    rows,
    verdicts: [
      atLeast('M3', 'idle, packets within 1 ms of 20 ms', ours(within1), 99, { unit: '%' }),
      atMost('M3', 'drift', Math.abs(ours(drift)), 20, { digits: 1, unit: 'ppm' }),
      atMost('M10', 'processor time over the bare Node loop', ours(cpu) / median(floorCpu), 1.3, {
        unit: '×',
      }),
      atMost('M11', 'memory in plain Node', ours(memory), 1.5 * median(memory.values.linphone ?? []), {
        digits: 1,
        unit: 'MB',
      }),
    ],
    notes: [noiseOf(floorCpu)],
  };
}

/** By the processor time of one; what many at once really take is another section's. */
function callsPerCore({ cpuSecondsPerMinute }: Cost): number {
  return 60 / cpuSecondsPerMinute;
}

function withFloor(row: Row, floor: readonly Cost[], of: (cost: Cost) => number): Row {
  return { ...row, values: { ...row.values, floor: floor.map(of) } };
}

/** The floor does the same in each round: by how much it differs is the machine's doing. */
function noiseOf(floorCpu: readonly number[]): string {
  const share = standardDeviation(floorCpu) / mean(floorCpu);
  if (floorCpu.length < 2) return 'One round only: how noisy the machine was is not known.';
  const figure = `the bare Node loop took ${floorCpu.map((each) => each.toFixed(2)).join(', ')} s a minute (standard deviation ${(100 * share).toFixed(0)}%)`;
  return share > noisyShare
    ? `The machine was noisy: ${figure}. Compare ratios of the same run only.`
    : `The machine was quiet: ${figure}.`;
}
