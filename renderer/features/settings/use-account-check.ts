/** Tries an account form while it is typed: half a second after the last key, and only what could work. */
import { useEffect, useRef, useState } from 'react';
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
  const [state, setState] = useState<{ check: AccountCheck | null; checking: boolean }>({
    check: null,
    checking: false,
  });
  const latest = useRef(0);
  useEffect(() => {
    latest.current += 1;
    const turn = latest.current;
    const { server, user, wsUri } = draftProblems(draft, hasPassword);
    setState({ check: null, checking: false });
    if (server !== undefined || user !== undefined || wsUri !== undefined) return;
    const timer = setTimeout(() => {
      setState({ check: null, checking: true });
      const { password } = draft;
      void checkAccount({
        account: accountOf(draft),
        ...(password === '' ? {} : { password }),
        ...(accountId === undefined ? {} : { accountId }),
      }).then((check) => {
        if (turn === latest.current) setState({ check, checking: false });
      });
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [draft, accountId, hasPassword, checkAccount]);
  return state;
}
