// ITU-T G.711 without tables. A G.711 code is a small floating point number: sign, three bits of segment (exponent),
// four bits of step (mantissa). So the arithmetic unit does the companding: an integer converted to float32 carries
// the segment in its exponent and the step in its top four mantissa bits, `bits >> 19` is the code up to a constant,
// and eight samples go through at once.
//
// Areas: INPUT and OUTPUT. Linear samples are int16 with the 14 (mu-law) or 13 (A-law) bits of the standard at the top.
// Lengths need not be multiples of eight: the last vector works on what the area happens to hold, and the door
// does not read it.

import { INPUT, OUTPUT } from './memory';

/** float32 of 2^5 with an empty mantissa, shifted to the place of a code: where mu-law's segment 0 begins. */
const MU_ORIGIN: i32 = (127 + 5) << 4;
/** The same for A-law, whose segment 1 begins at 2^4. */
const A_ORIGIN: i32 = (127 + 3) << 4;
/** Half a step: the mantissa bit below the four of a code. */
const HALF_STEP: i32 = 1 << 18;

function floatBitsAsCode(magnitude: v128): v128 {
  return i32x4.shr_u(f32x4.convert_i32x4_s(magnitude), 19);
}

function muMagnitudeCode(magnitude: v128): v128 {
  return i32x4.sub(floatBitsAsCode(magnitude), i32x4.splat(MU_ORIGIN));
}

/** INPUT int16 to OUTPUT mu-law codes (G.711 table 2a/2b; negative values by one's complement, as ITU-T's G.191). */
export function muLawEncode(length: i32): void {
  for (let i = 0; i < length; i += 8) {
    const samples = v128.load(INPUT + ((<usize>i) << 1));
    const sign = i16x8.shr_s(samples, 15);
    const biased = i16x8.add(i16x8.shr_u(v128.xor(samples, sign), 2), i16x8.splat(33));
    const magnitude = i16x8.min_s(biased, i16x8.splat(0x1fff));
    const code = i16x8.narrow_i32x4_s(
      muMagnitudeCode(i32x4.extend_low_i16x8_s(magnitude)),
      muMagnitudeCode(i32x4.extend_high_i16x8_s(magnitude)),
    );
    // All bits inverted on the line; the sign bit is 1 for positive values.
    const inversion = v128.xor(i16x8.splat(0xff), v128.and(sign, i16x8.splat(0x80)));
    const line = v128.xor(code, inversion);
    v128.store64_lane(OUTPUT + <usize>i, i8x16.narrow_i16x8_u(line, line), 0);
  }
}

function muMagnitude(code: v128): v128 {
  const bits = i32x4.add(i32x4.shl(code, 19), i32x4.splat((MU_ORIGIN << 19) | HALF_STEP));
  return i32x4.shl(i32x4.sub(i32x4.trunc_sat_f32x4_s(bits), i32x4.splat(33)), 2);
}

/** INPUT mu-law codes to OUTPUT int16 (G.711 table 2a/2b). */
export function muLawDecode(length: i32): void {
  for (let i = 0; i < length; i += 8) {
    const line = v128.load8x8_u(INPUT + <usize>i);
    const code = v128.andnot(i16x8.splat(0x7f), line);
    const magnitude = i16x8.narrow_i32x4_s(
      muMagnitude(i32x4.extend_low_i16x8_s(code)),
      muMagnitude(i32x4.extend_high_i16x8_s(code)),
    );
    const positive = i16x8.shr_s(i16x8.shl(line, 8), 15);
    const samples = v128.bitselect(magnitude, i16x8.neg(magnitude), positive);
    v128.store(OUTPUT + ((<usize>i) << 1), samples);
  }
}

function aMagnitudeCode(magnitude: v128): v128 {
  const code = i32x4.sub(floatBitsAsCode(magnitude), i32x4.splat(A_ORIGIN));
  // Segments 0 and 1 have the same step: below 16 the magnitude is the code.
  return v128.bitselect(magnitude, code, i32x4.lt_s(magnitude, i32x4.splat(16)));
}

/** INPUT int16 to OUTPUT A-law codes (G.711 table 1a/1b; negative values by one's complement, as ITU-T's G.191). */
export function aLawEncode(length: i32): void {
  for (let i = 0; i < length; i += 8) {
    const samples = v128.load(INPUT + ((<usize>i) << 1));
    const sign = i16x8.shr_s(samples, 15);
    const magnitude = i16x8.shr_u(v128.xor(samples, sign), 4);
    const code = i16x8.narrow_i32x4_s(
      aMagnitudeCode(i32x4.extend_low_i16x8_s(magnitude)),
      aMagnitudeCode(i32x4.extend_high_i16x8_s(magnitude)),
    );
    // Even bits inverted on the line; the sign bit is 1 for positive values.
    const inversion = v128.xor(i16x8.splat(0xd5), v128.and(sign, i16x8.splat(0x80)));
    const line = v128.xor(code, inversion);
    v128.store64_lane(OUTPUT + <usize>i, i8x16.narrow_i16x8_u(line, line), 0);
  }
}

function aMagnitude(code: v128): v128 {
  const bits = i32x4.add(i32x4.shl(code, 19), i32x4.splat((A_ORIGIN << 19) | HALF_STEP));
  const curved = i32x4.shl(i32x4.trunc_sat_f32x4_s(f32x4.mul(bits, f32x4.splat(2))), 3);
  const straight = i32x4.add(i32x4.shl(code, 4), i32x4.splat(8));
  return v128.bitselect(straight, curved, i32x4.lt_s(code, i32x4.splat(16)));
}

/** INPUT A-law codes to OUTPUT int16 (G.711 table 1a/1b). */
export function aLawDecode(length: i32): void {
  for (let i = 0; i < length; i += 8) {
    const line = v128.load8x8_u(INPUT + <usize>i);
    const code = v128.and(v128.xor(line, i16x8.splat(0x55)), i16x8.splat(0x7f));
    const magnitude = i16x8.narrow_i32x4_s(
      aMagnitude(i32x4.extend_low_i16x8_s(code)),
      aMagnitude(i32x4.extend_high_i16x8_s(code)),
    );
    const positive = i16x8.shr_s(i16x8.shl(line, 8), 15);
    const samples = v128.bitselect(magnitude, i16x8.neg(magnitude), positive);
    v128.store(OUTPUT + ((<usize>i) << 1), samples);
  }
}
