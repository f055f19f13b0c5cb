/**
 * The handshake of DTLS-SRTP (RFC 5764 over RFC 6347): two sides that know each other's fingerprints from SDP agree on SRTP keys beside
 * the sound. Each proves that it holds the key of the certificate that was announced; else there are no keys.
 *
 *    active                                                        passive
 *    ClientHello                          ─────────────────────►
 *    (ClientHello with the cookie of a HelloVerifyRequest)
 *                                         ◄─────────────────────   ServerHello, Certificate, ServerKeyExchange,
 *                                                                  CertificateRequest, ServerHelloDone
 *    Certificate, ClientKeyExchange,      ─────────────────────►
 *    CertificateVerify, ChangeCipherSpec, Finished
 *                                         ◄─────────────────────   ChangeCipherSpec, Finished
 *
 * A flight goes out again, after ever longer waits, until the next one of the far side is there. `#expected` is the state: what may
 * come next. The suites are ECDHE on P-256 with AES-128-GCM.
 */
import { createECDH, sign, verify, X509Certificate, type KeyObject } from 'node:crypto';
import type { Fingerprint } from '../media/media-engine.ts';
import { fitsFingerprint, type DtlsCertificate } from './dtls-certificate.ts';
import {
  exportForSrtp,
  masterSecret,
  recordKeys,
  verifyData,
  type Randoms,
  type WriteKeys,
} from './dtls-keys.ts';
import {
  cipherSuites,
  keyParameters,
  MessageAssembler,
  messageTypes,
  readCertificate,
  readCertificateVerify,
  readClientHello,
  readClientKeyExchange,
  readCookie,
  readServerHello,
  readServerKeyExchange,
  signatureHashes,
  writeCertificate,
  writeCertificateRequest,
  writeClientHello,
  writeClientKeyExchange,
  writeMessage,
  writeServerHello,
  writeSignature,
  type HandshakeMessage,
  type Signed,
} from './dtls-messages.ts';
import {
  contentTypes,
  openRecord,
  readRecords,
  sealRecord,
  writeRecord,
  type DtlsRecord,
} from './dtls-record.ts';
import type { SrtpMaster } from './srtp.ts';
import { srtpProfiles } from './srtp-profile.ts';

export interface SrtpKeys {
  local: SrtpMaster;
  remote: SrtpMaster;
}

export interface DtlsHandshakeOptions {
  /** `active` begins. */
  role: 'active' | 'passive';
  certificate: DtlsCertificate;
  /** Of the far side, from its SDP. */
  fingerprints: readonly Fingerprint[];
  send: (datagram: Buffer) => void;
  /** Once, when both sides are proven. */
  onKeys: (keys: SrtpKeys) => void;
  /** Once, with a reason in words; nothing follows. */
  onFailed: (reason: string) => void;
  /** Runs something later; answers how to stop it. */
  after: (milliseconds: number, run: () => void) => () => void;
  /** That many unpredictable bytes. */
  random: (bytes: number) => Buffer;
}

const firstWaitMs = 400;
const longestWaitMs = 3_200;
/** So long the far side has; it may not even have our description when we begin. */
const patienceMs = 30_000;
/** A datagram that passes everywhere. */
const datagramBytes = 1_200;
const offeredProfiles = srtpProfiles.flatMap(({ dtlsNumber }) => dtlsNumber ?? []);
const fatalAlert = (description: number) => Buffer.from([2, description]);
/** RFC 5246 §7.2. */
const alerts = { handshakeFailure: 40, badCertificate: 42 } as const;

/** What ends a handshake; `alert` is told to the far side. */
class Refusal extends Error {
  readonly alert: number;

  constructor(reason: string, alert: number = alerts.handshakeFailure) {
    super(reason);
    this.alert = alert;
  }
}

type Outgoing = Pick<DtlsRecord, 'type' | 'epoch' | 'fragment'>;

/** What the message must be, or the handshake ends. */
function read<Message>(message: Message | undefined): Message {
  if (message === undefined) throw new Refusal('the far side sent a message that makes no sense');
  return message;
}

export class DtlsHandshake {
  readonly #options: DtlsHandshakeOptions;
  readonly #isClient: boolean;
  readonly #assembler = new MessageAssembler();
  readonly #ecdh = createECDH('prime256v1');
  readonly #ownRandom: Buffer;
  #expected: readonly number[];
  /** Everything said by both sides so far, as Finished proves it. */
  #transcript: Buffer[] = [];
  #nextMessage = 0;
  #nextRecord = [0, 0];
  #flight: Outgoing[] = [];
  #peerRandom: Buffer = Buffer.alloc(0);
  #peerKey: KeyObject | null = null;
  #peerPoint: Buffer = Buffer.alloc(0);
  #profile = 0;
  #extendedMaster = false;
  #certificateWanted = false;
  #master: Buffer = Buffer.alloc(0);
  #keys: { own: WriteKeys; theirs: WriteKeys } | null = null;
  #stopTimer: () => void = () => undefined;
  readonly #stopPatience: () => void;
  #phase: 'running' | 'done' | 'over' = 'running';

  constructor(options: DtlsHandshakeOptions) {
    this.#options = options;
    this.#isClient = options.role === 'active';
    this.#ownRandom = options.random(32);
    this.#ecdh.generateKeys();
    this.#stopPatience = options.after(patienceMs, () =>
      this.#fail(new Refusal('the far side did not answer')),
    );
    this.#expected = this.#isClient
      ? [messageTypes.helloVerifyRequest, messageTypes.serverHello]
      : [messageTypes.clientHello];
    if (this.#isClient) this.#sendHello(Buffer.alloc(0));
  }

  /** What came on the sound's way and is DTLS (RFC 7983). */
  receive(datagram: Buffer): void {
    let repeated = false;
    for (const record of readRecords(datagram)) {
      if (this.#phase === 'over') return;
      try {
        repeated = this.#take(record) || repeated;
      } catch (thrown) {
        this.#fail(thrown instanceof Refusal ? thrown : new Refusal('the far side sent what cannot be used'));
      }
    }
    // The last flight has no answer: that it was lost shows in the far side's sending its own again.
    if (repeated && this.#phase === 'done' && !this.#isClient) this.#transmit();
  }

  /** The call is over, or another handshake takes this one's place. Idempotent. */
  close(): void {
    this.#phase = 'over';
    this.#stopTimer();
    this.#stopPatience();
  }

  /** True for what was had before. */
  #take(record: DtlsRecord): boolean {
    const opened = record.epoch === 0 ? record : this.#keys && openRecord(record, this.#keys.theirs);
    if (!opened) return false;
    if (opened.type === contentTypes.alert) this.#onAlert(opened.fragment);
    if (opened.type !== contentTypes.handshake) return false;
    // Finished proves nothing unless it is encrypted.
    const isFinished = opened.fragment[0] === messageTypes.finished;
    if (isFinished !== (record.epoch === 1)) return false;
    const { messages, repeated } = this.#assembler.take(opened.fragment);
    for (const message of messages) {
      if (!this.#expected.includes(message.type))
        throw new Refusal(`the far side sent message ${message.type} out of place`);
      this.#onMessage(message);
    }
    return repeated;
  }

  #onAlert([level, description]: Buffer): void {
    const isFatal = level === 2;
    if (isFatal && this.#phase === 'running') {
      this.close();
      this.#options.onFailed(`the far side refused it (TLS alert ${description ?? 0})`);
    }
  }

  #onMessage(message: HandshakeMessage): void {
    const { type, body } = message;
    const said = writeMessage(message);
    switch (type) {
      case messageTypes.helloVerifyRequest:
        // Neither this nor the first ClientHello counts (RFC 6347 §4.2.1).
        this.#transcript = [];
        this.#expected = [messageTypes.serverHello];
        return this.#sendHello(read(readCookie(body)));
      case messageTypes.clientHello:
        this.#transcript.push(said);
        return this.#onClientHello(body);
      case messageTypes.serverHello:
        this.#transcript.push(said);
        return this.#onServerHello(body);
      case messageTypes.certificate:
        this.#transcript.push(said);
        return this.#onCertificate(body);
      case messageTypes.serverKeyExchange:
        this.#onServerKeyExchange(body);
        this.#transcript.push(said);
        return undefined;
      case messageTypes.certificateRequest:
        this.#certificateWanted = true;
        this.#transcript.push(said);
        this.#expected = [messageTypes.serverHelloDone];
        return undefined;
      case messageTypes.serverHelloDone:
        this.#transcript.push(said);
        return this.#finishAsClient();
      case messageTypes.clientKeyExchange:
        this.#transcript.push(said);
        this.#peerPoint = read(readClientKeyExchange(body));
        this.#deriveKeys();
        this.#expected = [messageTypes.certificateVerify];
        return undefined;
      case messageTypes.certificateVerify:
        this.#checkSignature(read(readCertificateVerify(body)), Buffer.concat(this.#transcript));
        this.#transcript.push(said);
        this.#expected = [messageTypes.finished];
        return undefined;
      case messageTypes.finished:
        return this.#onFinished(body, said);
      default:
        throw new Refusal(`the far side sent message ${type}`);
    }
  }

  // ── the active side ───────────────────────────────────────────────────────────────────────────────────────────────

  #sendHello(cookie: Buffer): void {
    const body = writeClientHello({ random: this.#ownRandom, cookie, srtpProfiles: offeredProfiles });
    this.#begin([this.#say(messageTypes.clientHello, body)]);
  }

  #onServerHello(body: Buffer): void {
    const { random, suite, srtpProfile, extendedMaster } = read(readServerHello(body));
    if (suite !== cipherSuites.ecdsa && suite !== cipherSuites.rsa)
      throw new Refusal('the far side chose a cipher that was not offered');
    if (srtpProfile === undefined || !offeredProfiles.includes(srtpProfile))
      throw new Refusal('the far side has no SRTP profile in common');
    this.#peerRandom = random;
    this.#profile = srtpProfile;
    this.#extendedMaster = extendedMaster;
    this.#expected = [messageTypes.certificate];
  }

  #onServerKeyExchange(body: Buffer): void {
    const { point, ...signed } = read(readServerKeyExchange(body));
    const { client, server } = this.#randoms;
    this.#checkSignature(signed, Buffer.concat([client, server, keyParameters(point)]));
    this.#peerPoint = point;
    this.#expected = [messageTypes.certificateRequest, messageTypes.serverHelloDone];
  }

  #finishAsClient(): void {
    const { certificate } = this.#options;
    const wanted = this.#certificateWanted;
    const first = wanted
      ? [this.#say(messageTypes.certificate, writeCertificate(certificate.certificate))]
      : [];
    const exchange = this.#say(
      messageTypes.clientKeyExchange,
      writeClientKeyExchange(this.#ecdh.getPublicKey()),
    );
    this.#deriveKeys();
    const proof = wanted
      ? [
          this.#say(
            messageTypes.certificateVerify,
            writeSignature(this.#signed(Buffer.concat(this.#transcript))),
          ),
        ]
      : [];
    this.#expected = [messageTypes.finished];
    this.#begin([...first, exchange, ...proof, ...this.#finish()]);
  }

  // ── the passive side ──────────────────────────────────────────────────────────────────────────────────────────────

  #onClientHello(body: Buffer): void {
    const hello = read(readClientHello(body));
    if (!hello.capable || !hello.suites.includes(cipherSuites.ecdsa))
      throw new Refusal('the far side has no cipher in common');
    const profile = offeredProfiles.find((number) => hello.srtpProfiles.includes(number));
    if (profile === undefined) throw new Refusal('the far side has no SRTP profile in common');
    this.#profile = profile;
    this.#peerRandom = hello.random;
    this.#extendedMaster = hello.extendedMaster;
    const { client, server } = this.#randoms;
    const parameters = keyParameters(this.#ecdh.getPublicKey());
    const signature = this.#signed(Buffer.concat([client, server, parameters]));
    const answer = {
      random: this.#ownRandom,
      suite: cipherSuites.ecdsa,
      srtpProfile: profile,
      extendedMaster: hello.extendedMaster,
    };
    this.#expected = [messageTypes.certificate];
    this.#begin([
      this.#say(messageTypes.serverHello, writeServerHello(answer)),
      this.#say(messageTypes.certificate, writeCertificate(this.#options.certificate.certificate)),
      this.#say(messageTypes.serverKeyExchange, Buffer.concat([parameters, writeSignature(signature)])),
      this.#say(messageTypes.certificateRequest, writeCertificateRequest()),
      this.#say(messageTypes.serverHelloDone, Buffer.alloc(0)),
    ]);
  }

  // ── both ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #onCertificate(body: Buffer): void {
    const certificate = read(readCertificate(body));
    if (!fitsFingerprint(certificate, this.#options.fingerprints))
      throw new Refusal(
        'the far side showed another certificate than it had announced',
        alerts.badCertificate,
      );
    this.#peerKey = new X509Certificate(certificate).publicKey;
    this.#expected = [this.#isClient ? messageTypes.serverKeyExchange : messageTypes.clientKeyExchange];
  }

  /** The fingerprint alone proves nothing: anybody may show a certificate. Its key must have signed. */
  #checkSignature({ scheme, signature }: Signed, signed: Buffer): void {
    const hash = signatureHashes.get(scheme);
    const isGenuine =
      hash !== undefined && this.#peerKey !== null && verify(hash, signed, this.#peerKey, signature);
    if (!isGenuine) throw new Refusal('the far side could not prove its certificate', alerts.badCertificate);
  }

  #signed(text: Buffer): Buffer {
    return sign('sha256', text, this.#options.certificate.privateKey);
  }

  get #randoms(): Randoms {
    return this.#isClient
      ? { client: this.#ownRandom, server: this.#peerRandom }
      : { client: this.#peerRandom, server: this.#ownRandom };
  }

  /** From the secret that both sides have; called when ClientKeyExchange is the last thing said. */
  #deriveKeys(): void {
    const shared = this.#ecdh.computeSecret(this.#peerPoint);
    const transcript = this.#extendedMaster ? Buffer.concat(this.#transcript) : undefined;
    this.#master = masterSecret(shared, this.#randoms, transcript);
    const { client, server } = recordKeys(this.#master, this.#randoms);
    this.#keys = this.#isClient ? { own: client, theirs: server } : { own: server, theirs: client };
  }

  #finish(): Outgoing[] {
    const side = this.#isClient ? 'client' : 'server';
    const proof = verifyData(this.#master, side, Buffer.concat(this.#transcript));
    const change = { type: contentTypes.changeCipherSpec, epoch: 0, fragment: Buffer.from([1]) };
    return [change, { ...this.#say(messageTypes.finished, proof), epoch: 1 }];
  }

  #onFinished(body: Buffer, said: Buffer): void {
    const side = this.#isClient ? 'server' : 'client';
    if (!body.equals(verifyData(this.#master, side, Buffer.concat(this.#transcript))))
      throw new Refusal('somebody has changed the handshake on its way');
    this.#transcript.push(said);
    this.#expected = [];
    this.#phase = 'done';
    this.#stopTimer();
    this.#stopPatience();
    if (!this.#isClient) {
      this.#flight = this.#finish();
      this.#transmit();
    }
    this.#options.onKeys(this.#srtpKeys());
  }

  /** Client's key, server's key, client's salt, server's salt (RFC 5764 §4.2). */
  #srtpKeys(): SrtpKeys {
    const profile = read(srtpProfiles.find(({ dtlsNumber }) => dtlsNumber === this.#profile));
    const { keyBytes, saltBytes } = profile;
    const material = exportForSrtp(this.#master, this.#randoms, 2 * (keyBytes + saltBytes));
    const masterOf = (side: 0 | 1): SrtpMaster => ({
      profile,
      key: material.subarray(side * keyBytes, (side + 1) * keyBytes),
      salt: material.subarray(2 * keyBytes + side * saltBytes, 2 * keyBytes + (side + 1) * saltBytes),
    });
    return this.#isClient
      ? { local: masterOf(0), remote: masterOf(1) }
      : { local: masterOf(1), remote: masterOf(0) };
  }

  #say(type: number, body: Buffer): Outgoing {
    const fragment = writeMessage({ type, sequence: this.#nextMessage, body });
    this.#nextMessage += 1;
    this.#transcript.push(fragment);
    return { type: contentTypes.handshake, epoch: 0, fragment };
  }

  /** Sends a flight, and again until the next one of the far side is whole. */
  #begin(flight: Outgoing[]): void {
    this.#flight = flight;
    this.#stopTimer();
    this.#repeatAfter(firstWaitMs);
    this.#transmit();
  }

  #repeatAfter(waitMs: number): void {
    this.#stopTimer = this.#options.after(waitMs, () => {
      this.#repeatAfter(Math.min(2 * waitMs, longestWaitMs));
      this.#transmit();
    });
  }

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
  #written({ type, epoch, fragment }: Outgoing): Buffer {
    const sequence = this.#nextRecord[epoch] ?? 0;
    this.#nextRecord[epoch] = sequence + 1;
    const record = { type, epoch, sequence, fragment };
    return writeRecord(epoch === 1 && this.#keys !== null ? sealRecord(record, this.#keys.own) : record);
  }

  #fail(refusal: Refusal): void {
    if (this.#phase !== 'running') return;
    this.close();
    const alert = { type: contentTypes.alert, epoch: 0, fragment: fatalAlert(refusal.alert) };
    this.#options.send(this.#written(alert));
    this.#options.onFailed(refusal.message);
  }
}
