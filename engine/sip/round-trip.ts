/**
 * Has the PBX send something to this phone: subscribes to the mailbox state, whose NOTIFY comes back as a request of the PBX's own and
 * is answered 481, which ends the subscription (RFC 6665 §4.2.2; a SUBSCRIBE that expires at once, §4.4.3, is refused by Asterisk). Where
 * the PBX keeps no mailboxes, sends OPTIONS to the account's own address, which a proxy forwards to where the account is registered:
 * here.
 */
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { isOwn } from './message-guard.ts';
import { messageSummaryType } from './message-summary.ts';
import { newCallId, newTag } from './random-token.ts';
import type { SipCore } from './sip-core.ts';
import type { Clock } from '../net/clock.ts';

export interface RoundTripContext {
  core: SipCore;
  /** The account's own address. */
  aor: URI;
  /** Loads the password into the credentials. */
  loadPassword: () => Promise<void>;
  clock: Clock;
}

/** `lost`: the PBX should have sent a request, and none came. `inconclusive`: it does not send one, or does not answer at all. */
export type RoundTripOutcome = 'returned' | 'lost' | 'inconclusive';

const fetchedEvent = 'message-summary';
/** Should the 481 get lost. */
const subscriptionSeconds = 60;
/** From the 2xx to its NOTIFY, with repeats over a lossy network. */
const notifyLimitMs = 8_000;

/** Answers of a proxy that has tried and reached nobody. */
const unreached = new Set([408, 430, 480]);

export class RoundTrip {
  readonly #context: RoundTripContext;
  /** The PBX has no mailbox for us: it is not asked for one again. */
  #fetchRefused = false;
  #stop: () => void = () => undefined;

  constructor(context: RoundTripContext) {
    this.#context = context;
  }

  /** One round trip. Never rejects; after {@link close} `inconclusive`. */
  async ask(): Promise<RoundTripOutcome> {
    await this.#context.loadPassword();
    if (!this.#fetchRefused) {
      const fetched = await this.#fetch();
      if (fetched !== 'refused') return fetched;
      this.#fetchRefused = true;
    }
    return this.#options();
  }

  /** Ends what is under way. Idempotent. */
  close(): void {
    this.#stop();
  }

  #fetch(): Promise<RoundTripOutcome | 'refused'> {
    const { core, aor, clock } = this.#context;
    const names = { callId: newCallId(), fromTag: newTag() };
    return new Promise((resolve) => {
      let stopTimer: () => void = () => undefined;
      const settle = (outcome: RoundTripOutcome | 'refused') => {
        stopTimer();
        stopNotifies();
        resolve(outcome);
      };
      this.#stop = () => settle('inconclusive');
      const stopNotifies = core.takeNotifies(
        { ...names, event: fetchedEvent },
        {
          onNotify: (request) => {
            request.reject({ statusCode: 481 });
            settle('returned');
          },
          dispose: () => undefined,
        },
      );
      const refused = (response: IncomingResponseMessage) =>
        settle(isOwn(response) ? 'inconclusive' : 'refused');
      const message = core.makeOutgoingRequestMessage('SUBSCRIBE', aor, aor, aor, names, [
        `Contact: ${core.configuration.contact.toString()}`,
        `Event: ${fetchedEvent}`,
        `Expires: ${subscriptionSeconds}`,
        `Accept: ${messageSummaryType}`,
      ]);
      core.request(message, {
        onAccept: () => {
          stopTimer = clock.after(notifyLimitMs, () => settle('lost'));
        },
        onRedirect: ({ message: response }) => refused(response),
        onReject: ({ message: response }) => refused(response),
      });
    });
  }

  /** That the request has come back shows at the core's door, before its answer does. */
  #options(): Promise<RoundTripOutcome> {
    const { core, aor } = this.#context;
    return new Promise((resolve) => {
      this.#stop = () => resolve('inconclusive');
      const message = core.makeOutgoingRequestMessage('OPTIONS', aor, aor, aor, {});
      const settle = (response: IncomingResponseMessage) =>
        resolve(!isOwn(response) && unreached.has(response.statusCode ?? 0) ? 'lost' : 'inconclusive');
      core.request(message, {
        onAccept: ({ message: response }) => settle(response),
        onRedirect: ({ message: response }) => settle(response),
        onReject: ({ message: response }) => settle(response),
      });
    });
  }
}
