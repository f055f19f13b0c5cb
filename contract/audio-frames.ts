/**
 * Sound between a shell's audio device and the engine: binary messages, the same over a MessagePort and a WebSocket.
 *
 *   byte 0      kind: 1 capture (shell → engine) · 2 pull (shell → engine) · 3 playout (engine → shell)
 *   byte 1      flags: bit 0 of a playout frame = silence, no call is audible
 *   bytes 2-3   capture: 0 · pull: samples still waiting in the shell (its depth) · playout: 0        (uint16, little endian)
 *   bytes 4-7   sequence number, counting up by one per kind, wrapping at 2^32                        (uint32, little endian)
 *   bytes 8-15  capture: time of the first sample · pull: time of the request, both in ms of the shell's clock (float64)
 *   bytes 16…   capture and playout: 960 mono float32 samples (20 ms at 48 kHz), −1 to 1, little endian; pull: nothing
 *
 * The shell sends a `pull` each time it has played one frame; the engine answers each with exactly one `playout` frame that
 * carries the pull's sequence number, so the sound card's clock rules playout.
 */
export const frameRate = 48_000;
export const frameSamples = 960;
export const frameHeaderBytes = 16;

export type AudioMessage =
  | { kind: 'capture'; sequence: number; timeMs: number; samples: Float32Array }
  | { kind: 'pull'; sequence: number; timeMs: number; depthSamples: number }
  | { kind: 'playout'; sequence: number; silent: boolean; samples: Float32Array };

const kinds = { capture: 1, pull: 2, playout: 3 } as const;

/** A message as bytes, in a buffer of its own. */
export function encodeAudioMessage(message: AudioMessage): ArrayBuffer {
  const samples = message.kind === 'pull' ? 0 : frameSamples;
  const buffer = new ArrayBuffer(frameHeaderBytes + 4 * samples);
  const view = new DataView(buffer);
  view.setUint8(0, kinds[message.kind]);
  view.setUint32(4, message.sequence >>> 0, true);
  if (message.kind === 'playout') {
    view.setUint8(1, message.silent ? 1 : 0);
  } else {
    view.setFloat64(8, message.timeMs, true);
  }
  if (message.kind === 'pull') {
    view.setUint16(2, Math.min(message.depthSamples, 0xffff), true);
  } else {
    new Float32Array(buffer, frameHeaderBytes).set(message.samples.subarray(0, frameSamples));
  }
  return buffer;
}

/** Bytes as a message, or null when they are not one (too short, unknown kind). The samples are a view of the buffer. */
export function decodeAudioMessage(buffer: ArrayBuffer): AudioMessage | null {
  if (buffer.byteLength < frameHeaderBytes) return null;
  const view = new DataView(buffer);
  const sequence = view.getUint32(4, true);
  const timeMs = view.getFloat64(8, true);
  const kind = view.getUint8(0);
  if (kind === kinds.pull) return { kind: 'pull', sequence, timeMs, depthSamples: view.getUint16(2, true) };
  if (buffer.byteLength !== frameHeaderBytes + 4 * frameSamples) return null;
  const samples = new Float32Array(buffer, frameHeaderBytes, frameSamples);
  if (kind === kinds.capture) return { kind: 'capture', sequence, timeMs, samples };
  if (kind === kinds.playout)
    return { kind: 'playout', sequence, silent: (view.getUint8(1) & 1) === 1, samples };
  return null;
}
