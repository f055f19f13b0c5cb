/** Whether somebody on the way can listen, in a word and a sentence. */
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';

/** `keys-in-clear`: encrypted, with keys that whoever reads the signalling has too (RFC 4568 §7). */
export type Secrecy = 'encrypted' | 'keys-in-clear' | 'plain';
export interface SecrecyWords {
  secrecy: Secrecy;
  word: string;
  /** A sentence or two, with how it is done. */
  meaning: string;
}

const weakestFirst: readonly Secrecy[] = ['plain', 'keys-in-clear', 'encrypted'];

/** Of calls that one hears together the weakest counts. Null before there is any sound. */
export function secrecyOf(calls: readonly CallSnapshot[]): SecrecyWords | null {
  const found = calls.flatMap((call) => callSecrecy(call) ?? []);
  const weakest = weakestFirst.find((secrecy) => found.some((each) => each.secrecy === secrecy));
  return found.find(({ secrecy }) => secrecy === weakest) ?? null;
}

export function callSecrecy({ media }: CallSnapshot): SecrecyWords | null {
  const audio = media.find(({ kind }) => kind === 'audio');
  if (audio === undefined) return null;
  const { kind, suite } = audio.encryption;
  if (kind === 'none') return { secrecy: 'plain', word: en.secrecy.plain, meaning: en.secrecy.plainMeaning };
  const how = en.secrecy.how(en.secrecy.kinds[kind], suite);
  return audio.secure
    ? { secrecy: 'encrypted', word: en.secrecy.encrypted, meaning: en.secrecy.encryptedMeaning(how) }
    : { secrecy: 'keys-in-clear', word: en.secrecy.keysInClear, meaning: en.secrecy.keysInClearMeaning(how) };
}
