/** A process for the secret store's test: sets a password, reads it with this store and with a new one, deletes it. */
import { Secret } from '../../../contract/secret.ts';
import { openSecretStore } from '../../../host/secret-store.ts';

const reference = { service: 'Sidetone test', account: '101' };
const say = (sentence: string) => void process.stderr.write(`${sentence}\n`);
const store = await openSecretStore({ say });
await store.set(reference, new Secret('pa55'));
const first = (await store.get(reference))?.reveal() ?? null;
const second = (await (await openSecretStore({ say })).get(reference))?.reveal() ?? null;
await store.delete(reference);
const after = (await store.get(reference))?.reveal() ?? null;
process.stdout.write(`${JSON.stringify({ kind: store.kind, reason: store.reason, first, second, after })}\n`);
