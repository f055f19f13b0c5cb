/** Servers that help sound through routers, as they are typed. */
import type { Settings } from '../../../contract/settings.ts';
import { en } from '../../i18n/en.ts';

type TurnServer = Settings['turn_servers'][number];

export interface TurnDraft {
  url: string;
  username: string;
  credentialType: TurnServer['credential_type'];
  /** As typed now; empty keeps the one that is stored. */
  credential: string;
}
export const emptyTurnDraft: TurnDraft = {
  url: 'turn:',
  username: '',
  credentialType: 'password',
  credential: '',
};

export const turnDraftOf = ({ url, username, credential_type }: TurnServer): TurnDraft => ({
  url,
  username,
  credentialType: credential_type,
  credential: '',
});

/** One sentence for what cannot stay so; undefined when it can. Addresses are those of RFC 7065. */
export function turnProblem({ url }: TurnDraft): string | undefined {
  const address = /^turns?:(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/i;
  return address.test(url.trim()) ? undefined : en.soundNetwork.badTurn;
}

/** The server as the settings hold it; a stored credential stays. */
export function turnServerOf(draft: TurnDraft, before?: TurnServer): TurnServer {
  return {
    ...(before?.credential === undefined ? {} : { credential: before.credential }),
    url: draft.url.trim(),
    username: draft.username.trim(),
    credential_type: draft.credentialType,
  };
}

/** `stun.example.com, stun:192.0.2.1:3478` as a list of URIs (RFC 7064). */
export const stunList = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .map((server) => server.replace(/^stun:/i, ''))
    .filter((server) => server !== '')
    .map((server) => `stun:${server}`);

/** The list as it is typed. */
export const stunText = (uris: readonly string[]): string =>
  uris.map((uri) => uri.replace(/^stun:/i, '')).join(', ');

export function stunProblem(text: string): string | undefined {
  const address = /^stun:(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
  return stunList(text).every((server) => address.test(server)) ? undefined : en.soundNetwork.badStun;
}
