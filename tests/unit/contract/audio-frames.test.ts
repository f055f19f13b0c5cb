import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAudioMessage, encodeAudioMessage, frameSamples } from '../../../contract/audio-frames.ts';

const samples = Float32Array.from({ length: frameSamples }, (_, index) => Math.sin(index / 10));

describe('audio messages', () => {
  it('come back as they were sent', () => {
    for (const message of [
      { kind: 'capture', sequence: 0xffff_ffff, timeMs: 1234.5, samples },
      { kind: 'pull', sequence: 7, timeMs: 0.25, depthSamples: 960 },
      { kind: 'playout', sequence: 7, silent: true, samples },
    ] as const) {
      expect(decodeAudioMessage(encodeAudioMessage(message))).toEqual(message);
    }
  });
  it('are null when the bytes are something else, and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        const copy = new Uint8Array(bytes).buffer;
        const message = decodeAudioMessage(copy);
        if (bytes.length < 16 || ![1, 2, 3].includes(bytes[0] ?? 0)) expect(message).toBeNull();
      }),
    );
  });
});
