/**
 * A long call between two clocks that differ: the far side sends a frame every 20 ms of its own time, and the phone's imagined sound
 * card pulls by the computer's. Beside it short calls come and go in the same engine. What must be flat stays flat.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MediaStats } from '../../contract/snapshot.ts';
import { noStats } from '../../engine/media/media-engine.ts';
import { collectGarbage } from '../../engine/old-garbage.ts';
import { startListening } from '../support/listening-process.ts';
import { registeredWithin, testLine, testMediaThread } from '../support/test-line.ts';
import { faultsOf, lookLine, type Look } from './look.ts';
import { startSoundCard } from './sound-card.ts';

export interface SoakOptions {
  minutes: number;
  /** How much faster the far side's clock is than the sound card's. */
  driftPpm: number;
  /** Hears a sentence at each look. */
  say: (sentence: string) => void;
}

export interface SoakReport {
  minutes: number;
  driftPpm: number;
  /** Memory is judged from then on. */
  memoryFromMinute: number;
  shortCalls: number;
  looks: Look[];
  /** Of the long call at its end. */
  stats: MediaStats;
  faults: string[];
}

const looks = 12;
const shortCallMs = 2_000;
const betweenCallsMs = 3_000;
/** Start-up, and finding the jitter buffer's depth. */
const warmUpMs = 20_000;
/**
 * Until then V8 still compiles what is called often, and memory is not judged: the last of it is compiled after some 300 short calls.
 * A shorter run is judged from its first quarter on.
 */
const compiledMinutes = 25;

/** @throws when the phone cannot register with its far side on loopback. */
export async function runSoak({ minutes, driftPpm, say }: SoakOptions): Promise<SoakReport> {
  const script = join(import.meta.dirname, 'far-side-process.ts');
  const far = await startListening(script, [String(driftPpm)]);
  const [farPort = 0, shortFarPort = 0] = far.ports;
  const media = testMediaThread();
  const card = startSoundCard(media);
  const lineTo = async (port: number) => {
    const line = testLine({ host: '127.0.0.1', port, user: '101', password: '', media });
    if (!(await registeredWithin(line, 1))) throw new Error('the phone could not register');
    return line;
  };
  const [phone, shortPhone] = [await lineTo(farPort), await lineTo(shortFarPort)];

  let stats: MediaStats = noStats;
  let leastBufferMs = Infinity;
  const call = phone.userAgent.call('long', {
    id: randomUUID(),
    source: { kind: 'device' },
    sink: { kind: 'device' },
  });
  let endedEarly = false;
  void call.ended.then(() => (endedEarly = true));
  call.on((event) => {
    if (event.type !== 'stats') return;
    stats = event.stats;
    leastBufferMs = Math.min(leastBufferMs, stats.bufferMs);
  });

  await delay(warmUpMs);
  const startMs = performance.now();
  const endMs = startMs + minutes * 60_000;
  const comeAndGo = async () => {
    let calls = 0;
    for (; performance.now() < endMs - shortCallMs - betweenCallsMs; calls += 1) {
      await delay(betweenCallsMs);
      const short = shortPhone.userAgent.call('short', {
        id: randomUUID(),
        source: { kind: 'silence' },
        sink: { kind: 'none' },
      });
      await delay(shortCallMs);
      short.hangup();
      await short.ended;
    }
    return calls;
  };
  const shortCalls = comeAndGo();

  const before = stats;
  leastBufferMs = stats.bufferMs;
  const seen: Look[] = [];
  for (let look = 0; look <= looks; look += 1) {
    await delay(Math.max(1, startMs + (look * minutes * 60_000) / looks - performance.now()));
    const seenNow = lookAt(
      (performance.now() - startMs) / 60_000,
      { ...stats, bufferMs: leastBufferMs },
      before,
    );
    leastBufferMs = Infinity;
    seen.push(seenNow);
    say(lookLine(seenNow));
  }
  const memoryFromMinute = Math.min(compiledMinutes, minutes / 4);
  const faults = faultsOf(seen, memoryFromMinute);
  if (endedEarly) faults.push('the long call ended by itself');
  const measured = { minutes, driftPpm, memoryFromMinute, shortCalls: await shortCalls };
  const report = { ...measured, looks: seen, stats, faults };

  call.hangup();
  await call.ended;
  card.close();
  await Promise.all([phone.close(), shortPhone.close()]);
  await media.close();
  await far.close();
  return report;
}

function lookAt(minute: number, stats: MediaStats, before: MediaStats): Look {
  // A look sees what the main thread holds, and not what waits to be collected.
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    minute,
    residentMegabytes: rss / 2 ** 20,
    heapMegabytes: heapUsed / 2 ** 20,
    received: stats.received - before.received,
    bufferMs: stats.bufferMs,
    late: stats.late - before.late,
    lost: stats.lost - before.lost,
    concealedMs: stats.concealedMs - before.concealedMs,
    timeScaledMs: stats.timeScaledMs - before.timeScaledMs,
  };
}
