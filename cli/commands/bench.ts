/**
 * `sidetone bench [TARGET]`: calls an echo (or whatever TARGET is) and tells what that costs this computer: how soon the call stands,
 * processor time, memory, losses and delays. Many calls one after the other, or at once, show what grows. Registering again and again
 * tells how soon a phone that runs is known to its server.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type MediaStats, type CallSnapshot } from '../../contract/snapshot.ts';
import { noStats } from '../../engine/media/media-engine.ts';
import type { Call } from '../../engine/sip/call.ts';
import type { UserAgent } from '../../engine/sip/user-agent.ts';
import { exitStatus } from '../exit-status.ts';
import { watchInterrupt } from '../interrupt.ts';
import type { LineOptions } from '../line-options.ts';
import { openLineSession } from '../line-session.ts';
import { createOutput, type Output } from '../output.ts';
import { checkTarget } from './call.ts';

export interface BenchOptions extends LineOptions {
  /** Registrations after the first, one after the other, before the calls. */
  registrations: number;
  /** Rounds, one after the other. */
  calls: number;
  /** Calls of a round. */
  atOnce: number;
  /** Seconds from the answer to the hang-up. */
  for: number;
}

/** Calls of a round begin so long after one another: nobody dials two in the same millisecond. */
const betweenDialsMs = 7;
const betweenRoundsMs = 250;
const answerLimitMs = 10_000;
/** Between signing off and registering again, so that the server is done with the one before. */
const betweenRegistrationsMs = 250;

/** What became of one call. */
interface MeasuredCall {
  answered: boolean;
  /** Milliseconds from the request to the answer; null without one. */
  answerMs: number | null;
  stats: MediaStats;
}

/** What a whole run has cost. */
interface BenchReport {
  /** Milliseconds from asking to register until registered, the middle one; null when none was asked for. */
  registerMs: number | null;
  calls: number;
  answered: number;
  answerMs: number;
  /** Processor time of this process for a minute of one call, setting up and ending left out. */
  cpuSecondsPerCallMinute: number;
  residentMegabytes: number;
  received: number;
  lost: number;
  late: number;
  jitterMs: number;
  bufferMs: number;
  rttMs: number | null;
}

/** Runs the command; resolves to the exit status. */
export async function benchCommand(target: string, options: BenchOptions): Promise<number> {
  checkTarget(target);
  const interrupt = watchInterrupt();
  const output = createOutput(options.json === true, interrupt.raise);
  const session = await openLineSession({ ...options, dtmfAfter: 0, dtmfGap: 0, transferAfter: 0 }, output);
  try {
    const failure = await Promise.race([session.registered, interrupt.signalled]);
    if (interrupt.happened) return exitStatus.interrupted;
    if (failure) return exitStatus.registrationFailed;

    const { userAgent } = session.line;
    const registerMs = await registerAgain(userAgent, options.registrations, output, interrupt.signalled);
    const measured: MeasuredCall[] = [];
    const cost = { cpuMicroseconds: 0, callMs: 0 };
    for (let round = 1; round <= options.calls && !interrupt.happened; round += 1) {
      const calls = await dialRound(userAgent, target, options.atOnce, output);
      await holdRound(calls, options.for * 1000, cost, interrupt.signalled);
      if (round === options.calls) sayMemory(output);
      measured.push(...(await endRound(calls)));
      if (round < options.calls) await Promise.race([delay(betweenRoundsMs), interrupt.signalled]);
    }
    const report = reportOf(measured, cost, registerMs);
    output.event({ event: 'bench', ...report });
    sayReport(report, output);
    if (interrupt.happened) return exitStatus.interrupted;
    return report.answered === report.calls ? exitStatus.success : exitStatus.callFailed;
  } finally {
    await session.close();
  }
}

/** Signs off and registers so many times; resolves to how long each registration took, in milliseconds. */
async function registerAgain(
  userAgent: UserAgent,
  times: number,
  output: Output,
  interrupted: Promise<void>,
): Promise<number[]> {
  const took: number[] = [];
  for (let nth = 0; nth < times && userAgent.registration.state === 'registered'; nth += 1) {
    userAgent.unregister();
    await Promise.race([registrationIs(userAgent, 'off'), interrupted]);
    await Promise.race([delay(betweenRegistrationsMs), interrupted]);
    const askedAt = performance.now();
    userAgent.register();
    output.event({ event: 'registering', at: performance.timeOrigin + askedAt });
    await Promise.race([registrationIs(userAgent, 'registered', 'failed'), interrupted]);
    took.push(performance.now() - askedAt);
  }
  return took;
}

/** Resolves once the registration is in one of the states. */
function registrationIs(
  userAgent: UserAgent,
  ...states: UserAgent['registration']['state'][]
): Promise<void> {
  return new Promise((resolve) => {
    const stop = userAgent.on('registration', ({ state }) => {
      if (!states.includes(state)) return;
      stop();
      resolve();
    });
  });
}

interface BenchCall {
  call: Call;
  /** Resolves once it is answered or over. */
  settled: Promise<void>;
  measured: MeasuredCall;
}

async function dialRound(
  userAgent: UserAgent,
  target: string,
  count: number,
  output: Output,
): Promise<BenchCall[]> {
  const calls: BenchCall[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    if (nth > 0) await delay(betweenDialsMs);
    const dialledAt = performance.now();
    const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
    calls.push(follow(userAgent.call(target, { id: randomUUID(), ...sound }), dialledAt));
    // Only now: writing it takes time that is not the call's.
    output.event({ event: 'dialled', at: performance.timeOrigin + dialledAt });
  }
  await Promise.race([Promise.all(calls.map(({ settled }) => settled)), delay(answerLimitMs)]);
  return calls;
}

function follow(call: Call, dialledAt: number): BenchCall {
  const measured: MeasuredCall = { answered: false, answerMs: null, stats: noStats };
  const answered = new Promise<void>((resolve) => {
    call.on((event) => {
      if (event.type === 'stats') measured.stats = event.stats;
      if (event.type !== 'changed' || measured.answered || !isAnswered(call.snapshot)) return;
      measured.answered = true;
      measured.answerMs = performance.now() - dialledAt;
      resolve();
    });
  });
  return { call, measured, settled: Promise.race([answered, call.ended]) };
}

function isAnswered({ state }: CallSnapshot): boolean {
  return state === 'connected';
}

/** Lets the calls run, and adds up what they cost meanwhile. */
async function holdRound(
  calls: readonly BenchCall[],
  forMs: number,
  cost: { cpuMicroseconds: number; callMs: number },
  interrupted: Promise<void>,
): Promise<void> {
  const before = process.cpuUsage();
  const from = performance.now();
  await Promise.race([delay(forMs), interrupted]);
  const { user, system } = process.cpuUsage(before);
  const running = calls.filter(({ measured }) => measured.answered).length;
  cost.cpuMicroseconds += user + system;
  cost.callMs += running * (performance.now() - from);
}

async function endRound(calls: readonly BenchCall[]): Promise<MeasuredCall[]> {
  for (const { call } of calls) call.hangup();
  await Promise.all(calls.map(({ call }) => call.ended));
  return calls.map(({ measured }) => measured);
}

/** For whoever measures from outside: the calls run, and will end now. */
function sayMemory(output: Output): void {
  output.event({ event: 'memory', resident: process.memoryUsage.rss() });
}

function reportOf(
  measured: readonly MeasuredCall[],
  cost: { cpuMicroseconds: number; callMs: number },
  registerMs: readonly number[],
): BenchReport {
  const stats = measured.map((each) => each.stats);
  const sum = (of: (stats: MediaStats) => number) => stats.reduce((all, each) => all + of(each), 0);
  const rtts = stats.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs]));
  return {
    registerMs: registerMs.length === 0 ? null : median(registerMs),
    calls: measured.length,
    answered: measured.filter(({ answered }) => answered).length,
    answerMs: median(measured.flatMap(({ answerMs }) => (answerMs === null ? [] : [answerMs]))),
    cpuSecondsPerCallMinute: cost.callMs === 0 ? 0 : (cost.cpuMicroseconds * 60) / (cost.callMs * 1000),
    residentMegabytes: process.memoryUsage.rss() / 2 ** 20,
    received: sum(({ received }) => received),
    lost: sum(({ lost }) => lost),
    late: sum(({ late }) => late),
    jitterMs: median(stats.map(({ jitterMs }) => jitterMs)),
    bufferMs: median(stats.map(({ bufferMs }) => bufferMs)),
    rttMs: rtts.length === 0 ? null : median(rtts),
  };
}

/** The middle value; 0 of none. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function sayReport(report: BenchReport, output: Output): void {
  const { registerMs, calls, answered, received, lost, late, rttMs } = report;
  const rows: [string, string][] = [
    ...(registerMs === null
      ? []
      : [['request to registered', `${registerMs.toFixed(1)} ms`] satisfies [string, string]]),
    ['calls answered', `${answered} of ${calls}`],
    ['request to answer', `${report.answerMs.toFixed(1)} ms`],
    ['processor time for a minute of one call', `${report.cpuSecondsPerCallMinute.toFixed(2)} s`],
    ['memory of this process', `${report.residentMegabytes.toFixed(0)} MB`],
    ['packets received, lost, late', `${received}, ${lost}, ${late}`],
    ['jitter', `${report.jitterMs.toFixed(1)} ms`],
    ['waiting in the jitter buffer', `${report.bufferMs.toFixed(0)} ms`],
    ['round trip', rttMs === null ? 'not told by the far side' : `${rttMs.toFixed(1)} ms`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) output.say(`${name.padEnd(width)}  ${value}`);
}
