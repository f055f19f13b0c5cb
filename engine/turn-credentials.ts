/** Credentials of TURN servers in the keychain: the settings name them, and hold none. */
import { PhoneFailure } from '../contract/errors.ts';
import type { RequestData } from '../contract/phone.ts';
import { Secret } from '../contract/secret.ts';
import type { SecretStore } from '../contract/services.ts';
import type { Settings } from '../contract/settings.ts';
import { keychainService } from './phone-accounts.ts';
import type { PhoneSettings } from './phone-settings.ts';

/**
 * Stores the credential of the server at a place of the list, or takes it away when it is empty.
 * @throws PhoneFailure `request.invalid` when there is no such server
 */
export async function storeTurnCredential(
  settings: Pick<PhoneSettings, 'current' | 'change'>,
  secrets: Pick<SecretStore, 'set' | 'delete'>,
  { index, credential }: RequestData<'turn.credential'>,
): Promise<void> {
  const server = settings.current.turn_servers[index];
  if (server === undefined)
    throw new PhoneFailure('request.invalid', { problem: `there is no TURN server ${index + 1}` });
  const reference = { service: keychainService, account: `${server.username}@${server.url}` };
  const isKept = credential !== '';
  if (isKept) await secrets.set(reference, new Secret(credential));
  else if (server.credential !== undefined) await secrets.delete(server.credential);
  const rewritten = ({ credential: _before, ...rest }: Settings['turn_servers'][number]) =>
    isKept ? { ...rest, credential: reference } : rest;
  await settings.change((before) => ({
    ...before,
    turn_servers: before.turn_servers.map((each, at) => (at === index ? rewritten(each) : each)),
  }));
}
