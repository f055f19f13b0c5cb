// The one memory plan of the module. Everything is a fixed area: nothing is allocated while a call runs, and the
// memory never grows, so the views that the doors keep on it stay valid for ever.

/** The longest run of samples handled in one call: 120 ms at 48 kHz. A multiple of 8, the widest vector step. */
export const MAX_SAMPLES: i32 = 5760;

/** Taps of the longest polyphase branch, rounded up to whole vectors (48 kHz to 8 kHz: 193 taps). */
export const MAX_TAPS: i32 = 200;

/** One input: up to MAX_SAMPLES of float32, or as many int16 or bytes. */
export const INPUT: usize = memory.data(MAX_SAMPLES * 4, 16);

/** The running sum of a mix, float32 in the scale of its inputs. */
export const SUM: usize = memory.data(MAX_SAMPLES * 4, 16);

/** One output: up to MAX_SAMPLES of float32, or as many int16 or bytes. */
export const OUTPUT: usize = memory.data(MAX_SAMPLES * 4, 16);

/** The resampler's line: the history of a stream and behind it the new samples, float32. */
export const LINE: usize = memory.data((MAX_TAPS + MAX_SAMPLES) * 4, 16);

/** Floats of one filter's room; the largest is 6 branches of 40 taps (8 kHz to 48 kHz). */
export const FILTER_FLOATS: i32 = 256;

/** Filters that fit: 8, 16, 24, 32 and 48 kHz have 13 ratios in lowest terms. */
export const FILTER_SLOTS: i32 = 13;

/** The coefficients, FILTER_SLOTS rooms of FILTER_FLOATS float32, written by the door as a ratio is first used. */
export const FILTERS: usize = memory.data(FILTER_SLOTS * FILTER_FLOATS * 4, 16);
