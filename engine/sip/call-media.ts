/**
 * The sound of one call: its media session and the offer/answer exchanges that shape it. Holds the local description's identity and
 * version (RFC 3264 §8), applies what was negotiated, and knows who holds whom. While we hold, nothing of ours is sent and nothing
 * of theirs is heard, from the moment that it is wished until the far side has agreed to the end of it.
 */
import { randomBytes } from 'node:crypto';
import { makeError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { AccountSettings, Settings } from '../../contract/settings.ts';
import type { CallSnapshot, MediaEncryption, MediaPathInfo, MediaStats } from '../../contract/snapshot.ts';
import type { IceOptions, IceDescription } from '../nat/ice-description.ts';
import type {
  MediaEngine,
  MediaParameters,
  MediaSession,
  MediaSessionEvent,
  SoundSink,
  SoundSource,
} from '../media/media-engine.ts';
import { isSameAssociation, type Fingerprint } from '../rtp/dtls-terms.ts';
import type { DigitSound } from './call-digits.ts';
import { randomFraction, randomToken } from './random-token.ts';
import { makeKeys } from './sdp/crypto-lines.ts';
import { firstMid } from './sdp/ice-lines.ts';
import { answerOffer, makeOffer, readAnswer } from './sdp/offer-answer.ts';
import type { LocalDescription, Negotiated, SdpProblem } from './sdp/offer-answer.ts';
import type { LocalProtection } from './sdp/stream-protection.ts';
import type { ToldCandidates } from './trickle-machine.ts';
import type { TrickledExchange, TrickledSound } from './call-trickle.ts';

/** What an account and its connection to the server make of encryption. */
export interface EncryptionPolicy {
  policy: AccountSettings['media_encryption'];
  /** Whoever reads the signalling could read the keys in it; TLS and WSS keep them. */
  signallingIsSecure: () => boolean;
}

/** What an account makes of the way of its sound. */
export interface PathPolicy {
  /** Undefined where sound goes straight. */
  ice: () => Promise<IceOptions | undefined>;
  /** RTP and RTCP are offered on one port. */
  rtcpMux: boolean;
  /** Candidates may follow a description (RFC 8838). */
  trickle: boolean;
}

/** What of sound was negotiated. */
export interface NegotiatedSound {
  /** Somebody should hear us, and we should hear somebody. */
  sends: boolean;
  expects: boolean;
  /** Silence may be left out. */
  mayPause: boolean;
  /** Where theirs should come from and ours should go to; empty where ICE finds the way. */
  namedAddress: string;
  namedPort: number;
  ownAddress: string;
}

export const noSound: NegotiatedSound = {
  sends: false,
  expects: false,
  mayPause: false,
  namedAddress: '',
  namedPort: 0,
  ownAddress: '',
};

/** What keeps this phone from answering an offer, told before a media session exists; undefined for one that it can answer. */
export function offerProblem(
  offer: string,
  settings: Settings,
  address: string,
  policy: EncryptionPolicy['policy'],
): SdpProblem | undefined {
  const fingerprint = () => ({ algorithm: 'sha-256', value: '00' });
  const protection = { policy, keys: makeKeys((bytes) => Buffer.alloc(bytes)), fingerprint, tlsId: '' };
  const place = { sessionId: '1', version: 1, address, port: 9 };
  const outcome = answerOffer(offer, { ...place, settings, direction: 'sendrecv', protection });
  return outcome.ok ? undefined : outcome.problem;
}

/** RFC 8842 §4: at least 120 random bits. */
const newTlsId = () => randomToken(16);

/** What a description says where it is not what an offer would say. */
interface DescriptionTerms {
  direction?: LocalDescription['direction'];
  trickle?: boolean;
}

const noEncryption: MediaEncryption = { kind: 'none', suite: '' };

export class CallMedia implements DigitSound, TrickledSound {
  readonly #session: MediaSession;
  readonly #settings: () => Settings;
  readonly #sessionId = String(Math.floor(randomFraction() * 2 ** 31) + 1);
  #version = 0;
  #lastText = '';
  #parameters: MediaParameters | undefined;
  /** The far side holds us. */
  #held = false;
  /** We want to hold. */
  #holds = false;
  /** What is in force was negotiated as our hold. */
  #holdInForce = false;
  /** Our offer that has no answer yet, or whose answers may still change (early media). */
  #offered: { local: LocalDescription; holds: boolean } | undefined;
  readonly #encryptionPolicy: EncryptionPolicy;
  /** Ours, for descriptions that carry keys. */
  #keys = makeKeys(randomBytes);
  /** Names our end of a handshake's outcome (RFC 8842). */
  #tlsId = newTlsId();
  /** How the stream was negotiated to be encrypted. */
  #protection: LocalProtection['present'];
  /** How its packets are encrypted, as the media session tells it. */
  #encryption = noEncryption;
  /** Of our certificate. */
  readonly #fingerprint: () => Fingerprint;
  readonly #paths: PathPolicy;
  /** The far side takes candidates that follow a description. */
  readonly #takesCandidates: () => boolean;
  /** The stream's name in both descriptions (a=mid). */
  #mid = firstMid;
  /** What our description in force names. */
  #described: ToldCandidates = { candidates: [], complete: false };
  /** The way that packets take, as the media session tells it. */
  #path: MediaPathInfo | null = null;

  /** Rejects with `media.ports-used-up`, `media.turn` or `media.file`. */
  static async open(options: {
    media: MediaEngine;
    settings: () => Settings;
    localAddress: string;
    source: SoundSource;
    sink: SoundSink;
    encryption: EncryptionPolicy;
    paths: PathPolicy;
    takesCandidates: () => boolean;
    onEvent: (event: MediaSessionEvent) => void;
  }): Promise<CallMedia> {
    const { media, settings, localAddress, source, sink, encryption, paths, takesCandidates, onEvent } =
      options;
    const { port_min: portMin, port_max: portMax } = settings().rtp;
    const ice = await paths.ice();
    const session = await media.openSession({
      localAddress,
      portMin,
      portMax,
      source,
      sink,
      // Where nobody knows whether more may follow, the description has to name all (half trickle, RFC 8840 §5.4).
      ...(ice === undefined ? {} : { ice: { ...ice, trickle: paths.trickle && takesCandidates() } }),
    });
    const fingerprint = () => media.fingerprint();
    const opened = new CallMedia(session, settings, { encryption, fingerprint, paths, takesCandidates });
    session.on((event) => {
      if (event.type === 'encrypted') opened.#encryption = event.encryption;
      if (event.type === 'path') opened.#path = event.path;
      onEvent(event);
    });
    return opened;
  }

  private constructor(
    session: MediaSession,
    settings: () => Settings,
    policies: {
      encryption: EncryptionPolicy;
      fingerprint: () => Fingerprint;
      paths: PathPolicy;
      takesCandidates: () => boolean;
    },
  ) {
    this.#session = session;
    this.#settings = settings;
    this.#encryptionPolicy = policies.encryption;
    this.#fingerprint = policies.fingerprint;
    this.#paths = policies.paths;
    this.#takesCandidates = policies.takesCandidates;
  }

  /** True once something was negotiated. */
  get running(): boolean {
    return this.#parameters !== undefined;
  }

  /** The far side holds us. */
  get held(): boolean {
    return this.#held;
  }

  get snapshot(): CallSnapshot['media'] {
    if (this.#parameters === undefined) return [];
    const { codec, direction } = this.#parameters;
    const { sampleRate, name } = codec;
    const encryption = this.#encryption;
    return [
      {
        kind: 'audio',
        codec: name,
        direction,
        secure: this.#isSecure,
        sampleRate,
        encryption,
        path: this.#path,
      },
    ];
  }

  /** Nobody on the way can listen. Keys that were read on the way are no secret. */
  get #isSecure(): boolean {
    const { kind } = this.#encryption;
    return kind === 'dtls' || (kind === 'sdes' && this.#encryptionPolicy.signallingIsSecure());
  }

  /** The far side takes telephone-events (RFC 4733). */
  get takesEvents(): boolean {
    return this.#parameters !== undefined && this.#parameters.telephoneEventPayloadType !== null;
  }

  /** Holds from now on, or wants to stop holding: then sound flows again once that is negotiated. */
  setHold(holds: boolean): void {
    this.#holds = holds;
    this.#run();
  }

  /** Sound of the far side should come: nobody holds, and it was negotiated. */
  get expectsSound(): boolean {
    if (this.#parameters === undefined || this.#holds || this.#holdInForce || this.#held) return false;
    const { direction } = this.#parameters;
    return direction === 'sendrecv' || direction === 'recvonly';
  }

  /** What of sound was negotiated: who should hear whom, whether silence may be left out, and where theirs should come from. */
  get sound(): NegotiatedSound {
    if (this.#parameters === undefined) return noSound;
    const { direction, comfortNoisePayloadType, codec, ice, remoteAddress, remotePort } = this.#parameters;
    return {
      sends: !this.#holds && !this.#holdInForce && (direction === 'sendrecv' || direction === 'sendonly'),
      expects: this.expectsSound,
      mayPause: comfortNoisePayloadType !== null || codec.opus?.dtx === true,
      namedAddress: ice === null ? remoteAddress : '',
      namedPort: remotePort,
      ownAddress: this.#session.local.address,
    };
  }

  /** Moves to another local address, which the next offer or answer names; with ICE that is a restart, due also at the same. Rejects as MediaSession.move does. */
  async move(localAddress: string): Promise<void> {
    const { address, ice } = this.#session.local;
    if (ice !== null || localAddress !== address) await this.#session.move(localAddress);
  }

  /** An offer of everything enabled. */
  offer(): string {
    const text = this.#describe((local) => makeOffer(local));
    this.#offered = { local: this.#local(this.#version), holds: this.#holds };
    return text;
  }

  /** Answers an offer and runs what came of it; undefined when nothing is in common. */
  answer(offer: string): string | undefined {
    // What we answer is what we want of it; who held before does not matter (RFC 3264 §6.1).
    const direction = this.#holds ? 'sendonly' : 'sendrecv';
    // Whoever takes no INFO of it would wait for candidates for ever.
    const terms = { direction, trickle: this.#paths.trickle && this.#takesCandidates() } as const;
    const trial = answerOffer(offer, this.#local(this.#version, terms));
    if (!trial.ok) return undefined;
    if (this.#isRekeyed(trial)) {
      this.#makeSecrets();
      return this.answer(offer);
    }
    const text = this.#describe((local) => {
      const answered = answerOffer(offer, local);
      return answered.ok ? answered.answer : '';
    }, terms);
    this.#held = trial.held;
    this.#apply(trial, { local: this.#local(this.#version), holds: this.#holds });
    return text;
  }

  /** Runs what the far side answered to our offer; the error when it cannot be used. */
  applyAnswer(answer: string, target: string): PhoneError | undefined {
    const { local, holds } = this.#offered ?? { local: this.#local(this.#version), holds: this.#holds };
    const negotiated = readAnswer(answer, local);
    if (!negotiated.ok) {
      const unencrypted = negotiated.problem === 'not-encrypted';
      return makeError(unencrypted ? 'media.encryption-required' : 'call.no-common-codec', { target });
    }
    // An offer to send nothing is no question about their hold, so its answer tells nothing about it.
    if (local.direction !== 'inactive') this.#held = negotiated.held;
    this.#apply(negotiated, { local, holds });
    return undefined;
  }

  /** Somebody else takes the far side's place: what the former one knows is of no use from here on. */
  renewKeys(): void {
    this.#makeSecrets();
    this.#protection = undefined;
  }

  #makeSecrets(): void {
    this.#keys = makeKeys(randomBytes);
    this.#tlsId = newTlsId();
  }

  /** The call is on: sound files begin. */
  talk(): void {
    this.#session.answered();
  }

  setMuted(muted: boolean): void {
    this.#session.setMuted(muted);
  }

  /** See MediaSession. */
  setAside(aside: boolean): void {
    this.#session.setAside(aside);
  }

  /** See MediaSession. */
  join(conference: string | null): void {
    this.#session.join(conference);
  }

  /** See MediaSession. */
  record(options: { path: string; tone: boolean }): Promise<void> {
    return this.#session.record(options);
  }

  /** See MediaSession. */
  stopRecording(): Promise<void> {
    return this.#session.stopRecording();
  }

  get mid(): string {
    return this.#mid;
  }

  /** See CallTrickle. */
  get trickled(): TrickledExchange | null {
    const theirs = this.#parameters?.ice;
    const ours = this.#session.local.ice;
    if (theirs?.trickles !== true || ours === null) return null;
    // What is answered to a restart of theirs runs under the spare credentials before the session says so.
    const own = [ours, ours.spare].find(({ ufrag }) => ufrag === theirs.ours);
    if (own === undefined) return null;
    const { candidates, complete } = ours;
    return {
      id: `${theirs.ours} ${theirs.ufrag}`,
      mid: this.#mid,
      described: this.#described,
      present: { ufrag: own.ufrag, pwd: own.pwd, candidates, complete },
    };
  }

  /** See MediaSession. */
  addRemoteCandidates(ice: IceDescription): void {
    this.#session.addRemoteCandidates(ice);
  }

  /** Only while {@link takesEvents}. */
  sendDigits(digits: string, options: { durationMs: number; gapMs: number }): void {
    this.#session.sendDigits(digits, options);
  }

  sendTones(digits: string, options: { durationMs: number; gapMs: number }): void {
    this.#session.sendTones(digits, options);
  }

  /** Frees the ports. Idempotent. */
  close(): Promise<MediaStats> {
    return this.#session.close();
  }

  #local(version: number, terms: DescriptionTerms = {}): LocalDescription {
    const { direction = this.#direction(), trickle = this.#paths.trickle } = terms;
    const { address, port, ice } = this.#session.local;
    return {
      sessionId: this.#sessionId,
      version,
      address,
      port,
      settings: this.#settings(),
      direction,
      protection: {
        policy: this.#encryptionPolicy.policy,
        keys: this.#keys,
        fingerprint: this.#fingerprint,
        tlsId: this.#tlsId,
        ...(this.#protection === undefined ? {} : { present: this.#protection }),
      },
      transport: {
        ice,
        presentUfrag: this.#parameters?.ice?.ufrag,
        // Each port wants a handshake of its own; one is enough where both share it.
        rtcpMux: this.#paths.rtcpMux || this.#shakesHands,
        trickle,
        mid: this.#mid,
      },
    };
  }

  /**
   * An offer with another key of theirs than the one that runs. Then ours changes too, so that both sides begin to count their packets
   * at the same place: most phones begin anew with a new key. Likewise an offer that asks for another handshake (RFC 8842 §5.3).
   */
  #isRekeyed({ parameters }: Negotiated & { ok: true }): boolean {
    const [before, now] = [this.#protection?.protection, parameters.protection];
    if (before?.kind === 'dtls' && now.kind === 'dtls')
      return before.tlsIds.local === this.#tlsId && !isSameAssociation(before, now);
    if (before?.kind !== 'sdes' || now.kind !== 'sdes') return false;
    const isOurs = this.#keys.some(({ inline }) => inline === before.local.inline);
    return isOurs && before.remote.inline !== now.remote.inline;
  }

  get #shakesHands(): boolean {
    const present = this.#protection?.protection.kind;
    return (present ?? this.#encryptionPolicy.policy) === 'dtls';
  }

  /** Hold is "sendonly" (RFC 3264 §8.4), and "inactive" when they hold us as well (RFC 6337 §5.3). */
  #direction(): LocalDescription['direction'] {
    if (!this.#holds) return 'sendrecv';
    return this.#held ? 'inactive' : 'sendonly';
  }

  /** A description under the present version when it repeats the last one, else under the next. */
  #describe(write: (local: LocalDescription) => string, terms: DescriptionTerms = {}): string {
    const same = write(this.#local(this.#version, terms));
    if (same === this.#lastText) return same;
    this.#version += 1;
    this.#lastText = write(this.#local(this.#version, terms));
    return this.#lastText;
  }

  #apply(
    { parameters, protocol, mid }: Negotiated & { ok: true },
    { local, holds }: { local: LocalDescription; holds: boolean },
  ): void {
    const { ice } = parameters;
    const trickles = ice?.trickles === true && this.#takesCandidates();
    this.#parameters = ice === null ? parameters : { ...parameters, ice: { ...ice, trickles } };
    this.#mid = mid;
    const { candidates, complete } = local.transport?.ice ?? { candidates: [], complete: true };
    this.#described = { candidates, complete };
    this.#protection = { protection: parameters.protection, protocol };
    this.#holdInForce = holds;
    this.#run();
  }

  #run(): void {
    if (this.#parameters === undefined) return;
    const silent = this.#holds || this.#holdInForce;
    this.#session.start(silent ? { ...this.#parameters, direction: 'inactive' } : this.#parameters);
  }
}
