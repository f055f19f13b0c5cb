/** Many calls in a row by one running phone: how soon each one stands, and what they leave behind in memory. */
import { setTimeout as delay } from 'node:timers/promises';
import { Baresip } from '../support/baresip.ts';
import { Linphone } from '../support/linphone.ts';
import { sidetone } from '../support/sidetone.ts';
import { Capture, type CapturedPacket } from './capture.ts';
import { accountAt, sidetoneLine, type ContestantName } from './contestants.ts';
import type { Lab } from './lab.ts';
import { residentMegabytes } from './process-cost.ts';
import { streamsFrom } from './rtp-streams.ts';
import { atLeast, atMost, type Row, type SectionOptions, type SectionResult } from './section.ts';
import { median } from './statistics.ts';
import { calibrateWallClock, wallClockMs } from './wall-clock.ts';

/** When each call was asked for, and memory after the early ones and at the end. */
interface Streak {
  dialledAtMs: number[];
  earlyMegabytes: number;
  lastMegabytes: number;
}

const echoNumber = '600';
const talkMs = 500;
const restMs = 300;
/** Calls before this one warm the phone up. */
const warmUp = 20;
/** Enough for a median; ours makes all. */
const baresipCalls = 100;
/** linphonec needs seconds between calls. */
const linphoneCalls = 30;
const linphoneRestMs = 500;

async function bySidetone(lab: Lab, calls: number): Promise<Streak> {
  const tool = sidetone(
    [
      ...['bench', echoNumber, ...sidetoneLine(lab, '101')],
      ...['--calls', String(calls), '--for', String(talkMs / 1000)],
    ],
    { network: lab.network, password: lab.pbx.line('101').password },
  );
  const early = Math.min(warmUp, Math.floor(calls / 2));
  const limitMs = calls * (talkMs + restMs + 1_000) + 20_000;
  await tool.waitFor(() => tool.of('dialled').length > early, limitMs);
  const earlyMegabytes = residentMegabytes(tool.pid);
  await tool.waitFor(({ event }) => event === 'memory', limitMs);
  const lastMegabytes = residentMegabytes(tool.pid);
  await tool.exited;
  const dialledAtMs = tool.of('dialled').map(({ at }) => Number(at));
  return { dialledAtMs, earlyMegabytes, lastMegabytes };
}

async function byPeer(phone: Baresip | Linphone, calls: number, restedMs: number): Promise<Streak> {
  await phone.registered();
  await delay(1_000);
  const dialledAtMs: number[] = [];
  let earlyMegabytes = NaN;
  for (let call = 0; call < calls; call += 1) {
    if (call === Math.min(warmUp, Math.floor(calls / 2))) earlyMegabytes = residentMegabytes(phone.pid);
    dialledAtMs.push(wallClockMs());
    await phone.dial(echoNumber);
    await delay(talkMs);
    await phone.hangUp();
    await delay(restedMs);
    await phone.over();
  }
  const lastMegabytes = residentMegabytes(phone.pid);
  await phone.close();
  return { dialledAtMs, earlyMegabytes, lastMegabytes };
}

const streaks: Record<ContestantName, (lab: Lab, calls: number) => Promise<Streak>> = {
  sidetone: bySidetone,
  baresip: async (lab, calls) =>
    byPeer(
      await Baresip.start(accountAt(lab, '102'), lab.says.path, { network: lab.network, loops: true }),
      Math.min(calls, baresipCalls),
      restMs,
    ),
  linphone: async (lab, calls) =>
    byPeer(
      await Linphone.start(accountAt(lab, '103'), lab.says.path, { network: lab.network }),
      Math.min(calls, linphoneCalls),
      linphoneRestMs,
    ),
};

interface StreakFigures {
  answered: number;
  answerMs: number[];
  /** Of that, the server's: from the INVITE that it took to its 200. */
  serverMs: number[];
  soundMs: number[];
  grownPercent: number;
}

function figuresOf(streak: Streak, packets: readonly CapturedPacket[], lab: Lab): StreakFigures {
  const own = lab.network.address;
  const text = ({ payload }: CapturedPacket) => payload.toString('latin1', 0, 1_500);
  const answers = packets.filter(
    (packet) => packet.target.address === own && /^SIP\/2\.0 200[^]*\nCSeq: *\d+ INVITE/i.test(text(packet)),
  );
  const invites = packets.filter(
    (packet) => packet.source.address === own && text(packet).startsWith('INVITE '),
  );
  const firsts = streamsFrom(own, packets)
    .map((stream) => stream.packets[0]?.arrivalMs ?? NaN)
    .sort((one, other) => one - other);
  const { dialledAtMs } = streak;
  const after = (times: readonly number[], index: number) => {
    const [from = NaN, until = Infinity] = [dialledAtMs[index], dialledAtMs[index + 1]];
    return (times.find((time) => time >= from && time < until) ?? NaN) - from;
  };
  const answerTimes = answers.map(({ atMs }) => atMs);
  const answerMs = dialledAtMs.map((_, index) => after(answerTimes, index));
  return {
    answered: answerMs.filter(Number.isFinite).length,
    answerMs,
    serverMs: answers.map(({ atMs }) => atMs - (invites.findLast((each) => each.atMs < atMs)?.atMs ?? NaN)),
    soundMs: dialledAtMs.map((_, index) => after(firsts, index)),
    grownPercent: 100 * (streak.lastMegabytes / streak.earlyMegabytes - 1),
  };
}

export async function rowSection({ lab, short, say }: SectionOptions): Promise<SectionResult> {
  const calls = short ? 20 : 200;
  const figures: Partial<Record<ContestantName, StreakFigures>> = {};
  for (const [name, run] of Object.entries(streaks) as [ContestantName, (typeof streaks)[ContestantName]][]) {
    say(`${calls} calls: ${name}`);
    calibrateWallClock();
    const capture = await Capture.start(lab.network.hostCable);
    const streak = await run(lab, calls);
    figures[name] = figuresOf(streak, await capture.stop(), lab);
  }
  const row = (title: string, unit: string, digits: number, of: (each: StreakFigures) => number[]): Row => ({
    title,
    unit,
    digits,
    values: Object.fromEntries(Object.entries(figures).map(([name, each]) => [name, of(each)])),
  });
  const warm = (times: number[]) => times.slice(Math.min(warmUp, Math.floor(times.length / 2)));
  const answer = row('dial to 200 OK, running phone', 'ms', 1, ({ answerMs }) => warm(answerMs));
  const server = row('of it the server, INVITE to 200 OK', 'ms', 1, ({ serverMs }) => warm(serverMs));
  const sound = row('dial to first RTP, running phone', 'ms', 1, ({ soundMs }) => warm(soundMs));
  const answered = row('calls answered', '', 0, (each) => [each.answered]);
  const grown = row('memory grown since the early calls', '%', 1, ({ grownPercent }) => [grownPercent]);
  const middle = ({ values }: Row, name: ContestantName) => median(values[name] ?? []);
  return {
    rows: [answered, answer, server, sound, grown],
    verdicts: [
      atMost('M9', 'dial to 200 OK', middle(answer, 'sidetone'), 1.5 * middle(answer, 'baresip'), {
        digits: 1,
        unit: 'ms',
      }),
      atMost('M9', 'dial to first RTP', middle(sound, 'sidetone'), middle(sound, 'linphone'), {
        digits: 1,
        unit: 'ms',
      }),
      atLeast('M9', 'calls in a row answered', middle(answered, 'sidetone'), calls, { digits: 0 }),
      atMost('M9', 'memory grown by', middle(grown, 'sidetone'), 5, { digits: 1, unit: '%' }),
    ],
    notes: [
      `baresip makes ${baresipCalls} calls at most, linphone ${linphoneCalls}. The time of a command is taken before it is written to a peer's control port, and in our own process before the call is asked for.`,
    ],
  };
}
