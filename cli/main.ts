/**
 * `sidetone`: the phone without a window, for automation and tests. See `sidetone --help`.
 * Exit status: 0 the call was answered and ended normally, 2 usage, 3 registration failed, 4 the call failed, 130 interrupted.
 */
import '../engine/small-start.ts';

// Imported in a second step, so that the first one comes before all of it.
void import('./program.ts').then(async ({ runProgram }) => {
  process.exitCode = await runProgram();
});
