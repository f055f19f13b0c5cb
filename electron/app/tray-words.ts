/** What the tray says about the phone, from a snapshot. Pure. */
import { assertNever } from '../../contract/assert-never.ts';
import type { AccountSnapshot, PhoneSnapshot } from '../../contract/snapshot.ts';

/** Which icon: all well, something wrong with a registration, or calls missed. */
export type TrayIcon = 'ready' | 'trouble' | 'missed';

export interface TrayWords {
  icon: TrayIcon;
  tooltip: string;
  /** One line per account: name and state in words. */
  accounts: string[];
  /** "2 missed calls", or null. */
  missed: string | null;
}

/** `seenAt`: when the person last looked at the window (ms since 1970); missed calls before it have been seen. */
export function trayWords(snapshot: PhoneSnapshot | null, seenAt: number): TrayWords {
  if (snapshot === null) {
    return { icon: 'trouble', tooltip: 'Sidetone: starting', accounts: ['Starting'], missed: null };
  }
  // The practice line matters while it is the only one.
  const isOff = (id: string) => snapshot.settings.accounts.some((each) => each.id === id && !each.enabled);
  const real = snapshot.accounts.filter(({ kind, id }) => kind === 'sip' && !isOff(id));
  const shown = real.length > 0 ? real : snapshot.accounts;
  const accounts = shown.map((account) => `${account.label || account.user}: ${stateInWords(account)}`);
  const missedCount = snapshot.history.filter(
    ({ outcome, endedAt }) => outcome === 'missed' && endedAt > seenAt,
  ).length;
  const missed =
    missedCount === 0 ? null : missedCount === 1 ? '1 missed call' : `${missedCount} missed calls`;
  const well = shown.length > 0 && shown.every(({ registration }) => registration.state === 'registered');
  const icon = missed !== null ? 'missed' : well && snapshot.trouble === null ? 'ready' : 'trouble';
  const lines = [...(missed === null ? [] : [missed]), ...accounts];
  return { icon, tooltip: ['Sidetone', ...lines].join('\n'), accounts, missed };
}

function stateInWords({ registration }: AccountSnapshot): string {
  switch (registration.state) {
    case 'registered':
      return 'ready';
    case 'registering':
      return 'connecting';
    case 'unregistering':
      return 'signing off';
    case 'off':
      return 'off';
    case 'failed':
      return registration.reason;
    default:
      return assertNever(registration.state);
  }
}
