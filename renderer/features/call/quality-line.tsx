/** The last minute of the line: high is good, a dip is what you heard. */
import { en } from '../../i18n/en.ts';
import type { QualitySecond } from './line-quality.ts';

const width = 220;
const height = 22;
const seconds = 60;

export function QualityLine({
  seconds: history,
  warn,
}: {
  seconds: readonly QualitySecond[];
  warn: boolean;
}) {
  const step = width / (seconds - 1);
  const first = seconds - history.length;
  const point = ({ height: share }: QualitySecond, index: number) =>
    `${((first + index) * step).toFixed(1)},${(2 + (1 - share) * (height - 4)).toFixed(1)}`;
  return (
    <svg
      className={warn ? 'quality-line quality-line-warn' : 'quality-line'}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={en.call.qualityLine}
    >
      <line className="quality-base" x1="0" x2={width} y1={height - 1} y2={height - 1} />
      {history.length > 1 && <polyline points={history.map(point).join(' ')} />}
    </svg>
  );
}
