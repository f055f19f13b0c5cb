/**
 * Opus as an RTP payload (RFC 7587): one Opus packet, timestamps of 48 kHz whatever the sound. How long a packet lasts stands in its
 * first octet (RFC 6716 §3.1), and how many frames it has there or in the second (§3.2).
 *
 *    0 1 2 3 4 5 6 7
 *   +-+-+-+-+-+-+-+-+
 *   | config  |s| c |    config: mode, bandwidth and frame size · s: stereo · c: 0 one frame, 1 and 2 two, 3 as many as told
 *   +-+-+-+-+-+-+-+-+
 */

/** Ticks at 48 kHz. */
const ticksPerMs = 48;
const silkFrameMs = [10, 20, 40, 60];
const hybridFrameMs = [10, 20];
const celtFrameMs = [2.5, 5, 10, 20];
/** §3.2.5, requirement 5. */
const longestTicks = 120 * ticksPerMs;

function frameMsOf(config: number): number {
  if (config < 12) return silkFrameMs[config & 3] ?? 0;
  if (config < 16) return hybridFrameMs[config & 1] ?? 0;
  return celtFrameMs[config & 3] ?? 0;
}

/** How long a packet lasts in ticks of 48 kHz; 0 for one that is none. */
export function opusTicks(payload: Uint8Array): number {
  const [first, second] = payload;
  if (first === undefined) return 0;
  const code = first & 3;
  if (code === 3 && second === undefined) return 0;
  const frames = code === 0 ? 1 : code === 3 ? (second ?? 0) & 0x3f : 2;
  const ticks = frames * frameMsOf(first >> 3) * ticksPerMs;
  return ticks > longestTicks ? 0 : ticks;
}
