/**
 * A scripted day: several desks at once make and take calls through a real Asterisk over a network that loses packets; meanwhile the
 * PBX is restarted and the phones' network changes under them. At the end everything is counted.
 *
 *   namespace: phone processes ── cable with loss, address changes ──► Asterisk ◄── loopback: the people they talk to
 *
 * Between disturbances each scene must go exactly as written. Around one, a call may fail, but it must end on both sides and stand
 * in the call log as what it was.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { accountSettings } from '../../contract/settings.ts';
import type { HistoryEntry } from '../../contract/snapshot.ts';
import type { AccountLine } from '../../engine/account-line.ts';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { NetworkNamespace } from '../support/network-namespace.ts';
import { mulberry32 } from '../support/prng.ts';
import { registeredWithin, testLine, testMediaThread } from '../support/test-line.ts';
import { DayPeer } from './day-peer.ts';
import { DayPhone } from './day-phone.ts';
import type { Measure } from './phone-process.ts';
import { type Desk, type Expected, chooseScene, over, playScene, sceneNames } from './scenes.ts';

export interface DayOptions {
  /** Entries that the call logs shall have together. */
  calls: number;
  restarts: number;
  networkChanges: number;
  lossPercent: number;
  seed: number;
  /** Told as it goes. */
  say: (sentence: string) => void;
}

export interface DayReport {
  /** Entries in the call logs. */
  calls: number;
  /** Scenes played, by name: how many, and how many of them were disturbed. */
  scenes: Map<string, { played: number; disturbed: number }>;
  outcomes: Map<HistoryEntry['outcome'], number>;
  /** Everything that is not as it should be; empty for a good day. */
  faults: string[];
  desks: { number: string; transport: string; before: Measure; after: Measure }[];
  tookMs: number;
}

const transports = ['udp', 'tcp', 'tls'] as const;
/** A disturbance also counts for scenes that begin while its effects last: registrations and connections come back within this time. */
const disturbedForMs = 15_000;
/** Every scene so often before the first measure: code is compiled and buffers are made when they are first used. */
const warmUpRounds = 2;
/** Transactions and subscriptions of the last calls are over (64·T1 = 32 s). */
const settleMs = 40_000;

interface Office {
  pbx: AsteriskPbx;
  network: NetworkNamespace;
  media: MediaEngine;
  lines: AccountLine[];
  desks: (Desk & { transport: string })[];
}

/** Runs the day. Rejects when the office cannot be set up; what goes wrong in the day is in the report. */
export async function runDay(options: DayOptions): Promise<DayReport> {
  const startedAt = performance.now();
  const random = mulberry32(options.seed);
  const office = await openOffice(random);
  const report: DayReport = {
    calls: 0,
    scenes: new Map(sceneNames.map((name) => [name, { played: 0, disturbed: 0 }])),
    outcomes: new Map(),
    faults: [],
    desks: [],
    tookMs: 0,
  };
  try {
    await office.network.setLoss(options.lossPercent);
    const day = new Day(office, options, report);
    await Promise.all(office.desks.map((desk) => day.warmUp(desk)));
    await delay(settleMs);
    const before = await Promise.all(office.desks.map(({ phone }) => phone.measure()));
    options.say('The desks are warm; the day begins.');
    await day.whole();
    await delay(settleMs);
    for (const [index, { number, phone, transport }] of office.desks.entries()) {
      const start = before[index];
      if (start === undefined) continue;
      const after = await phone.measure();
      report.desks.push({ number, transport, before: start, after });
      report.faults.push(...leaks(number, start, after));
    }
    day.checkLogs();
    const open = await office.pbx.activeChannels();
    if (open > 0) report.faults.push(`${open} channels are still open at the PBX`);
  } finally {
    await closeOffice(office);
  }
  report.tookMs = performance.now() - startedAt;
  return report;
}

async function openOffice(random: () => number): Promise<Office> {
  const network = await NetworkNamespace.create();
  const media = testMediaThread();
  const numbers = transports.map((_transport, index) => 110 + 10 * index);
  const pbx = await AsteriskPbx.start({
    host: network.hostAddress,
    extensions: numbers.flatMap((number) => [number, number + 1, number + 2].map(String)),
  });
  const lines: AccountLine[] = [];
  const peer = async (number: string) => {
    const { password } = pbx.line(number);
    const line = testLine({ host: pbx.host, port: pbx.sipPort, user: number, password, media });
    lines.push(line);
    if (!(await registeredWithin(line, 3))) throw new Error(`${number} cannot register`);
    return new DayPeer(number, line);
  };
  const desks: Office['desks'] = [];
  for (const [index, transport] of transports.entries()) {
    const number = String(numbers[index] ?? 0);
    const near = await peer(String(Number(number) + 1));
    const far = await peer(String(Number(number) + 2));
    const account = accountSettings.parse({
      ...{ id: 'desk', label: number, kind: 'sip', user: number, server: pbx.host },
      ...{ port: pbx.port(transport), transport, tls_ca: pbx.authority },
    });
    const phone = new DayPhone(network, { account, password: pbx.line(number).password });
    desks.push({ number, transport, phone, near, far, random });
  }
  for (const { phone } of desks) await phone.until('its registration', () => phone.registered);
  return { pbx, network, media, lines, desks };
}

async function closeOffice({ pbx, network, media, lines, desks }: Office): Promise<void> {
  await Promise.allSettled(desks.map(({ phone }) => phone.close()));
  await Promise.allSettled(lines.map((line) => line.close()));
  await media.close();
  await pbx.close();
  await network.close();
}

class Day {
  readonly #office: Office;
  readonly #options: DayOptions;
  readonly #report: DayReport;
  /** When disturbances happened, on the monotonic clock. */
  readonly #disturbances: number[] = [];

  constructor(office: Office, options: DayOptions, report: DayReport) {
    this.#office = office;
    this.#options = options;
    this.#report = report;
  }

  get #calls(): number {
    return this.#office.desks.reduce((sum, { phone }) => sum + phone.log.length, 0);
  }

  /** All desks at once until the call logs are long enough, with the disturbances spread over them. */
  async whole(): Promise<void> {
    const { calls, restarts, networkChanges, say } = this.#options;
    const first = this.#calls;
    const kinds = [
      ...Array.from({ length: restarts }, () => 'restart' as const),
      ...Array.from({ length: networkChanges }, () => 'network' as const),
    ].toSorted(() => (this.#office.desks[0]?.random() ?? 0.5) - 0.5);
    const share = (calls - first) / (kinds.length + 1);
    let enough = false;
    const disturb = async () => {
      for (const [index, kind] of kinds.entries()) {
        while (this.#calls < first + share * (index + 1)) await delay(100);
        say(`${this.#calls} calls: ${kind === 'restart' ? 'the PBX is restarted' : 'the network changes'}.`);
        await this.#disturb(kind);
      }
      while (this.#calls < calls) await delay(100);
      enough = true;
    };
    await Promise.all([
      disturb(),
      ...this.#office.desks.map(async (desk) => {
        while (!enough) await this.#scene(chooseScene(desk.random), desk);
      }),
    ]);
    this.#report.calls = this.#calls;
  }

  /** Plays every scene at one desk. */
  async warmUp(desk: Desk): Promise<void> {
    for (let round = 0; round < warmUpRounds; round += 1)
      for (const name of sceneNames) await this.#scene(name, desk);
  }

  async #disturb(kind: 'restart' | 'network'): Promise<void> {
    this.#disturbances.push(performance.now());
    if (kind === 'restart') await this.#office.pbx.restart({ downMs: 1_500 });
    else await this.#office.network.changeAddress();
    this.#disturbances.push(performance.now());
  }

  /** True when a disturbance or its effects fell into the time since then. */
  #disturbed(since: number): boolean {
    return this.#disturbances.some((at) => at + disturbedForMs > since);
  }

  async #scene(name: string, desk: Desk): Promise<void> {
    const { phone, near, far, number } = desk;
    const startedAt = performance.now();
    const logged = phone.log.length;
    const counts = this.#report.scenes.get(name);
    let expected: Expected[] | undefined;
    let failure = '';
    try {
      await phone.until('its registration', () => phone.registered, 90_000);
      expected = await playScene(name, desk);
    } catch (thrown) {
      failure = thrown instanceof Error ? thrown.message : String(thrown);
    }
    const disturbed = this.#disturbed(startedAt);
    if (counts !== undefined) {
      counts.played += 1;
      if (disturbed) counts.disturbed += 1;
    }
    if (expected === undefined) await this.#clear(desk);
    // A call that has ended is logged once its sound is closed, a moment later.
    await phone.until('its log', () => phone.isLogged, 5_000).catch(() => undefined);
    if (disturbed) return;
    const where = `desk ${number} "${name}"`;
    if (expected === undefined) {
      this.#report.faults.push(`${where}: ${failure}`, ...phone.said.slice(-12).map((line) => `    ${line}`));
      return;
    }
    const written = phone.log.slice(logged).map(plain).toSorted();
    const wanted = expected.map(plain).toSorted();
    if (written.join() !== wanted.join()) {
      this.#report.faults.push(
        `${where}: the call log says "${written.join(', ')}", not "${wanted.join(', ')}"`,
      );
    }
    near.manners = 'answers';
    far.manners = 'answers';
  }

  /** Ends what a scene that was broken off has left. */
  async #clear(desk: Desk): Promise<void> {
    await desk.phone.hangUpAll();
    desk.near.hangUpAll();
    desk.far.hangUpAll();
    try {
      await over(desk, 60_000);
    } catch (thrown) {
      this.#report.faults.push(
        `desk ${desk.number}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
    }
  }

  /** Each call that the phone has shown stands in its log once, as what it was. */
  checkLogs(): void {
    for (const { number, phone } of this.#office.desks) {
      const entries = new Map<string, HistoryEntry>();
      for (const entry of phone.log) {
        if (entries.has(entry.id)) this.#report.faults.push(`desk ${number}: a call is in the log twice`);
        entries.set(entry.id, entry);
        this.#report.outcomes.set(entry.outcome, (this.#report.outcomes.get(entry.outcome) ?? 0) + 1);
      }
      for (const [id, call] of phone.seen) {
        const entry = entries.get(id);
        const wrong =
          entry === undefined ||
          entry.direction !== call.direction ||
          entry.answeredAt !== call.answeredAt ||
          (entry.outcome === 'completed') !== (call.answeredAt !== null);
        if (wrong) {
          const said = entry === undefined ? 'nothing' : plain(present(entry));
          this.#report.faults.push(
            `desk ${number}: the log says ${said} of a call that was ${call.direction}, ${call.state}`,
          );
        }
      }
    }
  }
}

const present = ({ direction, outcome, remote }: HistoryEntry): Expected => ({
  direction,
  outcome,
  number: remote.number,
});

/** `outgoing 111 completed`. */
function plain(entry: Expected | HistoryEntry): string {
  const { direction, outcome, number } = 'remote' in entry ? present(entry) : entry;
  return `${direction} ${number} ${outcome}`;
}

/** What a phone holds at the end that it did not hold at the start. */
function leaks(number: string, before: Measure, after: Measure): string[] {
  const faults: string[] = [];
  const more = (what: string, was: number, is: number) =>
    faults.push(`desk ${number}: ${what} ${was} → ${is}`);
  if (after.sockets > before.sockets) more('sockets', before.sockets, after.sockets);
  if (after.rtpSockets > 0) more('RTP sockets', before.rtpSockets, after.rtpSockets);
  if (after.timers > before.timers) more('timers', before.timers, after.timers);
  if (after.heap > before.heap * 1.1) more('bytes of heap', before.heap, after.heap);
  return faults;
}
