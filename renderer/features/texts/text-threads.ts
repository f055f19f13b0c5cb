/** Short texts put together by whom they are with. */
import type { Party, TextMessage } from '../../../contract/snapshot.ts';
import { plainNumber } from '../keypad/key-letters.ts';

/** Whom texts are exchanged with, on which of our accounts. */
export interface ThreadKey {
  /** Empty for the usual account. */
  accountId: string;
  /** A number, else a whole SIP address. */
  address: string;
}

export interface TextThread extends ThreadKey {
  remote: Party;
  /** Oldest first, at least one. */
  texts: readonly TextMessage[];
  /** Texts that came in and were not read. */
  fresh: number;
}

/** Up to when texts have been read (ms since 1970): each thread that was opened, the others `since` the window stands. */
export interface TextsRead {
  since: number;
  /** By {@link threadName}. */
  threads: Readonly<Record<string, number>>;
}

export const threadName = ({ accountId, address }: ThreadKey): string => `${accountId} ${address}`;

/** Where a text to this party goes: a number as it is, anybody else by the whole address, which may be at another server. */
const addressOf = ({ number, uri }: Party): string =>
  plainNumber(number) === null && uri !== '' ? uri : number;

const nameOfThread = ({ accountId, remote }: TextMessage) =>
  threadName({ accountId, address: addressOf(remote) });

/** The texts that came in and were not read, as `texts` is ordered. */
export const freshTexts = (texts: readonly TextMessage[], { since, threads }: TextsRead): TextMessage[] =>
  texts.filter((text) => text.direction === 'incoming' && text.at > (threads[nameOfThread(text)] ?? since));

/**
 * One thread for each person and account, the one with the latest text first. `texts`: newest first, as the phone has them. A
 * person without a name in the latest text has the name of an earlier one, else that of `names` (by number).
 */
export function textThreads(
  texts: readonly TextMessage[],
  read: TextsRead,
  names: ReadonlyMap<string, string> = new Map(),
): TextThread[] {
  const groups = new Map<string, TextMessage[]>();
  for (const text of texts) groups.set(nameOfThread(text), [...(groups.get(nameOfThread(text)) ?? []), text]);
  return [...groups.values()].flatMap((group) => {
    const latest = group[0];
    if (latest === undefined) return [];
    const { accountId, remote } = latest;
    const name = group.find((text) => text.remote.name !== '')?.remote.name ?? names.get(remote.number) ?? '';
    return [
      {
        accountId,
        address: addressOf(remote),
        remote: { ...remote, name },
        texts: [...group].reverse(),
        fresh: freshTexts(group, read).length,
      },
    ];
  });
}

/** The thread that a key names; a key without an account finds the latest one with that address. */
export function findThread(threads: readonly TextThread[], key: ThreadKey): TextThread | undefined {
  const wanted = bare(key.address);
  return threads.find(
    ({ accountId, address }) =>
      bare(address) === wanted && (key.accountId === '' || accountId === key.accountId),
  );
}

/** An address as people may leave its scheme out. */
const bare = (address: string) => address.replace(/^sips?:/i, '');
