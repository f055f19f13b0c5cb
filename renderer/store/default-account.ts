/** The accounts that calls can go out on, and the one that they do go out on (contract/settings.ts, `default_account`). */
import type { AccountSnapshot, PhoneSnapshot } from '../../contract/snapshot.ts';

export const enabledAccounts = ({ accounts, settings }: PhoneSnapshot): AccountSnapshot[] =>
  accounts.filter(({ id }) => settings.accounts.find((account) => account.id === id)?.enabled !== false);

export function defaultAccount(snapshot: PhoneSnapshot): AccountSnapshot | undefined {
  const enabled = enabledAccounts(snapshot);
  return (
    enabled.find(({ id }) => id === snapshot.settings.default_account) ??
    enabled.find(({ kind }) => kind === 'sip') ??
    enabled[0]
  );
}
