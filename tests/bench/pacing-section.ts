/** How evenly our phone sends while the thread beside its media thread stalls for 40 of every 250 ms. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Capture } from './capture.ts';
import { startSoundCardPhone } from './impaired-call.ts';
import { startReflector } from './reflector.ts';
import { streamPacing, streamsFrom, unevenMoments, type StreamPacing } from './rtp-streams.ts';
import { atLeast, atMost, type Row, type SectionOptions, type SectionResult } from './section.ts';
import { StolenMoments } from './stolen-time.ts';

const stall = { busyMs: 40, everyMs: 250 };
const startMs = 4_000;

export async function pacingSection({ lab, short, say }: SectionOptions): Promise<SectionResult> {
  const seconds = short ? 15 : 60;
  say(`${seconds} s with stalls`);
  const folder = mkdtempSync(join(tmpdir(), 'sidetone-bench-'));
  const reflector = await startReflector(lab.network.hostAddress);
  const capture = await Capture.start(lab.network.hostCable);
  const stolen = new StolenMoments();
  const phone = startSoundCardPhone(lab, {
    host: lab.network.hostAddress,
    port: reflector.sipPort,
    stall,
    heardFile: join(folder, 'heard'),
  });
  await delay(startMs + seconds * 1000);
  await phone.finish();
  stolen.stop();
  const stream = streamsFrom(lab.network.address, await capture.stop())[0];
  await reflector.close();
  rmSync(folder, { recursive: true, force: true });
  if (stream === undefined) throw new Error('the phone has sent no sound');
  const pacing = streamPacing(stream);
  const row = (title: string, unit: string, digits: number, of: (each: StreamPacing) => number): Row => ({
    title,
    unit,
    digits,
    values: { sidetone: [of(pacing)] },
  });
  return {
    rows: [
      row('packets', '', 0, (each) => each.packets),
      row('packets missing', '', 0, (each) => each.missing),
      row('send interval, standard deviation', 'ms', 3, (each) => each.standardDeviationMs),
      row('send interval, 99th percentile', 'ms', 2, (each) => each.p99Ms),
      row('packets within 1 ms of 20 ms', '%', 2, (each) => 100 * each.within1Ms),
      row('packets within 5 ms of 20 ms', '%', 2, (each) => 100 * each.within5Ms),
      row('drift of the send clock', 'ppm', 1, (each) => each.driftPpm),
    ],
    verdicts: [
      atLeast('M3', 'under stalls, packets within 1 ms of 20 ms', 100 * pacing.within1Ms, 97, { unit: '%' }),
      atLeast('M3', 'under stalls, packets within 5 ms of 20 ms', 100 * pacing.within5Ms, 100, { unit: '%' }),
      atMost('M3', 'under stalls, packets missing', pacing.missing, 0, { digits: 0 }),
    ],
    notes: [
      `The engine's main thread is kept busy for ${stall.busyMs} of every ${stall.everyMs} ms.`,
      besideStolen(unevenMoments(stream, 5), stolen),
    ],
  };
}

/** Whose doing the uneven ones were. */
function besideStolen(momentsMs: readonly number[], stolen: StolenMoments): string {
  if (momentsMs.length === 0) return 'No interval was off by more than 5 ms.';
  const beside = momentsMs.filter((atMs) => stolen.beside(atMs)).length;
  return `${momentsMs.length} intervals were off by more than 5 ms, ${beside} of them at moments when the host took processor time.`;
}
