/**
 * Connectivity checks under one pair of credentials: drives ice-checklist.ts with STUN messages (RFC 8445 §7), and ice-consent.ts once a
 * pair is selected. Sockets are somebody else's: datagrams go out by `send` and come in by `takeRequest` and `takeAnswer`.
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { Logger } from '../log.ts';
import { sameTransportAddress, type TransportAddress } from '../net/transport-address.ts';
import type { Clock } from '../net/clock.ts';
import { candidatePriority, type Component, type IceCandidate } from './ice-candidate.ts';
import {
  idleChecklist,
  stepChecklist,
  wantsTicks,
  type ChecklistEffect,
  type ChecklistEvent,
  type IcePair,
  type IceRole,
  type LocalBase,
} from './ice-checklist.ts';
import { consentIntervalMs, stepConsent, type ConsentEvent, type ConsentState } from './ice-consent.ts';
import {
  bigNumberAttribute,
  errorAttribute,
  flagAttribute,
  numberAttribute,
  readBigNumber,
  readError,
  readNumber,
  readText,
  readXorAddress,
  textAttribute,
  xorAddressAttribute,
} from './stun-attributes.ts';
import { StunExchange, type StunAnswer } from './stun-exchange.ts';
import { checkIntegrity, shortTermKey, withFingerprint, withIntegrity } from './stun-integrity.ts';
import {
  attributeOf,
  serialiseStun,
  stunAttributes,
  stunMethods,
  type StunAttribute,
  type StunMessage,
} from './stun-message.ts';
import { datagramTiming, type StunTiming } from './stun-transaction.ts';

export interface IceCredentials {
  ufrag: string;
  pwd: string;
}

export interface IceChecksOptions {
  local: IceCredentials;
  role: IceRole;
  clock: Clock;
  /** Cryptographically random octets. */
  random: (count: number) => Uint8Array;
  send: (base: number, datagram: Uint8Array, to: TransportAddress) => void;
  /** Packets of the component go over this pair from now on. */
  onSelected: (component: Component, pair: IcePair) => void;
  onConnected: () => void;
  /** No pair leads anywhere. */
  onFailed: () => void;
  /** The far side has stopped to agree (RFC 7675): nothing more may be sent. */
  onConsentLost: () => void;
  log: Logger;
}

/** Ta: the pause between two checks (RFC 8445 §14.2). */
const tickMs = 50;
/** A consent check is one request: the next one follows soon enough. */
const consentTiming: StunTiming = { rtoMs: 500, requests: 3, lastWaits: 2 };

export class IceChecks {
  readonly #options: IceChecksOptions;
  readonly #exchange: StunExchange;
  readonly #localKey: Buffer;
  #remote: IceCredentials | null = null;
  #list;
  #stopTicks: (() => void) | null = null;
  readonly #consents = new Map<Component, { state: ConsentState; pair: IcePair; stopTimer: () => void }>();

  constructor(options: IceChecksOptions) {
    this.#options = options;
    this.#exchange = new StunExchange(options.clock);
    this.#localKey = shortTermKey(options.local.pwd);
    const tieBreaker = Buffer.from(options.random(8)).readBigUInt64BE();
    this.#list = idleChecklist({ role: options.role, tieBreaker });
  }

  get local(): IceCredentials {
    return this.#options.local;
  }

  /** Of the far side; null until it is known. */
  get remote(): IceCredentials | null {
    return this.#remote;
  }

  get role(): IceRole {
    return this.#list.role;
  }

  get selected(): Partial<Record<Component, IcePair>> {
    return this.#list.selected;
  }

  /** Whether the far side is known to send from there. */
  knows(from: TransportAddress, component: Component): boolean {
    return this.#list.remotes.some(
      (each) => each.component === component && sameTransportAddress(each, from),
    );
  }

  setBases(bases: readonly LocalBase[], complete: boolean): void {
    this.#dispatch({ type: 'bases', bases, complete });
  }

  /** Names the far side; checks begin. Again with the same credentials: what is new about it. */
  setRemote(
    credentials: IceCredentials,
    description: {
      role: IceRole;
      candidates: readonly IceCandidate[];
      complete: boolean;
      components: readonly Component[];
    },
  ): void {
    if (this.#remote === null) {
      this.#remote = credentials;
      this.#dispatch({ type: 'remote', ...description });
      // The first check need not wait for its turn.
      this.#dispatch({ type: 'tick' });
    } else this.#dispatch({ type: 'more-remotes', ...description });
  }

  addRemotes(candidates: readonly IceCandidate[], complete: boolean): void {
    this.#dispatch({ type: 'more-remotes', candidates, complete });
  }

  /** Takes a Binding request; false when it is meant for other credentials. */
  takeRequest(base: LocalBase, message: StunMessage, datagram: Buffer, from: TransportAddress): boolean {
    const username = readText(attributeOf(message, stunAttributes.username)) ?? '';
    const [ours, theirs] = username.split(':');
    if (ours !== this.#options.local.ufrag) return false;
    if (this.#remote !== null && theirs !== this.#remote.ufrag) return false;
    // Whoever does not know the password gets no answer: one could be of use to them alone.
    if (checkIntegrity(datagram, this.#localKey, 'sha1') !== 'good') return true;
    const controlling = readBigNumber(attributeOf(message, stunAttributes.iceControlling));
    const controlled = readBigNumber(attributeOf(message, stunAttributes.iceControlled));
    const priority = readNumber(attributeOf(message, stunAttributes.priority));
    const tieBreaker = controlling ?? controlled;
    if (tieBreaker === undefined || priority === undefined) return true;
    const effects = this.#step({
      type: 'request',
      base: base.base,
      from,
      priority,
      useCandidate: attributeOf(message, stunAttributes.useCandidate) !== undefined,
      role: controlling === undefined ? 'controlled' : 'controlling',
      tieBreaker,
    });
    for (const effect of effects) {
      if (effect.type === 'answer') this.#answer(base, message, from, effect.status);
      else this.#run(effect);
    }
    this.#tickSoon();
    return true;
  }

  /** Takes an answer to one of our checks; false when it is none. */
  takeAnswer(answer: StunAnswer, base: number, from: TransportAddress): boolean {
    return this.#exchange.receive({ ...answer, base, from } as LocatedAnswer);
  }

  /** Idempotent. */
  close(): void {
    this.#dispatch({ type: 'close' });
    this.#stopTicks?.();
    this.#exchange.close();
    for (const { stopTimer } of this.#consents.values()) stopTimer();
    this.#consents.clear();
  }

  #step(event: ChecklistEvent): ChecklistEffect[] {
    const before = this.#list.phase;
    const [list, effects] = stepChecklist(this.#list, event, this.#options.clock.nowMs());
    this.#list = list;
    if (list.phase !== before) this.#options.log.debug(`ICE, ${event.type}: ${before} → ${list.phase}`);
    return effects;
  }

  #dispatch(event: ChecklistEvent): void {
    for (const effect of this.#step(event)) this.#run(effect);
    this.#tickSoon();
  }

  #tickSoon(): void {
    if (this.#stopTicks !== null || !wantsTicks(this.#list)) return;
    this.#stopTicks = this.#options.clock.after(tickMs, () => {
      this.#stopTicks = null;
      this.#dispatch({ type: 'tick' });
    });
  }

  #run(effect: ChecklistEffect): void {
    switch (effect.type) {
      case 'check':
        void this.#check(effect.pair, effect.role, effect.nominate);
        break;
      case 'selected':
        this.#options.onSelected(effect.component, effect.pair);
        this.#keepConsent(effect.component, effect.pair);
        break;
      case 'connected':
        this.#options.onConnected();
        break;
      case 'failed':
        this.#options.onFailed();
        break;
      case 'answer':
        // Written where the request is at hand.
        break;
      default:
        assertNever(effect);
    }
  }

  async #check(pair: IcePair, role: IceRole, nominate: boolean): Promise<void> {
    const outcome = await this.#ask(pair, role, nominate, datagramTiming);
    if (outcome.kind === 'mapped')
      this.#dispatch({ type: 'succeeded', pair: pair.id, mapped: outcome.address });
    else if (outcome.kind === 'refused')
      this.#dispatch({ type: 'refused', pair: pair.id, code: outcome.code, role });
    else if (outcome.kind === 'silent') this.#dispatch({ type: 'timed-out', pair: pair.id });
  }

  async #ask(pair: IcePair, role: IceRole, nominate: boolean, timing: StunTiming): Promise<CheckOutcome> {
    const remote = this.#remote;
    if (remote === null) return { kind: 'closed' };
    const { local, random, send } = this.#options;
    const transactionId = random(12);
    const roleAttribute =
      role === 'controlling' ? stunAttributes.iceControlling : stunAttributes.iceControlled;
    // What the far side is to take a candidate for that it did not know (RFC 8445 §7.1.1).
    const priority = candidatePriority('prflx', pair.local.component, (pair.local.priority >> 8) & 0xffff);
    const attributes: StunAttribute[] = [
      textAttribute(stunAttributes.username, `${remote.ufrag}:${local.ufrag}`),
      numberAttribute(stunAttributes.priority, priority),
      bigNumberAttribute(roleAttribute, this.#list.tieBreaker),
      ...(nominate ? [flagAttribute(stunAttributes.useCandidate)] : []),
    ];
    const key = shortTermKey(remote.pwd);
    const message = { class: 'request', method: stunMethods.binding, transactionId, attributes } as const;
    const request = withFingerprint(withIntegrity(serialiseStun(message), key, 'sha1'));
    const outcome = await this.#exchange.request(transactionId, request, {
      send: (datagram) => send(pair.local.base, datagram, pair.remote),
      timing,
    });
    return typeof outcome === 'string' ? { kind: outcome } : judge(outcome as LocatedAnswer, pair, key);
  }

  #answer(
    base: LocalBase,
    request: StunMessage,
    from: TransportAddress,
    status: 'success' | 'role-conflict',
  ): void {
    const { method, transactionId } = request;
    const isGood = status === 'success';
    const attributes = isGood
      ? [xorAddressAttribute(stunAttributes.xorMappedAddress, from, transactionId)]
      : [errorAttribute(487, 'Role Conflict')];
    const answer = serialiseStun({ class: isGood ? 'success' : 'error', method, transactionId, attributes });
    this.#options.send(base.base, withFingerprint(withIntegrity(answer, this.#localKey, 'sha1')), from);
  }

  // ── consent ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #keepConsent(component: Component, pair: IcePair): void {
    this.#consents.get(component)?.stopTimer();
    const state: ConsentState = { phase: 'consented', answeredMs: this.#options.clock.nowMs() };
    this.#consents.set(component, { state, pair, stopTimer: () => undefined });
    this.#waitForConsent(component, consentIntervalMs(this.#fraction()));
  }

  #waitForConsent(component: Component, afterMs: number): void {
    const consent = this.#consents.get(component);
    if (consent === undefined) return;
    consent.stopTimer = this.#options.clock.after(afterMs, () =>
      this.#stepConsent(component, { type: 'timer', random: this.#fraction() }),
    );
  }

  #stepConsent(component: Component, event: ConsentEvent): void {
    const consent = this.#consents.get(component);
    if (consent === undefined) return;
    const [state, effects] = stepConsent(consent.state, event, this.#options.clock.nowMs());
    consent.state = state;
    for (const effect of effects) {
      if (effect.type === 'wait') this.#waitForConsent(component, effect.afterMs);
      else if (effect.type === 'check') void this.#askConsent(component, consent.pair);
      else this.#options.onConsentLost();
    }
  }

  async #askConsent(component: Component, pair: IcePair): Promise<void> {
    const outcome = await this.#ask(pair, this.#list.role, false, consentTiming);
    const isPresent = this.#consents.get(component)?.pair.id === pair.id;
    if (outcome.kind === 'mapped' && isPresent) this.#stepConsent(component, { type: 'answered' });
  }

  #fraction(): number {
    return Buffer.from(this.#options.random(4)).readUInt32BE() / 2 ** 32;
  }
}

/** An answer and where it came: it has to be where the check went (RFC 8445 §7.2.5.2.1). */
interface LocatedAnswer extends StunAnswer {
  base: number;
  from: TransportAddress;
}

type CheckOutcome =
  | { kind: 'mapped'; address: TransportAddress }
  | { kind: 'refused'; code: number }
  | { kind: 'silent' }
  | { kind: 'closed' };

function judge(
  { message, datagram, base, from }: LocatedAnswer,
  pair: IcePair,
  key: Uint8Array,
): CheckOutcome {
  if (checkIntegrity(datagram, key, 'sha1') !== 'good') return { kind: 'silent' };
  if (message.class === 'error') {
    const error = readError(attributeOf(message, stunAttributes.errorCode));
    return { kind: 'refused', code: error?.code ?? 400 };
  }
  const value = attributeOf(message, stunAttributes.xorMappedAddress);
  const address = readXorAddress(value, message.transactionId);
  const isSymmetric = base === pair.local.base && sameTransportAddress(from, pair.remote);
  return address === undefined || !isSymmetric ? { kind: 'silent' } : { kind: 'mapped', address };
}
