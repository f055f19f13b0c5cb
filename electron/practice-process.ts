/** Entry of the practice PBX's process: starts it when main says so and tells main how to reach it. */
import type {} from 'electron';
import { assertNever } from '../contract/assert-never.ts';
import { makeError, toPhoneError } from '../contract/errors.ts';
import { createLogger } from '../engine/log.ts';
import { folders } from '../host/folders.ts';
import { type RunningPracticeLine, launchPracticeLine } from '../host/practice-line.ts';
import type { FromPractice, ToPractice } from './ipc/channels.ts';

const log = createLogger('practice-pbx', (level, module, message) => {
  if (level === 'warn' || level === 'error') process.stderr.write(`${module}: ${message}\n`);
});
const tell = (message: FromPractice) => process.parentPort.postMessage(message);
let running: RunningPracticeLine | undefined;

async function start(port: number): Promise<void> {
  try {
    // The port of before means that this is a new start after a crash.
    running = await launchPracticeLine({ folders: folders(), log, port, outlivesCrash: port !== 0 });
    const { host, port: bound, user, password, pin } = running;
    tell({
      type: 'outcome',
      outcome: { line: { host, port: bound, user, password: password.reveal(), pin } },
    });
  } catch (thrown) {
    const reason = toPhoneError(thrown).message;
    tell({ type: 'outcome', outcome: { error: makeError('practice.failed', { reason }) } });
  }
}

process.parentPort.on('message', ({ data }: { data: ToPractice }) => {
  switch (data.type) {
    case 'start':
      void start(data.port);
      break;
    case 'close':
      void (running?.close() ?? Promise.resolve()).finally(() => process.exit(0));
      break;
    default:
      return assertNever(data);
  }
});
