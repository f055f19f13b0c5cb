/** An INVITE that wants to take somebody's place (RFC 3891 §3): which of our calls it means, or the status that turns it away. */
import { readReplaces } from './replaces.ts';
import type { DialogIdentity } from './dialog-signalling.ts';

/** A call as far as this choice needs it. */
export interface ReplaceableCall {
  /** Undefined before there is a dialog. */
  readonly identity: DialogIdentity | undefined;
  readonly phase: 'early' | 'confirmed' | 'ended';
}

export type ReplacementChoice<C> = { call: C } | { status: 400 | 481 | 486 | 603 };

/**
 * Chooses among the calls.
 * @param values of all Replaces headers of the INVITE
 */
export function chooseReplaced<C extends ReplaceableCall>(
  values: readonly string[],
  calls: Iterable<C>,
): ReplacementChoice<C> {
  const [value = ''] = values;
  const replaces = values.length === 1 ? readReplaces(value) : undefined;
  if (replaces === undefined) return { status: 400 };
  const { callId, toTag, fromTag, earlyOnly } = replaces;
  for (const call of calls) {
    const { identity, phase } = call;
    if (identity?.callId !== callId || identity.localTag !== toTag || identity.remoteTag !== fromTag)
      continue;
    if (phase === 'ended') return { status: 603 };
    // A dialog that is not confirmed yet: ours to give up only where we began it, and then nobody has its place to give.
    if (phase === 'early') return { status: 481 };
    return earlyOnly ? { status: 486 } : { call };
  }
  return { status: 481 };
}
