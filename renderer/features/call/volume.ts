/**
 * A volume slider's place (0 to 1) and what it stands for. The ear hears by ratio, so the gain grows with the square of the
 * place: 0 is silence, 0.71 leaves the sound as it is, 1 is twice as loud (+6 dB).
 */
const loudestGain = 2;
/** The quietest level that moves the meter, in dBFS. */
const meterFloorDb = -60;

export function gainOfPlace(place: number): number {
  const clamped = Math.min(Math.max(place, 0), 1);
  return Math.round(clamped * clamped * loudestGain * 1000) / 1000;
}

export function placeOfGain(gain: number): number {
  return Math.sqrt(Math.min(Math.max(gain, 0), loudestGain) / loudestGain);
}

/** The same for hearing oneself, which never grows beyond what the microphone hears. */
export const gainOfSidetonePlace = (place: number): number => gainOfPlace(place) / loudestGain;
export const placeOfSidetoneGain = (gain: number): number => placeOfGain(gain * loudestGain);

/** A peak level in dBFS (−127 to 0) as a share of the meter, 0 to 1. */
export function meterShare(levelDb: number): number {
  return Math.min(Math.max(1 - levelDb / meterFloorDb, 0), 1);
}
