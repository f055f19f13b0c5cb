/** A mean opinion score in one word, by what ITU-T G.107 Annex B says of the people who give it. */
export type MosWord = 'good' | 'fair' | 'poor';

/** From 4.0 on people are satisfied; from 3.6 on some of them are not; below, many. */
const fairFrom = 3.6;
const goodFrom = 4;

export const bestMos = 4.5;
export const worstMos = 1;

export function mosWord(mos: number): MosWord {
  // Judged as it is shown: a 4.0 on the screen is not called fair.
  const shown = Math.round(mos * 10) / 10;
  if (shown >= goodFrom) return 'good';
  return shown >= fairFrom ? 'fair' : 'poor';
}

/** 0 (worst) to 1 (best): the height of a line. */
export const mosShare = (mos: number): number =>
  Math.min(Math.max((mos - worstMos) / (bestMos - worstMos), 0), 1);
