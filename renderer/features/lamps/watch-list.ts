/** The list of watched extensions as values: what adding and moving make of it. */
import type { Settings } from '../../../contract/settings.ts';

type WatchList = Settings['lamps'];
export type WatchProblem = 'empty' | 'spaces' | 'twice';

/** The list with one more extension; says what is wrong with a number that cannot be watched. */
export function watched(
  list: WatchList,
  number: string,
  label: string,
): { ok: true; value: WatchList } | { ok: false; error: WatchProblem } {
  const wanted = number.trim();
  if (wanted === '') return { ok: false, error: 'empty' };
  if (/\s|@/.test(wanted)) return { ok: false, error: 'spaces' };
  if (list.some((lamp) => lamp.number === wanted)) return { ok: false, error: 'twice' };
  return { ok: true, value: [...list, { number: wanted, label: label.trim(), account_id: '' }] };
}

/** The list with one entry a place further up (−1) or down (1); the same list at its ends. */
export function moved(list: WatchList, index: number, by: -1 | 1): WatchList {
  const [entry, other] = [list[index], list[index + by]];
  if (entry === undefined || other === undefined) return list;
  return list.with(index, other).with(index + by, entry);
}
