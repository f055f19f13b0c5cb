// ITU-T G.722 at 64 kbit/s, bit-exact: two samples at 16 kHz are one octet. A quadrature mirror filter splits the sound at
// 4 kHz; each half is ADPCM with a predictor of two poles and six zeros, six bits for the lower half and two for the upper.
// The names of blocks are those of the Recommendation (§3.6 and §4).
//
// Areas: INPUT, OUTPUT and G722_STATE. The door copies a stream's state into G722_STATE and out again:
//
//   0 … 23   the filter's line
//   24 … 55  lower band   } s, sz, nb, det, then r, p and a of the last two signals, d and b of the last six
//   56 … 87  upper band   }

import { INPUT, OUTPUT, G722_STATE } from './memory';

const LINE: usize = G722_STATE;
const LOWER: usize = G722_STATE + 24 * 4;
const UPPER: usize = G722_STATE + 56 * 4;

// Places in a band, in octets.
const S: usize = 0;
const SZ: usize = 4;
const NB: usize = 8;
const DET: usize = 12;
const R: usize = 16;
const P: usize = 24;
const A: usize = 32;
const D: usize = 40;
const B: usize = 64;

/** Coefficients of the mirror filter, every other one (table 11). */
const QMF = memory.data<i32>([3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11]);
/** Decision levels of the lower band (table 14). */
const Q6 = memory.data<i32>([
  0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219,
  1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
]);
/** Codes of the lower band's intervals, for negative and for other differences. */
const ILN = memory.data<i32>([
  0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7,
  6, 5, 4,
]);
const ILP = memory.data<i32>([
  0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36,
  35, 34, 33, 32,
]);
/** What six, four and two bits stand for. */
const QM6 = memory.data<i32>([
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360,
  -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688,
  -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192,
  6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432,
  -136,
]);
const QM4 = memory.data<i32>([
  0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
]);
const QM2 = memory.data<i32>([-7408, -1616, 7408, 1616]);
/** Steps of the logarithmic scale by code. */
const WL = memory.data<i32>([
  -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
]);
const WH = memory.data<i32>([798, -214, 798, -214]);
/** 2048 times the 32nd roots of two. */
const ILB = memory.data<i32>([
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960,
  3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
]);

function at(table: usize, index: i32): i32 {
  return load<i32>(table + ((<usize>index) << 2));
}

function saturate(value: i32): i32 {
  return min(max(value, -32768), 32767);
}

/** LOGSCL and SCALEL, or LOGSCH and SCALEH: how the quantiser's step follows what was quantised. */
function adapt(band: usize, step: i32, most: i32, exponent: i32): void {
  const logarithm = min(max(((load<i32>(band, NB) * 127) >> 7) + step, 0), most);
  const shift = exponent - (logarithm >> 11);
  const mantissa = at(ILB, (logarithm >> 6) & 31);
  store<i32>(band, logarithm, NB);
  store<i32>(band, (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2, DET);
}

/** Block 4: the predictor learns from the quantised difference `d` and predicts the band's next sample. */
function predict(band: usize, d: i32): void {
  const r0 = saturate(load<i32>(band, S) + d);
  const p0 = saturate(load<i32>(band, SZ) + d);
  const p1 = load<i32>(band, P);
  const alike1 = p0 >> 15 === p1 >> 15;
  const alike2 = p0 >> 15 === load<i32>(band, P + 4) >> 15;

  // UPPOL2, UPPOL1: the poles.
  const a1 = load<i32>(band, A);
  const quadrupled = saturate(a1 << 2);
  const turn = alike1 ? min(-quadrupled, 32767) : quadrupled;
  const second = (turn >> 7) + (alike2 ? 128 : -128) + ((load<i32>(band, A + 4) * 32512) >> 15);
  const ap2 = min(max(second, -12288), 12288);
  const first = saturate((alike1 ? 192 : -192) + ((a1 * 32640) >> 15));
  const bound = saturate(15360 - ap2);
  const ap1 = min(max(first, -bound), bound);

  // UPZERO, DELAYA, FILTEZ: the zeros.
  const gain = d === 0 ? 0 : 128;
  let zeros = 0;
  for (let i: usize = 24; i > 0; i -= 4) {
    const place = band + i - 4;
    const past = load<i32>(place, D);
    const b = saturate((past >> 15 === d >> 15 ? gain : -gain) + ((load<i32>(place, B) * 32640) >> 15));
    const moved = i > 4 ? load<i32>(place - 4, D) : d;
    store<i32>(place, b, B);
    store<i32>(place, moved, D);
    zeros += (b * saturate(moved << 1)) >> 15;
  }
  const sz = saturate(zeros);

  // FILTEP, PREDIC.
  const r1 = load<i32>(band, R);
  const poles = saturate(((ap1 * saturate(r0 << 1)) >> 15) + ((ap2 * saturate(r1 << 1)) >> 15));
  store<i32>(band, r0, R);
  store<i32>(band, r1, R + 4);
  store<i32>(band, p0, P);
  store<i32>(band, p1, P + 4);
  store<i32>(band, ap1, A);
  store<i32>(band, ap2, A + 4);
  store<i32>(band, sz, SZ);
  store<i32>(band, saturate(poles + sz), S);
}

/** Moves the filter's line on by two samples. */
function shiftLine(newer: i32, newest: i32): void {
  memory.copy(LINE, LINE + 8, 22 * 4);
  store<i32>(LINE, newer, 22 * 4);
  store<i32>(LINE, newest, 23 * 4);
}

/** The mirror filter over the even (0) or the odd (1) places of the line. */
function filterLine(odd: i32): i32 {
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += at(LINE, 2 * i + odd) * at(QMF, odd ? 11 - i : i);
  return sum;
}

/** QUANTL: six bits for a difference in the lower band. */
function quantiseLower(difference: i32): i32 {
  const magnitude = difference >= 0 ? difference : -(difference + 1);
  const det = load<i32>(LOWER, DET);
  let i = 1;
  while (i < 30 && magnitude >= (at(Q6, i) * det) >> 12) i++;
  return at(difference < 0 ? ILN : ILP, i);
}

/** QUANTH: two bits for a difference in the upper band. */
function quantiseUpper(difference: i32): i32 {
  const magnitude = difference >= 0 ? difference : -(difference + 1);
  const large = magnitude >= (564 * load<i32>(UPPER, DET)) >> 12;
  if (difference < 0) return large ? 0 : 1;
  return large ? 2 : 3;
}

/** Both predictors take in a code: four of its lower band's bits, and the two of the upper band. */
function learn(ril: i32, ihigh: i32): void {
  const dlow = (load<i32>(LOWER, DET) * at(QM4, ril)) >> 15;
  adapt(LOWER, at(WL, ril), 18432, 8);
  predict(LOWER, dlow);
  const dhigh = (load<i32>(UPPER, DET) * at(QM2, ihigh)) >> 15;
  adapt(UPPER, at(WH, ihigh), 22528, 10);
  predict(UPPER, dhigh);
}

/** INPUT int16 at 16 kHz, an even number of them, to half as many codes in OUTPUT. */
export function g722Encode(length: i32): void {
  for (let i = 0; i < length; i += 2) {
    const from = INPUT + ((<usize>i) << 1);
    shiftLine(load<i16>(from), load<i16>(from, 2));
    const even = filterLine(1);
    const odd = filterLine(0);
    const ilow = quantiseLower(saturate(((even + odd) >> 14) - load<i32>(LOWER, S)));
    const ihigh = quantiseUpper(saturate(((even - odd) >> 14) - load<i32>(UPPER, S)));
    learn(ilow >> 2, ihigh);
    store<u8>(OUTPUT + <usize>(i >> 1), (ihigh << 6) | ilow);
  }
}

/** INPUT codes to twice as many int16 at 16 kHz in OUTPUT. */
export function g722Decode(length: i32): void {
  for (let i = 0; i < length; i++) {
    const code: i32 = load<u8>(INPUT + <usize>i);
    const ilow = code & 63;
    const ihigh = code >> 6;
    const dlow = (load<i32>(LOWER, DET) * at(QM6, ilow)) >> 15;
    const dhigh = (load<i32>(UPPER, DET) * at(QM2, ihigh)) >> 15;
    const low = min(max(load<i32>(LOWER, S) + dlow, -16384), 16383);
    const high = min(max(load<i32>(UPPER, S) + dhigh, -16384), 16383);
    learn(ilow >> 2, ihigh);
    shiftLine(low + high, low - high);
    const to = OUTPUT + ((<usize>i) << 2);
    store<i16>(to, saturate(filterLine(1) >> 11));
    store<i16>(to, saturate(filterLine(0) >> 11), 2);
  }
}
