// What the module exports. Each function works on the fixed areas of memory.ts; the typed doors in the folder
// above fill and read them.

export {
  MAX_SAMPLES,
  MAX_TAPS,
  FILTER_FLOATS,
  FILTER_SLOTS,
  INPUT,
  SUM,
  OUTPUT,
  LINE,
  FILTERS,
  MAX_PAST,
  G722_STATE,
  G722_STATE_NUMBERS,
  LATTICE_STAGES,
  REFLECTIONS,
  BACKWARD,
} from './memory';
export { muLawEncode, muLawDecode, aLawEncode, aLawDecode } from './g711';
export { g722Encode, g722Decode } from './g722';
export { int16ToFloat, floatToInt16 } from './convert';
export { rampFloat, rampInt16 } from './gain';
export { levelFloat, levelInt16 } from './level';
export { mixClear, mixAddFloat, mixAddInt16, mixMinusFloat, mixMinusInt16 } from './mix';
export { resample } from './resample';
export { findSeam, blendSeam } from './time-scale';
export { extrapolate } from './extrapolate';
export { colourNoise, layOnNoise } from './noise';
export { likenesses } from './likeness';
