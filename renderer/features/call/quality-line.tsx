/** The last minute of the line: high is good, a dip is what you heard. */
import type { MediaStats } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { mosShare } from './mos-word.ts';
import { sinceSound } from './quality-columns.ts';

const width = 220;
const height = 22;
const seconds = 60;

interface QualityLineProps {
  /** A reading each second, oldest first. */
  minute: readonly MediaStats[];
  warn: boolean;
}

export function QualityLine({ minute, warn }: QualityLineProps) {
  const step = width / (seconds - 1);
  const sound = sinceSound(minute);
  const first = seconds - sound.length;
  const point = ({ mos }: MediaStats, index: number) =>
    `${((first + index) * step).toFixed(1)},${(2 + (1 - mosShare(mos ?? 0)) * (height - 4)).toFixed(1)}`;
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
      {sound.length > 1 && <polyline points={sound.map(point).join(' ')} />}
    </svg>
  );
}
