/** What page and worklet say to each other (the frames themselves take a port of their own). */

export const soundWorkletName = 'sidetone-sound';
/** From the page: a port to use from now on (it travels with the message), or null to be silent. */
export interface SoundWorkletOrder {
  port: MessagePort | null;
}
/** To the page: the engine has not answered for a second. */
export type SoundWorkletReport = 'starved';
