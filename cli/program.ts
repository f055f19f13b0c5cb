/** The commands of the tool and their options. */
import { Command, CommanderError } from 'commander';
import { PhoneFailure, toPhoneError } from '../contract/errors.ts';
import { exitStatus, UsageError } from './exit-status.ts';
import { addCallOptions, addLineOptions, positiveNumber, wholeNumber } from './line-options.ts';

declare const SIDETONE_VERSION: string;

/** The number of the echo test here and on FreePBX alike. */
const echoNumber = '*43';

/** Each command's code is loaded when it runs, and no other's. */
function buildProgram(finish: (status: number) => void): Command {
  const program = new Command('sidetone')
    .description('The desk phone for Asterisk and FreePBX, from a terminal.')
    .version(SIDETONE_VERSION)
    .addHelpText(
      'after',
      '\nExit status: 0 answered and ended normally, 2 usage, 3 registration failed, 4 the call failed, 130 interrupted.',
    )
    .exitOverride();

  addCallOptions(program.command('call <target>').description('call a number or SIP address'))
    .option('--no-register', 'call without registering first')
    .action(async (target: string, options) => {
      const { callCommand } = await import('./commands/call.ts');
      finish(await callCommand(target, options));
    });

  addCallOptions(program.command('answer').description('wait for calls and answer them'))
    .option('--calls <n>', 'end after so many calls', wholeNumber(1, 1_000_000_000))
    .action(async (options) => {
      const { answerCommand } = await import('./commands/answer.ts');
      finish(await answerCommand(options));
    });

  addLineOptions(program.command('register').description('register, and unregister again'))
    .option('--for <seconds>', 'stay registered so long', positiveNumber)
    .action(async (options) => {
      const { registerCommand } = await import('./commands/register.ts');
      finish(await registerCommand(options));
    });

  addLineOptions(
    program.command('watch <extension...>').description('show what other extensions and the own mailbox do'),
  )
    .option('--for <seconds>', 'end after so long', positiveNumber)
    .action(async (extensions: string[], options) => {
      const { watchCommand } = await import('./commands/watch.ts');
      finish(await watchCommand(extensions, options));
    });

  addCallOptions(
    program
      .command('sip-trace [target]')
      .description('print what passes as a redacted ladder; calls TARGET when given'),
  )
    .option('--full', 'whole messages, redacted')
    .action(async (target: string | undefined, options) => {
      const { sipTraceCommand } = await import('./commands/sip-trace.ts');
      finish(await sipTraceCommand(target, options));
    });

  addLineOptions(
    program
      .command('bench [target]')
      .description(
        `measure what calls cost this computer; calls the echo test (${echoNumber}) unless told otherwise`,
      ),
  )
    .option('--registrations <n>', 'register so often again, before the calls', wholeNumber(0, 100_000), 0)
    .option('--calls <n>', 'so many, one after the other', wholeNumber(0, 1_000_000), 1)
    .option('--at-once <n>', 'so many at a time', wholeNumber(1, 1_000), 1)
    .option('--for <seconds>', 'how long each one lasts', positiveNumber, 10)
    .option('--no-register', 'call without registering first')
    .action(async (target: string | undefined, options) => {
      const { benchCommand } = await import('./commands/bench.ts');
      finish(await benchCommand(target ?? echoNumber, options));
    });

  program
    .command('practice-pbx')
    .description('run the practice PBX on its own')
    .option('--port <port>', 'UDP port (default: a free one)', wholeNumber(0, 65_535))
    .option('--data <folder>', 'where its messages and password are kept')
    .option('--json', 'one JSON object a line on stdout')
    .action(async (options) => {
      const { practicePbxCommand } = await import('./commands/practice-pbx.ts');
      finish(await practicePbxCommand(options));
    });

  program
    .command('diagnostics')
    .description('try what sound needs of the network and the system; status 4 when something is wrong')
    .option('--json', 'one JSON object a line on stdout')
    .action(async (options) => {
      const { diagnosticsCommand } = await import('./commands/diagnostics.ts');
      finish(await diagnosticsCommand(options));
    });

  program
    .command('settings')
    .description('show the effective settings and how they align with the desk phone')
    .option('--json', 'as JSON')
    .action(async (options) => {
      const { settingsCommand } = await import('./commands/settings.ts');
      finish(settingsCommand(options));
    });

  return program;
}

/** The exit status for whatever a command threw; says it on stderr. */
function statusOf(thrown: unknown): number {
  if (thrown instanceof CommanderError) {
    return thrown.exitCode === 0 ? exitStatus.success : exitStatus.usage;
  }
  if (thrown instanceof UsageError) {
    process.stderr.write(`${thrown.message} \`sidetone --help\` shows the options.\n`);
    return exitStatus.usage;
  }
  const error = toPhoneError(thrown);
  process.stderr.write(`${error.message} ${error.cure}\n`);
  if (thrown instanceof PhoneFailure && error.code.startsWith('media.')) return exitStatus.callFailed;
  return exitStatus.internal;
}

/** Runs the command that the arguments name; resolves to the exit status. */
export async function runProgram(): Promise<number> {
  // A closed pipe is no fault of the program: output.ts says so where it matters, and nothing can be said on a closed stderr.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  let status: number = exitStatus.success;
  try {
    await buildProgram((result) => {
      status = result;
    }).parseAsync();
  } catch (thrown) {
    status = statusOf(thrown);
  }
  return status;
}
