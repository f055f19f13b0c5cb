/** What is heard when packets are lost: whether the sound keeps its place in time, and what fills the holes. */
import { delayFigures, holeFigures, type HoleFigures } from './alignment.ts';
import { contestants, type ContestantName } from './contestants.ts';
import { impairedCalls } from './impaired-call.ts';
import type { Lab } from './lab.ts';
import { atLeast, type Row, type SectionOptions, type SectionResult, type Verdict } from './section.ts';
import { median, quantile } from './statistics.ts';

/** The rate at which the peers were judged, and M6 with them. */
const judgedPercent = 5;
/** Calls at each rate, by their seeds. */
const seedsOf: Record<number, readonly number[]> = { 1: [1], [judgedPercent]: [5, 6], 10: [10] };

interface LossFigures extends HoleFigures {
  /** Of each half second with what was said. */
  alike: number[];
}

/** What each phone made of all calls at one rate. */
async function figuresAt(
  percent: number,
  seeds: readonly number[],
  { lab, seconds }: { lab: Lab; seconds: number },
): Promise<Record<ContestantName, LossFigures>> {
  const figures = { sidetone: noFigures(), baresip: noFigures(), linphone: noFigures() };
  for (const seed of seeds) {
    const impairment = { lossPercent: percent, jitterMs: 0, seed };
    const calls = await impairedCalls(lab, impairment, seconds);
    for (const name of contestants) {
      const { said, heard, schedule } = calls[name];
      const holes = holeFigures(said.samples, heard, schedule);
      const sum = figures[name];
      sum.alike.push(...delayFigures(said, heard, impairment).correlations);
      sum.judged += holes.judged;
      sum.kept += holes.kept;
      sum.correlations.push(...holes.correlations);
      sum.energiesDb.push(...holes.energiesDb);
    }
  }
  return figures;
}

const noFigures = (): LossFigures => ({ alike: [], judged: 0, kept: 0, correlations: [], energiesDb: [] });

function rowsAt(percent: number, figures: Record<ContestantName, LossFigures>): Row[] {
  const row = (title: string, unit: string, digits: number, of: (each: LossFigures) => number): Row => ({
    title: `${percent}% loss: ${title}`,
    unit,
    digits,
    values: Object.fromEntries(contestants.map((name) => [name, [of(figures[name])]])),
  });
  return [
    row('correlation by the half second', '', 3, ({ alike }) => median(alike)),
    row('worst tenth of them', '', 3, ({ alike }) => quantile(alike, 0.1)),
    row('isolated losses judged', '', 0, ({ judged }) => judged),
    row('of these with the time base kept', '%', 1, ({ kept, judged }) => (100 * kept) / judged),
    row('hole against what was lost, correlation', '', 2, ({ correlations }) => median(correlations)),
    row('hole against what was lost, energy', 'dB', 1, ({ energiesDb }) => median(energiesDb)),
  ];
}

/** Where a peer kept the time base nowhere, its holes hold nothing that could be compared: 0. */
function likeness({ correlations }: LossFigures): number {
  return correlations.length === 0 ? 0 : median(correlations);
}

export async function lossSection({ lab, short, say }: SectionOptions): Promise<SectionResult> {
  const seconds = short ? 20 : 60;
  const rows: Row[] = [];
  const verdicts: Verdict[] = [];
  for (const percent of short ? [judgedPercent] : [1, judgedPercent, 10]) {
    say(`${percent}% loss`);
    const seeds = seedsOf[percent] ?? [];
    const figures = await figuresAt(percent, short ? seeds.slice(0, 1) : seeds, { lab, seconds });
    const { sidetone, baresip, linphone } = figures;
    rows.push(...rowsAt(percent, figures));
    verdicts.push(
      atLeast(
        'M7',
        `${percent}% loss, a hole beside what was lost, correlation like the better of the others`,
        likeness(sidetone),
        Math.max(likeness(baresip), likeness(linphone)),
      ),
    );
    if (percent === judgedPercent)
      verdicts.push(
        atLeast(
          'M6',
          'isolated losses with the time base kept',
          (100 * sidetone.kept) / sidetone.judged,
          99,
          {
            digits: 1,
            unit: '%',
          },
        ),
      );
  }
  return {
    rows,
    verdicts,
    notes: [
      'The same packets are lost for all three. A hole is judged where the frames around it came through unchanged.',
    ],
  };
}
