/**
 * Call forwarding as the PBX does it: a feature code is dialled, the PBX answers, says so, and hangs up. The call is not a person's:
 * it is silent, shown nowhere and not written down.
 */
import { randomUUID } from 'node:crypto';
import { PhoneFailure } from '../contract/errors.ts';
import type { RequestData } from '../contract/phone.ts';
import type { AccountSettings, Settings } from '../contract/settings.ts';
import type { AccountLines } from './account-lines.ts';
import type { PhoneSettings } from './phone-settings.ts';
import type { Call } from './sip/call.ts';

/** How long a PBX may take to answer its own code. */
const answerLimitMs = 10_000;
/** The announcement after it; nobody listens to it. */
const announcementLimitMs = 3_000;

export interface CallForwardingOptions {
  settings: PhoneSettings;
  lines: AccountLines;
}

export class CallForwarding {
  readonly #options: CallForwardingOptions;

  constructor(options: CallForwardingOptions) {
    this.#options = options;
  }

  /**
   * Forwards an account's calls, or ends that with an empty `to`; resolves once the PBX has taken it and it is saved. Rejects with
   * `forward.refused`, `call.no-account`, `call.bad-target`, and as settings are saved.
   */
  async set({ accountId, when, to }: RequestData<'account.forward'>): Promise<void> {
    const { settings, lines } = this.#options;
    const number = to.trim();
    const code = codeOf(settings.current, when, number !== '');
    const { userAgent } = lines.find(accountId);
    if (code === '') throw new PhoneFailure('forward.refused', { code: 'call forwarding' });
    const call = userAgent.call(`${code}${number}`, {
      id: randomUUID(),
      source: { kind: 'silence' },
      sink: { kind: 'none' },
    });
    if (!(await answered(call))) throw new PhoneFailure('forward.refused', { code: `${code}${number}` });
    await settings.change((before) => ({
      ...before,
      accounts: before.accounts.map((account) =>
        account.id === accountId ? forwarded(account, when, number) : account,
      ),
    }));
  }
}

function codeOf(
  { feature_codes: codes }: Settings,
  when: RequestData<'account.forward'>['when'],
  on: boolean,
): string {
  const pairs = {
    always: [codes.forward_always_on, codes.forward_always_off],
    busy: [codes.forward_busy_on, codes.forward_busy_off],
    unavailable: [codes.forward_unavailable_on, codes.forward_unavailable_off],
  } as const;
  return pairs[when][on ? 0 : 1];
}

const forwarded = (
  account: AccountSettings,
  when: RequestData<'account.forward'>['when'],
  to: string,
): AccountSettings => ({ ...account, forward: { ...account.forward, [when]: to } });

/** Resolves to true when the call is answered; it is over by then, or soon ended. */
function answered(call: Call): Promise<boolean> {
  return new Promise((resolve) => {
    let timer = setTimeout(() => call.hangup(), answerLimitMs);
    let taken = false;
    call.on((event) => {
      if (event.type !== 'changed' || taken || call.snapshot.answeredAt === null) return;
      taken = true;
      clearTimeout(timer);
      timer = setTimeout(() => call.hangup(), announcementLimitMs);
      resolve(true);
    });
    void call.ended.then(() => {
      clearTimeout(timer);
      resolve(taken);
    });
  });
}
