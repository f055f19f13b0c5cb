/**
 * The practice PBX: a small telephone exchange on this computer's loopback address, so that the phone has somebody to call before
 * there is a server. README.md in this folder lists its numbers.
 */
import { join } from 'node:path';
import type { Secret } from '../contract/secret.ts';
import type { Logger } from '../engine/log.ts';
import { createTransport } from '../engine/sip/transport/create-transport.ts';
import { openCallAudio } from './call-audio.ts';
import { practicePin, practiceUser } from './dial-plan.ts';
import { Exchange } from './exchange.ts';
import { type Installation, openInstallation } from './installation.ts';
import { MessageStore } from './message-store.ts';
import { loadPrompts } from './prompt-library.ts';
import { Services } from './services.ts';

export { DataFolderBusy } from './installation.ts';

export interface PracticePbxOptions {
  /** UDP port on loopback; 0 takes a free one. */
  port: number;
  /** Where password and mailboxes are kept; made when it is missing, locked while the PBX runs. */
  dataFolder: string;
  /** `resources/prompts`. Without its recordings the PBX works, but says nothing. */
  promptsFolder: string;
  log: Logger;
  /** It comes back after a crash: waits for the lock that it has left behind itself. */
  outlivesCrash?: boolean;
  /** Wall clock, in milliseconds since 1970. */
  now?: () => number;
}

export interface PracticePbx {
  /** Always a loopback address. */
  host: string;
  port: number;
  user: string;
  password: Secret;
  /** Holds the password, readable by its owner only. */
  passwordFile: string;
  /** PIN of the mailbox. */
  pin: string;
  /** Ends its calls, frees port and folder. Idempotent. */
  close(): Promise<void>;
}

const host = '127.0.0.1';

/** Rejects with DataFolderBusy when another instance uses the folder, with PhoneFailure when the port cannot be had. */
export async function startPracticePbx(options: PracticePbxOptions): Promise<PracticePbx> {
  const installation = await openInstallation(options.dataFolder, options.log, options.outlivesCrash);
  try {
    return await start(options, installation);
  } catch (reason) {
    await installation.release();
    throw reason;
  }
}

async function start(options: PracticePbxOptions, installation: Installation): Promise<PracticePbx> {
  const { log, port, promptsFolder, now = Date.now } = options;
  const transport = createTransport({
    protocol: 'UDP',
    nextHop: { kind: 'request-uri' },
    localAddress: host,
    localPort: port,
    keepaliveSeconds: 0,
    log: log.child('transport'),
  });
  const { password, passwordFile, mailboxFolder } = installation;
  try {
    await transport.connect();
  } catch (reason) {
    await transport.close();
    throw reason;
  }
  const store = new MessageStore(mailboxFolder);
  const library = loadPrompts(promptsFolder, store);
  if (library.missing.length > 0) {
    log.warn(
      `${library.missing.length} prompts are missing, such as ${join(promptsFolder, `${library.missing[0]}.wav`)}`,
    );
  }
  const services = new Services({ library, store, now, log });
  const exchange = new Exchange({
    transport,
    user: practiceUser,
    password,
    services,
    openAudio: (runner) => openCallAudio(host, runner, log.child('audio')),
    now,
    log,
  });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await exchange.close();
    await transport.close();
    await installation.release();
  };
  return {
    host,
    port: transport.local.port,
    user: practiceUser,
    password,
    passwordFile,
    pin: practicePin,
    close: () => (closing ??= close()),
  };
}
