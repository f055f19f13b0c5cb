/**
 * The handshake of DTLS-SRTP (RFC 5764 over RFC 6347): two sides that know each other's fingerprints from SDP agree on SRTP keys beside
 * the sound. Each proves that it holds the key of the certificate that was announced; else there are no keys.
 *
 *   datagrams ──► records ──► fragments ──► messages ──► proofs (dtls-side.ts) ──► order (dtls-machine.ts)
 *   datagrams ◄── records ◄───────────────────────────── flights (dtls-side.ts) ◄── effects
 */
import { assertNever } from '../../contract/assert-never.ts';
import { readFatalAlert, refusal, writeFatalAlert } from './dtls-alert.ts';
import { MessageAssembler, type HandshakeMessage } from './dtls-fragments.ts';
import {
  isExpected,
  readyHandshake,
  stepDtls,
  type DtlsEffect,
  type DtlsEvent,
  type DtlsState,
  type DtlsTimer,
} from './dtls-machine.ts';
import { messageName, messageTypes, readClientHello } from './dtls-messages.ts';
import {
  contentTypes,
  openRecord,
  readRecords,
  sealRecord,
  writeRecord,
  type DtlsRecord,
} from './dtls-record.ts';
import type { SrtpKeys } from './dtls-secrets.ts';
import { DtlsSide, type DtlsSideOptions, type OutgoingRecord } from './dtls-side.ts';

export interface DtlsHandshakeOptions extends DtlsSideOptions {
  send: (datagram: Buffer) => void;
  /** Once, when both sides are proven. */
  onKeys: (keys: SrtpKeys) => void;
  /** Once, with a reason in words; nothing follows. */
  onFailed: (reason: string) => void;
  /** Runs something later; answers how to stop it. */
  after: (milliseconds: number, run: () => void) => () => void;
}

/** A datagram that passes everywhere. */
const datagramBytes = 1_200;

export class DtlsHandshake {
  readonly #options: DtlsHandshakeOptions;
  readonly #side: DtlsSide;
  readonly #assembler = new MessageAssembler();
  readonly #timers = new Map<DtlsTimer, () => void>();
  #state: DtlsState;
  /** What we said last. */
  #flight: OutgoingRecord[] = [];
  /** Of each epoch. */
  #nextRecord = [0, 0];

  constructor(options: DtlsHandshakeOptions) {
    this.#options = options;
    this.#side = new DtlsSide(options);
    this.#state = readyHandshake(options.role);
    this.#step({ type: 'begin' });
  }

  /** What came on the way of what it finds keys for, and is DTLS (RFC 7983). */
  receive(datagram: Buffer): void {
    let repeated = false;
    for (const record of readRecords(datagram)) repeated = this.#take(record) || repeated;
    if (repeated) this.#step({ type: 'repeated' });
  }

  /** True for a ClientHello that is not the one that this handshake answers: the far side begins anew (RFC 6347 §4.2.8). */
  isNewHello(datagram: Buffer): boolean {
    if (this.#state.role === 'active') return false;
    const [record] = readRecords(datagram);
    if (record?.type !== contentTypes.handshake || record.epoch !== 0) return false;
    const [hello] = new MessageAssembler().take(record.fragment).messages;
    if (hello === undefined || messageName(hello.type) !== 'clientHello') return false;
    return !this.#side.secrets.isMetBy(readClientHello(hello.body)?.random);
  }

  /** The call is over, or another handshake takes this one's place. Idempotent. */
  close(): void {
    this.#step({ type: 'close' });
  }

  /** True for what was had before. */
  #take(record: DtlsRecord): boolean {
    const keys = this.#side.secrets.recordKeys;
    const opened = record.epoch === 0 ? record : keys && openRecord(record, keys.theirs);
    if (!opened) return false;
    const { type, fragment } = opened;
    const alert = type === contentTypes.alert ? readFatalAlert(fragment) : undefined;
    if (alert !== undefined) this.#step({ type: 'alert', description: alert });
    if (type !== contentTypes.handshake) return false;
    // Finished proves nothing unless it is encrypted.
    const isFinished = fragment[0] === messageTypes.finished;
    if (isFinished !== (record.epoch === 1)) return false;
    const { messages, repeated } = this.#assembler.take(fragment);
    for (const message of messages) this.#onMessage(message);
    return repeated;
  }

  #onMessage({ type, sequence, body }: HandshakeMessage): void {
    const name = messageName(type);
    const refused =
      name === undefined
        ? refusal(`the far side sent message ${type}, which has no place here`, 'unexpectedMessage')
        : isExpected(this.#state, name)
          ? this.#side.take(name, sequence, body)
          : undefined;
    if (refused !== undefined) this.#step({ type: 'refused', refusal: refused });
    else if (name !== undefined) this.#step({ type: 'message', name });
  }

  #step(event: DtlsEvent): void {
    const [state, effects] = stepDtls(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: DtlsEffect): void {
    switch (effect.type) {
      case 'send':
        this.#flight = this.#side.flight(effect.flight);
        return this.#transmit();
      case 'repeat':
        return this.#transmit();
      case 'start-timer':
        return this.#startTimer(effect.timer, effect.delayMs);
      case 'stop-timers':
        for (const stop of this.#timers.values()) stop();
        return this.#timers.clear();
      case 'send-alert': {
        const fragment = writeFatalAlert(effect.description);
        return this.#options.send(this.#written({ type: contentTypes.alert, epoch: 0, fragment }));
      }
      case 'agree':
        return this.#options.onKeys(this.#side.secrets.srtpKeys());
      case 'fail':
        return this.#options.onFailed(effect.reason);
      default:
        return assertNever(effect);
    }
  }

  #startTimer(timer: DtlsTimer, delayMs: number): void {
    this.#timers.get(timer)?.();
    this.#timers.set(
      timer,
      this.#options.after(delayMs, () => this.#step({ type: 'timer', timer })),
    );
  }

  /** Sends the last flight, in as few datagrams as it fits into. */
  #transmit(): void {
    let datagram: Buffer = Buffer.alloc(0);
    for (const record of this.#flight) {
      const written = this.#written(record);
      if (datagram.length > 0 && datagram.length + written.length > datagramBytes) {
        this.#options.send(datagram);
        datagram = Buffer.alloc(0);
      }
      datagram = Buffer.concat([datagram, written]);
    }
    this.#options.send(datagram);
  }

  /** Each sending has a record number of its own. */
  #written({ type, epoch, fragment }: OutgoingRecord): Buffer {
    const sequence = this.#nextRecord[epoch] ?? 0;
    this.#nextRecord[epoch] = sequence + 1;
    const record = { type, epoch, sequence, fragment };
    const keys = this.#side.secrets.recordKeys;
    return writeRecord(epoch === 1 && keys !== null ? sealRecord(record, keys.own) : record);
  }
}
