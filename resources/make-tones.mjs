// Makes resources/tones/*.wav by arithmetic: `npx node resources/make-tones.mjs`. Each file loops without a click.
//   ring.wav      24 kHz, 4 s: two struck notes, alternating four times, then a pause
//   ringback.wav   8 kHz, 6 s: 440 + 480 Hz, 2 s on, 4 s off (the North American audible ring, ITU-T E.180 Supplement 2)
//   busy.wav       8 kHz, 1 s: 480 + 620 Hz, 0.5 s on, 0.5 s off
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'tones');

/** One channel of 16-bit samples; `wave` gives −1..1 for a time in seconds. */
function writeWave(name, sampleRate, seconds, wave) {
  const samples = Math.round(sampleRate * seconds);
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples * 2, 40);
  for (let n = 0; n < samples; n++) {
    file.writeInt16LE(Math.round(32767 * Math.max(-1, Math.min(1, wave(n / sampleRate)))), 44 + n * 2);
  }
  writeFileSync(join(folder, name), file);
}

const sine = (hertz, t) => Math.sin(2 * Math.PI * hertz * t);

/** A struck bar: the fundamental rings on, its fourth and tenth harmonics (as in a marimba) fade at once. */
function struck(hertz, t) {
  if (t < 0) return 0;
  const attack = Math.min(1, t / 0.004);
  return (
    attack *
    (0.6 * sine(hertz, t) * Math.exp(-t * 5) +
      0.16 * sine(hertz * 2, t) * Math.exp(-t * 8) +
      0.14 * sine(hertz * 4, t) * Math.exp(-t * 18) +
      0.05 * sine(hertz * 10, t) * Math.exp(-t * 45))
  );
}

/** Two tones together, on for `onSeconds` of every cycle, with 5 ms ramps. */
function cadence(first, second, onSeconds) {
  return (t) => {
    const ramp = Math.max(0, Math.min(1, t / 0.005, (onSeconds - t) / 0.005));
    return 0.16 * ramp * (sine(first, t) + sine(second, t));
  };
}

const low = 659.26; // E5
const high = 987.77; // B5
const notes = Array.from({ length: 8 }, (_, n) => ({ at: n * 0.19, hertz: n % 2 === 0 ? low : high }));
const fadeOut = (t) => Math.max(0, Math.min(1, (3.6 - t) / 0.6));

mkdirSync(folder, { recursive: true });
writeWave(
  'ring.wav',
  24_000,
  4,
  (t) => notes.reduce((sum, note) => sum + 0.75 * struck(note.hertz, t - note.at), 0) * fadeOut(t),
);
writeWave('ringback.wav', 8_000, 6, cadence(440, 480, 2));
writeWave('busy.wav', 8_000, 1, cadence(480, 620, 0.5));
