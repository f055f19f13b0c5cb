/** What page and worklet say to each other (the frames themselves take a port of their own). */

export const soundWorkletName = 'sidetone-sound';
/**
 * From the page. `engine`: a port to use from now on (it travels with the message), or null to be silent. `noise`: RNNoise's code, to
 * take noise out of the microphone from now on, or null to leave it. It travels as bytes: a compiled module does not reach the worklet
 * of a desktop window (`messageerror`, seen in Electron 22).
 */
export type SoundWorkletOrder =
  { kind: 'engine'; port: MessagePort | null } | { kind: 'noise'; code: ArrayBuffer | null };
/** To the page. `starved`: the engine has not answered for one more second. `no-noise`: strong noise reduction cannot run here. */
export type SoundWorkletReport = 'starved' | 'no-noise';
