/** The account that calls go out on (contract/settings.ts, `default_account`). */
import type { AccountSnapshot, PhoneSnapshot } from '../../contract/snapshot.ts';

export function defaultAccount({ accounts, settings }: PhoneSnapshot): AccountSnapshot | undefined {
  const enabled = accounts.filter(
    ({ id }) => settings.accounts.find((account) => account.id === id)?.enabled !== false,
  );
  return (
    enabled.find(({ id }) => id === settings.default_account) ??
    enabled.find(({ kind }) => kind === 'sip') ??
    enabled[0]
  );
}
