/**
 * One side of a DTLS handshake as far as cryptography goes: judges what the far side's messages prove, writes our own, and has the
 * secrets that come of both. When each is due is dtls-machine.ts; ciphers, curves and signatures are OpenSSL's.
 *
 * The suites are ECDHE on P-256 with AES-128-GCM, with certificates of both sides.
 */
import { sign, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { assertNever } from '../../contract/assert-never.ts';
import type { Fingerprint } from './dtls-terms.ts';
import { refusal, type Refusal } from './dtls-alert.ts';
import { fitsFingerprint, type DtlsCertificate } from './dtls-certificate.ts';
import { writeMessage } from './dtls-fragments.ts';
import type { DtlsRole, Flight } from './dtls-machine.ts';
import {
  cipherSuites,
  keyParameters,
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
  writeServerHello,
  writeSignature,
  type MessageName,
  type Signed,
} from './dtls-messages.ts';
import { contentTypes, type DtlsRecord } from './dtls-record.ts';
import { DtlsSecrets } from './dtls-secrets.ts';
import { srtpProfiles } from './srtp-profile.ts';

export interface DtlsSideOptions {
  /** `active` is TLS's client. */
  role: DtlsRole;
  certificate: DtlsCertificate;
  /** Of the far side, from its SDP. */
  fingerprints: readonly Fingerprint[];
  /** That many unpredictable bytes. */
  random: (bytes: number) => Buffer;
}

/** A record before it has its number. */
export type OutgoingRecord = Pick<DtlsRecord, 'type' | 'epoch' | 'fragment'>;

const offeredProfiles = srtpProfiles.flatMap(({ dtlsNumber }) => dtlsNumber ?? []);
const profileOf = (number: number) => srtpProfiles.find(({ dtlsNumber }) => dtlsNumber === number);
const senseless = refusal('the far side sent a message that makes no sense');
const noCommonProfile = refusal('the far side has no SRTP profile in common');

export class DtlsSide {
  readonly #own: DtlsCertificate;
  readonly #fingerprints: readonly Fingerprint[];
  /** Of no use to anybody before the handshake has come to its end. */
  readonly secrets: DtlsSecrets;
  /** Everything said by both sides so far, as Finished proves it. */
  #transcript: Buffer[] = [];
  #nextMessage = 0;
  #cookie: Buffer = Buffer.alloc(0);
  #peerKey: KeyObject | null = null;
  #certificateWanted = false;

  constructor({ role, certificate, fingerprints, random }: DtlsSideOptions) {
    this.#own = certificate;
    this.#fingerprints = fingerprints;
    this.secrets = new DtlsSecrets(role, random(32));
  }

  /** Reads a message that is due. Answers why the handshake must end when it does not prove what it has to. */
  take(name: MessageName, sequence: number, body: Buffer): Refusal | undefined {
    const said = writeMessage({ type: messageTypes[name], sequence, body });
    try {
      const refused = this.#judge(name, body, said);
      if (refused === undefined && name !== 'helloVerifyRequest') this.#transcript.push(said);
      return refused;
    } catch {
      // OpenSSL throws for points that are not on the curve and for what is no certificate.
      return refusal('the far side sent what cannot be used');
    }
  }

  #judge(name: MessageName, body: Buffer, said: Buffer): Refusal | undefined {
    switch (name) {
      case 'helloVerifyRequest':
        return this.#onCookie(body);
      case 'clientHello':
        return this.#onClientHello(body);
      case 'serverHello':
        return this.#onServerHello(body);
      case 'certificate':
        return this.#onCertificate(body);
      case 'serverKeyExchange':
        return this.#onServerKeyExchange(body);
      case 'certificateRequest':
        this.#certificateWanted = true;
        return undefined;
      case 'serverHelloDone':
        return undefined;
      case 'clientKeyExchange':
        return this.#onClientKeyExchange(body, said);
      case 'certificateVerify': {
        const signed = readCertificateVerify(body);
        return signed === undefined ? senseless : this.#checkSignature(signed, this.#said);
      }
      case 'finished':
        return body.equals(this.secrets.proof('theirs', this.#said))
          ? undefined
          : refusal('somebody has changed the handshake on its way');
      default:
        return assertNever(name);
    }
  }

  #onCookie(body: Buffer): Refusal | undefined {
    const cookie = readCookie(body);
    if (cookie === undefined) return senseless;
    this.#cookie = cookie;
    // Neither this nor the first ClientHello counts (RFC 6347 §4.2.1).
    this.#transcript = [];
    return undefined;
  }

  #onServerHello(body: Buffer): Refusal | undefined {
    const hello = readServerHello(body);
    if (hello === undefined) return senseless;
    const { random, suite, srtpProfile, extendedMaster } = hello;
    if (suite !== cipherSuites.ecdsa && suite !== cipherSuites.rsa)
      return refusal('the far side chose a cipher that was not offered');
    const profile = srtpProfile === undefined ? undefined : profileOf(srtpProfile);
    if (profile === undefined) return noCommonProfile;
    this.secrets.settle({ peerRandom: random, profile, extendedMaster });
    return undefined;
  }

  #onClientHello(body: Buffer): Refusal | undefined {
    const hello = readClientHello(body);
    if (hello === undefined) return senseless;
    if (!hello.capable || !hello.suites.includes(cipherSuites.ecdsa))
      return refusal('the far side has no cipher in common');
    const { random: peerRandom, extendedMaster } = hello;
    const profile = srtpProfiles.find(
      ({ dtlsNumber }) => dtlsNumber !== null && hello.srtpProfiles.includes(dtlsNumber),
    );
    if (profile === undefined) return noCommonProfile;
    this.secrets.settle({ peerRandom, profile, extendedMaster });
    return undefined;
  }

  #onCertificate(body: Buffer): Refusal | undefined {
    const certificate = readCertificate(body);
    if (certificate === undefined) return senseless;
    if (!fitsFingerprint(certificate, this.#fingerprints))
      return refusal('the far side showed another certificate than it had announced', 'badCertificate');
    this.#peerKey = new X509Certificate(certificate).publicKey;
    return undefined;
  }

  #onServerKeyExchange(body: Buffer): Refusal | undefined {
    const exchange = readServerKeyExchange(body);
    if (exchange === undefined) return senseless;
    const { point, ...signed } = exchange;
    const { client, server } = this.secrets.randoms;
    const refused = this.#checkSignature(signed, Buffer.concat([client, server, keyParameters(point)]));
    if (refused === undefined) this.secrets.share(point);
    return refused;
  }

  #onClientKeyExchange(body: Buffer, said: Buffer): Refusal | undefined {
    const point = readClientKeyExchange(body);
    if (point === undefined) return senseless;
    this.secrets.share(point);
    this.secrets.derive(Buffer.concat([this.#said, said]));
    return undefined;
  }

  /** The fingerprint alone proves nothing: anybody may show a certificate. Its key must have signed. */
  #checkSignature({ scheme, signature }: Signed, signed: Buffer): Refusal | undefined {
    const hash = signatureHashes.get(scheme);
    const isGenuine =
      hash !== undefined && this.#peerKey !== null && verify(hash, signed, this.#peerKey, signature);
    return isGenuine ? undefined : refusal('the far side could not prove its certificate', 'badCertificate');
  }

  /** What this side says in one go. Each flight is written once, when it is due. */
  flight(name: Flight): OutgoingRecord[] {
    switch (name) {
      case 'hello': {
        const hello = { random: this.secrets.ownRandom, cookie: this.#cookie, srtpProfiles: offeredProfiles };
        return [this.#say('clientHello', writeClientHello(hello))];
      }
      case 'server-hello':
        return this.#serverHello();
      case 'client-proof':
        return this.#clientProof();
      case 'server-finish':
        return this.#finish();
      default:
        return assertNever(name);
    }
  }

  #serverHello(): OutgoingRecord[] {
    const { profile, extendedMaster } = this.secrets.terms;
    const { client, server } = this.secrets.randoms;
    const parameters = keyParameters(this.secrets.point);
    const signature = this.#signed(Buffer.concat([client, server, parameters]));
    const hello = {
      random: this.secrets.ownRandom,
      suite: cipherSuites.ecdsa,
      srtpProfile: profile.dtlsNumber ?? undefined,
      extendedMaster,
    };
    return [
      this.#say('serverHello', writeServerHello(hello)),
      this.#say('certificate', writeCertificate(this.#own.certificate)),
      this.#say('serverKeyExchange', Buffer.concat([parameters, writeSignature(signature)])),
      this.#say('certificateRequest', writeCertificateRequest()),
      this.#say('serverHelloDone', Buffer.alloc(0)),
    ];
  }

  #clientProof(): OutgoingRecord[] {
    const shown = this.#certificateWanted
      ? [this.#say('certificate', writeCertificate(this.#own.certificate))]
      : [];
    const exchange = this.#say('clientKeyExchange', writeClientKeyExchange(this.secrets.point));
    this.secrets.derive(this.#said);
    const proof = this.#certificateWanted
      ? [this.#say('certificateVerify', writeSignature(this.#signed(this.#said)))]
      : [];
    return [...shown, exchange, ...proof, ...this.#finish()];
  }

  #finish(): OutgoingRecord[] {
    const proof = this.secrets.proof('ours', this.#said);
    const change = { type: contentTypes.changeCipherSpec, epoch: 0, fragment: Buffer.from([1]) };
    return [change, { ...this.#say('finished', proof), epoch: 1 }];
  }

  #say(name: MessageName, body: Buffer): OutgoingRecord {
    const fragment = writeMessage({ type: messageTypes[name], sequence: this.#nextMessage, body });
    this.#nextMessage += 1;
    this.#transcript.push(fragment);
    return { type: contentTypes.handshake, epoch: 0, fragment };
  }

  get #said(): Buffer {
    return Buffer.concat(this.#transcript);
  }

  #signed(text: Buffer): Buffer {
    return sign('sha256', text, this.#own.privateKey);
  }
}
