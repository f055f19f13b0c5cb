/** What a least-squares fit of one sine finds in a signal. */
export interface SineFit {
  readonly amplitude: number;
  /** Phase of a sine at index 0, radians. */
  readonly phase: number;
  /** Rms of what is left without the sine: noise, images, aliases. */
  readonly residualRms: number;
}

/** Fits a·sin(ωn) + b·cos(ωn) to the signal by the normal equations. */
export function fitSine(signal: Float32Array, frequencyHz: number, rateHz: number): SineFit {
  const omega = (2 * Math.PI * frequencyHz) / rateHz;
  let [ss, cc, sc, xs, xc] = [0, 0, 0, 0, 0];
  for (const [n, x] of signal.entries()) {
    const s = Math.sin(omega * n);
    const c = Math.cos(omega * n);
    ss += s * s;
    cc += c * c;
    sc += s * c;
    xs += x * s;
    xc += x * c;
  }
  const determinant = ss * cc - sc * sc;
  const a = (xs * cc - xc * sc) / determinant;
  const b = (xc * ss - xs * sc) / determinant;
  let residual = 0;
  for (const [n, x] of signal.entries()) {
    residual += (x - a * Math.sin(omega * n) - b * Math.cos(omega * n)) ** 2;
  }
  return {
    amplitude: Math.hypot(a, b),
    phase: Math.atan2(b, a),
    residualRms: Math.sqrt(residual / signal.length),
  };
}
