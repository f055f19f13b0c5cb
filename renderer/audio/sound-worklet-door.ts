/** What page and worklet say to each other (the frames themselves take a port of their own). */

export const soundWorkletName = 'sidetone-sound';
/**
 * From the page. `engine`: a port to use from now on (it travels with the message), or null to be silent. `noise`: RNNoise, to take
 * noise out of the microphone from now on, or null to leave it.
 */
export type SoundWorkletOrder =
  { kind: 'engine'; port: MessagePort | null } | { kind: 'noise'; module: WebAssembly.Module | null };
/** To the page. `starved`: the engine has not answered for a second. `no-noise`: strong noise reduction cannot run here. */
export type SoundWorkletReport = 'starved' | 'no-noise';
