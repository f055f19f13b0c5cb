/** `sidetone practice-pbx`: the practice PBX on its own, until interrupted. */
import { createLogger } from '../../engine/log.ts';
import { folders } from '../../host/folders.ts';
import { launchPracticeLine } from '../../host/practice-line.ts';
import { exitStatus } from '../exit-status.ts';
import { watchInterrupt } from '../interrupt.ts';
import { createOutput } from '../output.ts';

export interface PracticePbxOptions {
  port?: number;
  data?: string;
  json?: boolean;
}

/** Runs the command; resolves to the exit status. */
export async function practicePbxCommand(options: PracticePbxOptions): Promise<number> {
  const interrupt = watchInterrupt();
  const output = createOutput(options.json === true, interrupt.raise);
  const log = createLogger('practice-pbx', (level, module, message) => {
    if (level !== 'debug') output.say(`${module}: ${message}`);
  });
  const practice = await launchPracticeLine({
    folders: folders(),
    log,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.data === undefined ? {} : { dataFolder: options.data }),
  });
  try {
    const { port, user, passwordFile, pin } = practice;
    output.event({ event: 'ready', port, user, passwordFile, pin });
    output.say(`The practice PBX listens on ${practice.host}:${port} (UDP).`);
    output.say(`Extension ${user}, password in ${passwordFile}, mailbox PIN ${pin}. Stop it with Ctrl-C.`);
    await interrupt.signalled;
    return exitStatus.interrupted;
  } finally {
    await practice.close();
  }
}
