/** A call's seconds gathered into as many columns as a picture has: of each stretch the worst is shown, so that no dip is lost. */
import type { QualityPoint } from '../../../contract/snapshot.ts';

export type QualityColumn = Pick<QualityPoint, 'at' | 'mos' | 'lossPercent'>;

export function graphColumns(points: readonly QualityPoint[], columns: number): QualityColumn[] {
  const perColumn = Math.max(Math.ceil(points.length / columns), 1);
  const gathered: QualityColumn[] = [];
  for (let first = 0; first < points.length; first += perColumn) {
    const stretch = points.slice(first, first + perColumn);
    const scores = stretch.flatMap(({ mos }) => mos ?? []);
    gathered.push({
      at: points[first]?.at ?? 0,
      mos: scores.length === 0 ? null : Math.min(...scores),
      lossPercent: Math.max(...stretch.map(({ lossPercent }) => lossPercent)),
    });
  }
  return gathered;
}

/** A line begins with the first sound: what was before it is no bad quality. */
export function sinceSound<T extends { mos: number | null }>(points: readonly T[]): readonly T[] {
  const first = points.findIndex(({ mos }) => mos !== null);
  return first === -1 ? [] : points.slice(first);
}
