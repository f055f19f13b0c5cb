/**
 * The far side of a soak: a line whose clock runs by PPM parts in a million faster than the computer's, and one whose clock does not.
 * `node far-side-process.ts PPM`; prints both SIP ports, ends with its standard input.
 */
import { muLawEncode } from '../../native-wasm/g711.ts';
import { openAnsweringLine } from '../support/answering-line.ts';
import { steadyTone } from '../support/steady-tone.ts';

const tone = muLawEncode(steadyTone(600, 8_000, 1));
/** Nobody asks it what it heard. */
const keptPackets = 50;
const lines = await Promise.all([
  openAnsweringLine(tone, { clockPpm: Number(process.argv[2]), keptPackets }),
  openAnsweringLine(tone, { keptPackets }),
]);
process.stdout.write(`${lines.map(({ sipPort }) => sipPort).join(' ')}\n`);
process.stdin.resume().on('end', () => process.exit(0));
