/** Which extension the next call comes from, where there is a choice. The last choice stays while the window is open. */
import { en } from '../../i18n/en.ts';
import { enabledAccounts, defaultAccount } from '../../store/default-account.ts';
import { useDesk, usePhone, useView } from '../../store/desk.ts';
import { useShallow } from 'zustand/react/shallow';

export function LineChoice() {
  const { view } = useDesk();
  const accounts = usePhone(useShallow(enabledAccounts));
  const usual = usePhone(defaultAccount);
  const chosen = useView(({ callFrom }) => callFrom);
  if (accounts.length < 2) return null;
  const value = accounts.some(({ id }) => id === chosen) ? chosen : (usual?.id ?? '');
  return (
    <select
      className="select keypad-line"
      aria-label={en.keypad.from}
      title={en.keypad.from}
      value={value}
      onChange={({ target }) => view.setState({ callFrom: target.value })}
    >
      {accounts.map(({ id, user, label }) => (
        <option key={id} value={id}>
          {label || user}
        </option>
      ))}
    </select>
  );
}
