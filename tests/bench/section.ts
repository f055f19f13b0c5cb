/** What a section of the benchmark gives: rows of figures side by side, and what they mean for the targets. */
import type { ContestantName } from './contestants.ts';
import type { Lab } from './lab.ts';

/** One thing measured, once or more for each phone. */
export interface Row {
  title: string;
  /** `ms`, `%`, … or empty for a count. */
  unit: string;
  /** Digits after the point. */
  digits: number;
  values: Partial<Record<ContestantName | 'floor', readonly number[]>>;
}

/** M1 to M11 of docs/benchmarks.md. */
export type TargetName = `M${number}`;

/** One target held against a figure. */
export interface Verdict {
  target: TargetName;
  /** What was to be reached. */
  wanted: string;
  /** What was measured. */
  figure: string;
  met: boolean;
  /** How far from the target, and why; empty when it is met. */
  distance: string;
}

/** Figures that are not of phones side by side. */
export interface Table {
  head: readonly string[];
  lines: readonly (readonly string[])[];
}

export interface SectionResult {
  rows: Row[];
  table?: Table;
  verdicts: Verdict[];
  /** Sentences that a reader of the figures should know. */
  notes: string[];
}

export interface SectionOptions {
  lab: Lab;
  /** Fewer and shorter runs: for trying, not for the document. */
  short: boolean;
  say: (sentence: string) => void;
}

export interface Section {
  title: string;
  /** What its verdicts are about: not measured when the section fails. */
  targets: readonly TargetName[];
  /** Something hangs when it takes longer than this. */
  limitMinutes: number;
  run: (options: SectionOptions) => Promise<SectionResult>;
}

/** A verdict on what could not be measured, and why. */
export function unmeasured(target: TargetName, reason: string): Verdict {
  return { target, wanted: 'a figure', figure: 'none', met: false, distance: reason };
}

/** A verdict on a figure that should be at most so much. */
export function atMost(
  target: TargetName,
  what: string,
  figure: number,
  limit: number,
  { digits = 2, unit = '' } = {},
): Verdict {
  const text = textOf(digits, unit);
  const met = figure <= limit;
  const share = limit > 0 ? ` (${(figure / limit).toFixed(2)} ×)` : '';
  const distance = met ? '' : `${text(figure - limit)} too much${share}`;
  return {
    target,
    wanted: `${what}: at most ${text(limit)}`,
    figure: text(figure),
    met,
    distance: Number.isNaN(figure - limit) ? notSeen : distance,
  };
}

/** A verdict on a figure that should be at least so much. */
export function atLeast(
  target: TargetName,
  what: string,
  figure: number,
  limit: number,
  { digits = 2, unit = '' } = {},
): Verdict {
  const text = textOf(digits, unit);
  const met = figure >= limit;
  return {
    target,
    wanted: `${what}: at least ${text(limit)}`,
    figure: text(figure),
    met,
    distance: Number.isNaN(limit - figure) ? notSeen : met ? '' : `${text(limit - figure)} short`,
  };
}

const notSeen = 'one of the two was not seen';

function textOf(digits: number, unit: string): (value: number) => string {
  return (value) =>
    Number.isNaN(value) ? 'no figure' : `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
}
