/** A relay for calls of the command line tool: a coturn of the test's own, and the options that name it, its user and the password's file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Coturn } from './coturn.ts';

const user = { username: 'anna', password: 'north star' };

export interface Relay {
  /** `--turn` and what belongs to it. */
  readonly options: readonly string[];
  close(): Promise<void>;
}

/** @param relayAddress where it receives for others; 127.0.0.1 when absent */
export async function startRelay({ relayAddress = '127.0.0.1' } = {}): Promise<Relay> {
  const coturn = await Coturn.start({ credential: user, relayAddress });
  const folder = mkdtempSync(join(tmpdir(), 'sidetone-relay-'));
  const passwordFile = join(folder, 'turn-password');
  writeFileSync(passwordFile, user.password, { mode: 0o600 });
  return {
    options: [
      ...['--turn', `turn:127.0.0.1:${coturn.port}`, '--turn-user', user.username],
      ...['--turn-password-file', passwordFile],
    ],
    close: async () => {
      await coturn.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
