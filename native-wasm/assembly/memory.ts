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

/** The longest past that a prediction is fitted to: 60 ms at 48 kHz. */
export const MAX_PAST: i32 = 2880;

/** The highest order of a prediction: 16 ms at 48 kHz. A multiple of 4. */
export const MAX_ORDER: i32 = 768;

/** A fit's errors and their weights, float32; float32 vectors are read up to one vector past the end. */
export const FORWARD_ERRORS: usize = memory.data((MAX_PAST + 4) * 4, 16);
export const BACKWARD_ERRORS: usize = memory.data((MAX_PAST + 4) * 4, 16);
export const WEIGHTS: usize = memory.data((MAX_PAST + 4) * 4, 16);

/** The fitted filter, float64: 1 and MAX_ORDER coefficients, and the same turned round for prediction. */
export const COEFFICIENTS: usize = memory.data((MAX_ORDER + 1) * 8, 16);
export const PREDICTOR: usize = memory.data(MAX_ORDER * 8, 16);

/** A prediction's line, float64: MAX_ORDER samples of the past and behind them those that are predicted. */
export const PREDICTED: usize = memory.data((MAX_ORDER + MAX_SAMPLES) * 8, 16);

/** Stages of the longest lattice that colours noise (RFC 3389 §3.2 gives ten as enough). */
export const LATTICE_STAGES: i32 = 10;

/** The lattice at work, float64: its reflection coefficients, and its backward errors, one more. */
export const REFLECTIONS: usize = memory.data(LATTICE_STAGES * 8, 16);
export const BACKWARD: usize = memory.data((LATTICE_STAGES + 1) * 8, 16);

/** Numbers in the state of one G.722 stream: the filter's line and two bands. */
export const G722_STATE_NUMBERS: i32 = 88;

/** The state of the G.722 stream at work, int32. */
export const G722_STATE: usize = memory.data(G722_STATE_NUMBERS * 4, 16);
