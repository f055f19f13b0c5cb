/** What is heard when packets are lost: whether the sound keeps its place in time, and what fills the holes. */
import { delayFigures, holeFigures } from './alignment.ts';
import { contestants, type ContestantName } from './contestants.ts';
import { impairedCalls } from './impaired-call.ts';
import { atLeast, type Row, type SectionOptions, type SectionResult } from './section.ts';
import { median, quantile } from './statistics.ts';

/** The rate at which the peers were judged, and M6 with them. */
const judgedPercent = 5;

export async function lossSection({ lab, short, say }: SectionOptions): Promise<SectionResult> {
  const seconds = short ? 20 : 60;
  const rows: Row[] = [];
  let ours = { judged: 0, kept: 0 };
  for (const lossPercent of short ? [judgedPercent] : [1, judgedPercent, 10]) {
    say(`${lossPercent}% loss`);
    const impairment = { lossPercent, jitterMs: 0, seed: lossPercent };
    const calls = await impairedCalls(lab, impairment, seconds);
    const figures = contestants.map((name) => {
      const { said, heard, schedule } = calls[name];
      const { correlations } = delayFigures(said, heard, impairment);
      return { name, correlations, holes: holeFigures(said.samples, heard, schedule) };
    });
    const row = (
      title: string,
      unit: string,
      digits: number,
      of: (each: (typeof figures)[number]) => number,
    ) =>
      rows.push({
        title: `${lossPercent}% loss: ${title}`,
        unit,
        digits,
        values: Object.fromEntries(figures.map((each) => [each.name, [of(each)]])) as Record<
          ContestantName,
          number[]
        >,
      });
    row('correlation by the half second', '', 3, ({ correlations }) => median(correlations));
    row('worst tenth of them', '', 3, ({ correlations }) => quantile(correlations, 0.1));
    row('isolated losses judged', '', 0, ({ holes }) => holes.judged);
    row('of these with the time base kept', '%', 1, ({ holes }) => (100 * holes.kept) / holes.judged);
    row('hole against what was lost, correlation', '', 2, ({ holes }) => median(holes.correlations));
    row('hole against what was lost, energy', 'dB', 1, ({ holes }) => median(holes.energiesDb));
    if (lossPercent === judgedPercent) ours = figures.find(({ name }) => name === 'sidetone')?.holes ?? ours;
  }
  return {
    rows,
    verdicts: [
      atLeast('M6', 'isolated losses with the time base kept', (100 * ours.kept) / ours.judged, 99, {
        digits: 1,
        unit: '%',
      }),
    ],
    notes: [
      'The same packets are lost for all three. A hole is judged where the frames around it came through unchanged.',
    ],
  };
}
