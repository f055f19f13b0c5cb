/**
 * The link to one server, wherever DNS says that it is: it goes to the first of the server's places that takes us, to the next one when
 * that fails (RFC 3263 §4.3), and back when asked whether a better one has returned. To the transport it is one link.
 *
 *   open ──► locate ──► in DNS's order, failing ones last ──► the first that opens
 */
import { PhoneFailure, toPhoneError } from '../../../contract/errors.ts';
import type { Logger } from '../../log.ts';
import { UntrustedCertificate } from '../../net/untrusted-certificate.ts';
import type { Clock } from '../../net/clock.ts';
import type { Link, LinkHandlers } from './link.ts';
import { inOrder, noOutages, preferredTo, targetKey, withFailure, withSuccess } from './outages.ts';
import type { Target } from './resolve.ts';
import type { TransportAddress } from '../../net/transport-address.ts';
import type { SipProtocol } from './transport.ts';

export interface ServerLinkOptions {
  /** What the link is before it has found a place. */
  protocol: SipProtocol;
  localAddress: string | undefined;
  /** Looks the server up. Rejects with `server.dns`. */
  locate: () => Promise<[Target, ...Target[]]>;
  linkTo: (target: Target, handlers: LinkHandlers) => Link;
  /** Whether something answers there. Never rejects. */
  answers: (target: Target) => Promise<boolean>;
  clock: Clock;
  log: Logger;
}

export function createServerLink(options: ServerLinkOptions, handlers: LinkHandlers): Link {
  const { clock, log } = options;
  let present: { target: Target; link: Link } | undefined;
  let known: readonly Target[] = [];
  let outages = noOutages;
  let opening: Promise<void> | undefined;
  let closed = false;
  const unopened: TransportAddress = { address: options.localAddress ?? '0.0.0.0', port: 0 };

  const handlersFor = (target: Target, self: () => Link | undefined): LinkHandlers => ({
    bytes: (bytes, source) => {
      if (present?.link !== self()) return;
      if (outages.has(targetKey(target))) outages = withSuccess(outages, target);
      handlers.bytes(bytes, source);
    },
    lost: (error) => {
      if (present?.link !== self()) return;
      // A stream that breaks may have been restarted; a datagram that is refused found nobody.
      if (target.protocol === 'UDP') outages = withFailure(outages, target, clock.nowMs());
      handlers.lost(error);
    },
  });

  const linkTo = (target: Target): Link => {
    const link: Link = options.linkTo(
      target,
      handlersFor(target, () => link),
    );
    return link;
  };

  const goTo = async (target: Target): Promise<void> => {
    const before = present;
    const kept = before !== undefined && sameTarget(before.target, target) ? before.link : undefined;
    const link = kept ?? linkTo(target);
    try {
      await link.open();
    } catch (thrown) {
      if (kept === undefined) await link.close();
      throw thrown;
    }
    present = { target, link };
    if (kept === undefined) await before?.link.close();
    if (closed) await link.close();
  };

  const open = async (): Promise<void> => {
    known = await options.locate();
    const before = outages;
    const failures: unknown[] = [];
    for (const target of inOrder(known, outages, clock.nowMs())) {
      try {
        await goTo(target);
        if (failures.length > 0) log.info(`${targetKey(target)} is used instead`);
        return;
      } catch (thrown) {
        log.info(`${targetKey(target)}: ${toPhoneError(thrown).message}`);
        outages = withFailure(outages, target, clock.nowMs());
        failures.push(thrown);
      }
    }
    // Where none can be reached it is our own network that fails, and no place shall be shunned for it afterwards.
    outages = before;
    // A question about a certificate is something that a person can answer.
    throw failures.find((failure) => failure instanceof UntrustedCertificate) ?? failures[0];
  };

  return {
    get protocol() {
      return present?.link.protocol ?? options.protocol;
    },
    get reliable() {
      return present?.link.reliable ?? options.protocol !== 'UDP';
    },
    get connected() {
      return present?.link.connected ?? false;
    },
    get local() {
      return present?.link.local ?? unopened;
    },
    get remote() {
      return present?.link.remote;
    },
    get sentBy() {
      return present?.link.sentBy ?? { host: unopened.address, port: undefined };
    },
    async open() {
      if (present?.link.connected === true && present.link.reliable) return;
      opening ??= open().finally(() => {
        opening = undefined;
      });
      await opening;
    },
    write(text, destination) {
      return present === undefined
        ? Promise.reject(new PhoneFailure('internal', { reason: 'the transport is not connected' }))
        : present.link.write(text, destination);
    },
    ping: () => present?.link.ping(),
    suspect: () => present?.link.suspect(),
    drop: () => present?.link.drop(),
    expectPongs: () => present?.link.expectPongs?.(),
    servers: {
      moveOn(retryAfterMs) {
        if (present === undefined) return false;
        const { target } = present;
        if (known.every((other) => sameTarget(other, target))) return false;
        outages = withFailure(outages, target, clock.nowMs(), retryAfterMs);
        const [next] = inOrder(known, outages, clock.nowMs());
        return next !== undefined && !sameTarget(next, target);
      },
      async betterIsBack() {
        if (present === undefined) return false;
        const found = await options.locate().catch(() => known);
        known = found;
        for (const target of preferredTo(present.target, found, outages, clock.nowMs())) {
          if (await options.answers(target)) {
            outages = withSuccess(outages, target);
            return true;
          }
          outages = withFailure(outages, target, clock.nowMs());
        }
        return false;
      },
    },
    async close() {
      closed = true;
      await present?.link.close();
    },
  };
}

/** The same place with the same addresses: a link to it can be opened again. */
function sameTarget(one: Target, other: Target): boolean {
  const addresses = ({ endpoints }: Target) => endpoints.map(({ address }) => address).join(' ');
  return targetKey(one) === targetKey(other) && addresses(one) === addresses(other);
}
