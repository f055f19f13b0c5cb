/** What an account's calls need for ICE: the servers of the settings with credentials that can be used now. */
import type { Secret } from '../contract/secret.ts';
import type { AccountSettings, SecretReference, Settings } from '../contract/settings.ts';
import type { IceOptions } from './nat/ice-description.ts';
import { timeLimitedCredential } from './nat/turn-uri.ts';

type TurnSetting = Settings['turn_servers'][number];

/** Reads a secret of the keychain; undefined when there is none. */
export type ReadSecret = (reference: SecretReference) => Promise<Secret | undefined>;

/** User name and password as the server wants them: time-limited ones are made of its shared secret. @param nowMs since 1970 */
export async function turnCredential(
  { username, credential_type, credential }: TurnSetting,
  readSecret: ReadSecret,
  nowMs: number,
): Promise<{ username: string; password: string }> {
  const secret = credential === undefined ? undefined : await readSecret(credential);
  const password = secret?.reveal() ?? '';
  return credential_type === 'secret'
    ? timeLimitedCredential(password, username, nowMs)
    : { username, password };
}

/** Undefined where the account's sound goes straight. A policy of relays alone needs ICE; the practice line never leaves this computer. */
export async function iceOptions(
  account: Pick<AccountSettings, 'ice' | 'kind' | 'tls_ca'>,
  settings: Pick<Settings, 'stun_servers' | 'turn_servers' | 'ice_transport_policy'>,
  readSecret: ReadSecret,
  nowMs: number,
): Promise<IceOptions | undefined> {
  const { stun_servers, turn_servers, ice_transport_policy: policy } = settings;
  if (account.kind === 'practice' || (!account.ice && policy === 'all')) return undefined;
  const turnServers = await Promise.all(
    turn_servers.map(async (server) => ({
      url: server.url,
      ...(await turnCredential(server, readSecret, nowMs)),
    })),
  );
  return { stunServers: stun_servers, turnServers, policy, authorities: account.tls_ca, trickle: false };
}
