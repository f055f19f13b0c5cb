/**
 * Design of the resampler's low-pass: a windowed sinc with a Kaiser window (J. F. Kaiser, 1974), linear
 * phase. See A. V. Oppenheim and R. W. Schafer, Discrete-Time Signal Processing, §7.6.
 */

/** Samples of the lower rate on each side of the centre; 32 in all give a transition of 0.15 of that rate. */
const halfWidthSamples = 16;

/** Kaiser's beta for 76 dB in the stop band. */
const kaiserBeta = 7.5;

/** The modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * Coefficients of the filter that runs at `up` times the input's rate, which is `down` times the output's
 * rate. It cuts at half of the lower of the two rates (-6 dB), has a delay of 16 samples of that rate and a
 * gain of `up`.
 */
export function designLowPass(up: number, down: number): Float64Array {
  const samplesPerLowSample = Math.max(up, down);
  const centre = halfWidthSamples * samplesPerLowSample;
  const filter = new Float64Array(2 * centre + 1);
  for (let index = 0; index < filter.length; index++) {
    const offset = index - centre;
    const x = (Math.PI * offset) / samplesPerLowSample;
    const sinc = offset === 0 ? 1 : Math.sin(x) / x;
    const window = besselI0(kaiserBeta * Math.sqrt(1 - (offset / centre) ** 2));
    filter[index] = sinc * window;
  }
  const gain = up / filter.reduce((sum, coefficient) => sum + coefficient, 0);
  return filter.map((coefficient) => coefficient * gain);
}

/** The delay of the filter in samples of the lower rate. */
export const lowPassDelaySamples = halfWidthSamples;
