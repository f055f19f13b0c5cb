/** A call's quality from its beginning: the opinion score as a line, lost packets as bars below. */
import type { QualityPoint } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { bestMos, mosShare, worstMos } from './mos-word.ts';
import { graphColumns, sinceSound } from './quality-columns.ts';

const width = 340;
const height = 84;
const columns = 120;
const lossHeight = 22;
/** Loss that fills a bar, in hundred. */
const fullLossPercent = 20;

export function QualityGraph({ points }: { points: readonly QualityPoint[] }) {
  const shown = graphColumns(sinceSound(points), columns);
  if (shown.length < 2) return <p className="details-note">{en.details.graphLater}</p>;
  const step = width / (shown.length - 1);
  const lineHeight = height - lossHeight - 6;
  const line = shown.map(
    ({ mos }, index) =>
      `${(index * step).toFixed(1)},${(2 + (1 - mosShare(mos ?? worstMos)) * lineHeight).toFixed(1)}`,
  );
  const worst = Math.min(...shown.map(({ mos }) => mos ?? bestMos));
  const mostLost = Math.max(...shown.map(({ lossPercent }) => lossPercent));
  return (
    <svg
      className="quality-graph"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={en.details.graph(en.units.mos(worst), en.units.percent(mostLost))}
    >
      <line className="quality-base" x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
      {shown.map(({ at, lossPercent }, index) => {
        const bar = Math.min(lossPercent / fullLossPercent, 1) * lossHeight;
        return bar === 0 ? null : (
          <rect
            key={at}
            x={index * step - step / 2}
            y={height - bar}
            width={Math.max(step - 0.5, 1)}
            height={bar}
          />
        );
      })}
      <polyline points={line.join(' ')} />
    </svg>
  );
}
