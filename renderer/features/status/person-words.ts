/** What the header says of the person while the extension is ready: where calls go instead, who is let through, what others see. */
import type { AccountSettings } from '../../../contract/settings.ts';
import type { PhoneSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { showNumber } from '../people/party.ts';

/** Accounts that are switched on and whose calls all go elsewhere, the one that calls go out on first. */
function forwarded(snapshot: PhoneSnapshot): AccountSettings[] {
  const usual = defaultAccount(snapshot)?.id;
  return snapshot.settings.accounts
    .filter(({ enabled, forward }) => enabled && forward.always !== '')
    .sort((a, b) => Number(b.id === usual) - Number(a.id === usual));
}

/** "Calls go to 1042", with the line's name when it is not the usual one; null while all calls come here. */
export function forwardWords(snapshot: PhoneSnapshot): string | null {
  const [account] = forwarded(snapshot);
  if (account === undefined) return null;
  const to = showNumber(account.forward.always);
  return account.id === defaultAccount(snapshot)?.id
    ? en.forwarding.goTo(to)
    : en.forwarding.lineGoesTo(account.label, to);
}

/** True when somebody can see what this person says about being there. */
export const tellsPresence = ({ settings }: PhoneSnapshot): boolean =>
  settings.accounts.some(({ enabled, publish_presence }) => enabled && publish_presence);

/** The most important of it; null when there is nothing that the person should be reminded of. */
export function personWords(snapshot: PhoneSnapshot): string | null {
  const { presence, settings } = snapshot;
  const forward = forwardWords(snapshot);
  if (forward !== null) return forward;
  if (settings.calls.do_not_disturb) return en.doNotDisturb.name;
  if (!tellsPresence(snapshot) || presence.state === 'available') return null;
  return [en.presence[presence.state], presence.note].filter((word) => word !== '').join(' · ');
}
