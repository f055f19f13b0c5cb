/** `sidetone diagnostics`: what sound needs of the network and the system, tried. */
import type { SecretReference } from '../../contract/settings.ts';
import { checkSound } from '../../engine/sound-diagnostics.ts';
import { folders } from '../../host/folders.ts';
import { readPacketMark } from '../../host/packet-mark.ts';
import { openSecretStore } from '../../host/secret-store.ts';
import { openSettingsStore } from '../../host/settings-store.ts';
import { exitStatus } from '../exit-status.ts';
import { createOutput } from '../output.ts';

const signs = { good: '✓', bad: '✗', unknown: '?' } as const;

/** Runs the command; resolves to the exit status: 4 when a check is bad. */
export async function diagnosticsCommand(options: { json?: boolean }): Promise<number> {
  const output = createOutput(options.json === true);
  const store = openSettingsStore(folders());
  try {
    const readSecret = async (reference: SecretReference) =>
      (await openSecretStore({ say: (sentence) => output.say(sentence) })).get(reference);
    const settings = store.load();
    const checks = await checkSound({ settings, packetMark: readPacketMark, readSecret });
    for (const check of checks) {
      output.event({ event: 'check', ...check });
      const cure = check.cure === '' ? '' : ` ${check.cure}`;
      output.say(`${signs[check.state]} ${check.title}: ${check.sentence}${cure}`);
    }
    return checks.some(({ state }) => state === 'bad') ? exitStatus.callFailed : exitStatus.success;
  } finally {
    store.close();
  }
}
