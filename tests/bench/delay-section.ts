/** How long a sound waits in the phone: on a clean network, and on one whose packets overtake each other. */
import { delayFigures } from './alignment.ts';
import { contestants, type ContestantName } from './contestants.ts';
import { impairedCalls } from './impaired-call.ts';
import { atMost, type Row, type SectionOptions, type SectionResult } from './section.ts';
import { median } from './statistics.ts';

const jitterMs = 30;
/** Of what baresip takes at that jitter. */
const baresipShare = 0.75;

export async function delaySection({ lab, short, say }: SectionOptions): Promise<SectionResult> {
  const seconds = short ? 20 : 30;
  const seeds = short ? [1] : [1, 2, 3, 4, 5];
  const clean = emptyRow('receive delay, clean network');
  const jittered = emptyRow(`receive delay, ±${jitterMs} ms jitter with reordering`);
  const alike = { ...emptyRow(`correlation by the second, ±${jitterMs} ms jitter`), unit: '', digits: 3 };
  const late: number[] = [];

  say('clean network');
  const undisturbed = { lossPercent: 0, jitterMs: 0, seed: 1 };
  const cleanCalls = await impairedCalls(lab, undisturbed, seconds);
  for (const name of contestants) {
    const { said, heard } = cleanCalls[name];
    clean.of[name].push(median(delayFigures(said, heard, undisturbed).delaysMs));
  }
  for (const seed of seeds) {
    say(`±${jitterMs} ms, seed ${seed}`);
    const impairment = { lossPercent: 0, jitterMs, seed };
    const calls = await impairedCalls(lab, impairment, seconds);
    for (const name of contestants) {
      const { said, heard, stats } = calls[name];
      const { delaysMs, correlations } = delayFigures(said, heard, impairment);
      jittered.of[name].push(median(delaysMs));
      alike.of[name].push(median(correlations));
      if (stats !== null) late.push(stats.lateAfterStart);
    }
  }
  const lateRow: Row = {
    title: 'packets too late after 2 s',
    unit: '',
    digits: 0,
    values: { sidetone: late },
  };
  return {
    rows: [...[clean, jittered, alike].map(rowOf), lateRow],
    verdicts: [
      atMost('M4', 'receive delay, clean', median(clean.of.sidetone), median(clean.of.linphone), {
        digits: 1,
        unit: 'ms',
      }),
      atMost(
        'M5',
        `receive delay at ±${jitterMs} ms, of baresip's`,
        median(jittered.of.sidetone) / median(jittered.of.baresip),
        baresipShare,
        { unit: '×' },
      ),
      atMost(
        'M5',
        `packets too late after 2 s in ${seeds.length} calls`,
        late.reduce((sum, each) => sum + each, 0),
        0,
        {
          digits: 0,
        },
      ),
    ],
    notes: [
      "From a packet's arrival on an undisturbed network to the moment at which its sound is pulled. baresip says what it hears; the 20 ms of the frame that it captures again are taken off. linphone's recording is not bound to the clock under jitter.",
    ],
  };
}

interface Collected extends Omit<Row, 'values'> {
  of: Record<ContestantName, number[]>;
}

function emptyRow(title: string): Collected {
  return { title, unit: 'ms', digits: 1, of: { sidetone: [], baresip: [], linphone: [] } };
}

function rowOf({ of, ...row }: Collected): Row {
  return { ...row, values: of };
}
