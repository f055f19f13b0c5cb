// Speaks the practice PBX's prompts into resources/prompts/*.wav (8 kHz, 16 bit, one channel).
//   npx node resources/make-prompts.mjs [name ...]
// Needs espeak-ng and sox. The texts are in practice-pbx/prompt-texts.ts; the recordings are kept in the repository,
// so that only a change of the texts needs this script.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promptTexts } from '../practice-pbx/prompt-texts.ts';

const voice = ['-v', 'en-us+f3', '-s', '160', '-p', '42', '-g', '2'];
const folder = join(import.meta.dirname, 'prompts');
const wanted = process.argv.slice(2);

mkdirSync(folder, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'prompts-'));
try {
  for (const [name, text] of promptTexts) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const spoken = join(scratch, 'spoken.wav');
    execFileSync('espeak-ng', [...voice, '-w', spoken, text]);
    const trim = ['silence', '1', '0.01', '0.4%'];
    // Telephone band first, so that the level that is set is the level that is heard; then the silence at both ends goes.
    execFileSync('sox', [
      ...['-D', spoken, '-b', '16', '-r', '8000', '-c', '1', join(folder, `${name}.wav`)],
      ...['gain', '-6', 'highpass', '180', 'equalizer', '2600', '1.2q', '4', 'norm', '-4'],
      ...[
        ...trim,
        'fade',
        't',
        '0.005',
        'reverse',
        ...trim,
        'fade',
        't',
        '0.02',
        'reverse',
        'pad',
        '0',
        '0.04',
      ],
    ]);
  }
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.wav') && !promptTexts.has(file.slice(0, -4))) rmSync(join(folder, file));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
