/**
 * Compares what was sent with what came back: finds the delay by cross-correlation, then tells for each window how alike the
 * two are, and where sound is missing.
 */

export interface ComparedWindow {
  /** Where the window begins in what was sent, in seconds. */
  startSeconds: number;
  /** Normalised cross-correlation, −1 to 1, after the mean is taken away; undefined where nothing audible was sent. */
  correlation: number | undefined;
  /** Delay at which this window was compared, in samples. */
  delaySamples: number;
}

/** A stretch where sound was sent and next to none came. */
export interface Gap {
  /** In what was sent. */
  startSeconds: number;
  durationSeconds: number;
}

export interface Comparison {
  /** By how much `received` lags behind `sent`. Negative when its beginning is missing. */
  delaySamples: number;
  windows: ComparedWindow[];
  gaps: Gap[];
  /** The smallest correlation of the audible windows; NaN when there is none. */
  lowest: number;
}

export interface CompareOptions {
  /** Each window may be compared at a delay that differs by up to so much from the common one. Default 0. */
  slackSeconds?: number;
  /** Shortest gap that counts. Default 0.01. */
  gapSeconds?: number;
}

/** RMS of 16-bit samples below which a window counts as silence: about −56 dBFS. */
const audibleRms = 50;
const gapBlockSeconds = 0.005;
/** Received energy below this share of what was sent is a gap. */
const gapShare = 0.1;

/**
 * Compares window by window. Only whole windows that lie inside both recordings are compared.
 * @param rate samples per second of both
 */
export function compareAudio(
  sent: Int16Array,
  received: Int16Array,
  rate: number,
  windowSeconds: number,
  options: CompareOptions = {},
): Comparison {
  const delaySamples = delayBetween(sent, received);
  const windowSamples = Math.round(windowSeconds * rate);
  const slackSamples = Math.round((options.slackSeconds ?? 0) * rate);
  const windows: ComparedWindow[] = [];
  for (let start = 0; start + windowSamples <= sent.length; start += windowSamples) {
    if (start + delaySamples < 0) continue;
    if (start + delaySamples + windowSamples > received.length) break;
    windows.push({
      startSeconds: start / rate,
      ...bestWindow(sent, received, start, windowSamples, delaySamples, slackSamples),
    });
  }
  const audible = windows.flatMap(({ correlation }) => (correlation === undefined ? [] : [correlation]));
  return {
    delaySamples,
    windows,
    gaps: gapsBetween(sent, received, rate, windows, windowSamples, options.gapSeconds ?? 0.01),
    lowest: audible.length === 0 ? Number.NaN : Math.min(...audible),
  };
}

/** The correlation of each window in which something audible was sent. */
export function windowCorrelations(
  sent: Int16Array,
  received: Int16Array,
  rate: number,
  windowSeconds: number,
  options: CompareOptions = {},
): { startSeconds: number; correlation: number }[] {
  return compareAudio(sent, received, rate, windowSeconds, options).windows.flatMap(
    ({ startSeconds, correlation }) => (correlation === undefined ? [] : [{ startSeconds, correlation }]),
  );
}

function bestWindow(
  sent: Int16Array,
  received: Int16Array,
  start: number,
  length: number,
  delay: number,
  slack: number,
): { correlation: number | undefined; delaySamples: number } {
  if (rms(sent, start, length) < audibleRms) return { correlation: undefined, delaySamples: delay };
  let best = {
    correlation: correlationAt(sent, start, received, start + delay, length),
    delaySamples: delay,
  };
  for (let shift = 1; shift <= slack; shift += 1) {
    for (const candidate of [delay - shift, delay + shift]) {
      const correlation = correlationAt(sent, start, received, start + candidate, length);
      if (correlation > best.correlation) best = { correlation, delaySamples: candidate };
    }
  }
  return best;
}

/** Pearson's correlation of two stretches; 0 when either does not move at all, −1 when it leaves its recording. */
export function correlationAt(
  a: Int16Array,
  startA: number,
  b: Int16Array,
  startB: number,
  length: number,
): number {
  if (startA < 0 || startB < 0 || startA + length > a.length || startB + length > b.length) return -1;
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let index = 0; index < length; index += 1) {
    const x = a[startA + index] ?? 0;
    const y = b[startB + index] ?? 0;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  const spread = Math.sqrt((sumAA - (sumA * sumA) / length) * (sumBB - (sumB * sumB) / length));
  return spread === 0 ? 0 : (sumAB - (sumA * sumB) / length) / spread;
}

function rms(samples: Int16Array, start: number, length: number): number {
  let sum = 0;
  for (let index = start; index < start + length; index += 1) sum += (samples[index] ?? 0) ** 2;
  return Math.sqrt(sum / length);
}

function gapsBetween(
  sent: Int16Array,
  received: Int16Array,
  rate: number,
  windows: readonly ComparedWindow[],
  windowSamples: number,
  gapSeconds: number,
): Gap[] {
  const block = Math.round(gapBlockSeconds * rate);
  const gaps: Gap[] = [];
  let open: Gap | undefined;
  const finish = (): void => {
    if (open !== undefined && open.durationSeconds >= gapSeconds - 1e-9) gaps.push(open);
    open = undefined;
  };
  for (const window of windows) {
    const first = Math.round(window.startSeconds * rate);
    for (let start = first; start + block <= first + windowSamples; start += block) {
      const loudness = rms(sent, start, block);
      const heard = rms(received, start + window.delaySamples, block);
      if (loudness < audibleRms * 2 || heard >= loudness * gapShare) {
        finish();
      } else if (open === undefined) {
        open = { startSeconds: start / rate, durationSeconds: block / rate };
      } else {
        open.durationSeconds += block / rate;
      }
    }
  }
  finish();
  return gaps;
}

/**
 * By how many samples `received` lags behind `sent`: the peak of their cross-correlation, over the whole of both (by FFT).
 */
export function delayBetween(sent: Int16Array, received: Int16Array): number {
  let size = 1;
  while (size < sent.length + received.length) size *= 2;
  const a = spectrum(sent, size);
  const b = spectrum(received, size);
  // conj(A) · B, whose inverse transform is the cross-correlation.
  for (let bin = 0; bin < size; bin += 1) {
    const [ar, ai, br, bi] = [a.real[bin] ?? 0, a.imag[bin] ?? 0, b.real[bin] ?? 0, b.imag[bin] ?? 0];
    // Stored conjugated, so that a second forward transform is the inverse one (up to scale, for a real result).
    a.real[bin] = ar * br + ai * bi;
    a.imag[bin] = -(ar * bi - ai * br);
  }
  transform(a.real, a.imag);
  let peak = 0;
  for (let lag = 1; lag < size; lag += 1) {
    if ((a.real[lag] ?? 0) > (a.real[peak] ?? 0)) peak = lag;
  }
  return peak < received.length ? peak : peak - size;
}

function spectrum(samples: Int16Array, size: number): { real: Float64Array; imag: Float64Array } {
  const real = new Float64Array(size);
  const imag = new Float64Array(size);
  real.set(samples);
  transform(real, imag);
  return { real, imag };
}

/** Forward FFT in place, radix 2; the length is a power of two. */
function transform(real: Float64Array, imag: Float64Array): void {
  const size = real.length;
  for (let index = 1, mirrored = 0; index < size; index += 1) {
    let bit = size >> 1;
    for (; (mirrored & bit) !== 0; bit >>= 1) mirrored ^= bit;
    mirrored ^= bit;
    if (index < mirrored) {
      swap(real, index, mirrored);
      swap(imag, index, mirrored);
    }
  }
  const cosines = new Float64Array(size / 2);
  const sines = new Float64Array(size / 2);
  for (let index = 0; index < size / 2; index += 1) {
    cosines[index] = Math.cos((-2 * Math.PI * index) / size);
    sines[index] = Math.sin((-2 * Math.PI * index) / size);
  }
  for (let half = 1; half < size; half *= 2) {
    const stride = size / (2 * half);
    for (let start = 0; start < size; start += 2 * half) {
      for (let index = 0; index < half; index += 1) {
        const [low, high] = [start + index, start + index + half];
        const [c, s] = [cosines[index * stride] ?? 0, sines[index * stride] ?? 0];
        const [hr, hi] = [real[high] ?? 0, imag[high] ?? 0];
        const tr = hr * c - hi * s;
        const ti = hr * s + hi * c;
        const [lr, li] = [real[low] ?? 0, imag[low] ?? 0];
        real[high] = lr - tr;
        imag[high] = li - ti;
        real[low] = lr + tr;
        imag[low] = li + ti;
      }
    }
  }
}

function swap(values: Float64Array, a: number, b: number): void {
  const kept = values[a] ?? 0;
  values[a] = values[b] ?? 0;
  values[b] = kept;
}

/** The most windows in a row that are at least so alike. */
export function longestRow(windows: readonly { correlation: number }[], least: number): number {
  let [inARow, longest] = [0, 0];
  for (const { correlation } of windows) {
    inARow = correlation >= least ? inARow + 1 : 0;
    longest = Math.max(longest, inARow);
  }
  return longest;
}
