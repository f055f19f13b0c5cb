/** Tries an account form while it is typed: half a second after the last key, and only what could work. */
import { useEffect, useState } from 'react';
import type { RequestOutput } from '../../../contract/phone.ts';
import { useActions } from '../../store/desk.ts';
import { accountOf, draftProblems, type AccountDraft } from './account-draft.ts';

export type AccountCheck = RequestOutput<'account.check'>;

const pauseMs = 600;

/** What the last check found; null before the first, and while something has changed since. */
export function useAccountCheck(
  draft: AccountDraft,
  options: { accountId: string | undefined; hasPassword: boolean },
): { check: AccountCheck | null; checking: boolean } {
  const { accountId, hasPassword } = options;
  const { checkAccount } = useActions();
  const [state, setState] = useState<{ of: AccountDraft; check: AccountCheck | null } | null>(null);
  useEffect(() => {
    const { server, user, wsUri } = draftProblems(draft, hasPassword);
    if (server !== undefined || user !== undefined || wsUri !== undefined) return;
    let overtaken = false;
    const timer = setTimeout(() => {
      setState({ of: draft, check: null });
      const { password } = draft;
      void checkAccount({
        account: accountOf(draft),
        ...(password === '' ? {} : { password }),
        ...(accountId === undefined ? {} : { accountId }),
      }).then((check) => {
        if (!overtaken) setState(check === null ? null : { of: draft, check });
      });
    }, pauseMs);
    return () => {
      overtaken = true;
      clearTimeout(timer);
    };
  }, [draft, accountId, hasPassword, checkAccount]);
  // What was found out about an earlier draft says nothing of this one.
  const current = state?.of === draft ? state : null;
  return { check: current?.check ?? null, checking: current !== null && current.check === null };
}
