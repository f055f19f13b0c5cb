/**
 * The sound of one call: its media session and the offer/answer exchanges that shape it. Holds the local description's identity and
 * version (RFC 3264 §8), applies what was negotiated, and knows whether the far side holds us.
 */
import { makeError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { CallSnapshot, MediaStats } from '../../contract/snapshot.ts';
import type { MediaEngine, MediaParameters, MediaSession, MediaSessionEvent } from '../media/media-engine.ts';
import type { SoundSink, SoundSource } from '../media/media-engine.ts';
import { randomFraction } from './random-token.ts';
import { answerOffer, makeOffer, readAnswer } from './sdp/offer-answer.ts';
import type { LocalDescription, Negotiated } from './sdp/offer-answer.ts';

/** True when an offer holds nothing that this phone could answer; told before a media session exists. */
export function isHopelessOffer(offer: string, settings: Settings, address: string): boolean {
  const local = { sessionId: '1', version: 1, address, port: 9, settings, direction: 'sendrecv' as const };
  return !answerOffer(offer, local).ok;
}

export class CallMedia {
  readonly #session: MediaSession;
  readonly #settings: () => Settings;
  readonly #sessionId = String(Math.floor(randomFraction() * 2 ** 31) + 1);
  #version = 0;
  #lastText = '';
  #parameters: MediaParameters | undefined;
  #held = false;

  /** Rejects with `media.ports-used-up` or `media.file`. */
  static async open(options: {
    media: MediaEngine;
    settings: () => Settings;
    localAddress: string;
    source: SoundSource;
    sink: SoundSink;
    onEvent: (event: MediaSessionEvent) => void;
  }): Promise<CallMedia> {
    const { media, settings, localAddress, source, sink, onEvent } = options;
    const { port_min: portMin, port_max: portMax } = settings().rtp;
    const session = await media.openSession({ localAddress, portMin, portMax, source, sink });
    session.on(onEvent);
    return new CallMedia(session, settings);
  }

  private constructor(session: MediaSession, settings: () => Settings) {
    this.#session = session;
    this.#settings = settings;
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
    return [{ kind: 'audio', codec: codec.name, direction, secure: false }];
  }

  /** How keys travel: RFC 4733 when both sides speak it, else SIP INFO where the settings allow it. */
  get dtmfMethod(): CallSnapshot['dtmfMethod'] {
    const { mode, sip_info_fallback } = this.#settings().dtmf;
    if (mode === 'INFO') return 'info';
    if (this.#parameters === undefined) return 'none';
    if (this.#parameters.telephoneEventPayloadType !== null) return 'rfc4733';
    return sip_info_fallback ? 'info' : 'none';
  }

  /** An offer of everything enabled. */
  offer(): string {
    return this.#describe((local) => makeOffer(local));
  }

  /** Answers an offer and runs what came of it; undefined when nothing is in common. */
  answer(offer: string): string | undefined {
    const trial = answerOffer(offer, this.#local(this.#version));
    if (!trial.ok) return undefined;
    const text = this.#describe((local) => {
      const answered = answerOffer(offer, local);
      return answered.ok ? answered.answer : '';
    });
    this.#apply(trial);
    return text;
  }

  /** Runs what the far side answered to our offer; the error when it cannot be used. */
  applyAnswer(answer: string, target: string): PhoneError | undefined {
    const negotiated = readAnswer(answer, this.#local(this.#version));
    if (!negotiated.ok) return makeError('call.no-common-codec', { target });
    this.#apply(negotiated);
    return undefined;
  }

  /** The call is on: sound files begin. */
  talk(): void {
    this.#session.answered();
  }

  setMuted(muted: boolean): void {
    this.#session.setMuted(muted);
  }

  /** Only with `dtmfMethod` `rfc4733`. */
  sendDigits(digits: string, gapMs: number): void {
    this.#session.sendDigits(digits, { durationMs: this.#settings().dtmf.duration, gapMs });
  }

  /** Frees the ports. Idempotent. */
  close(): Promise<MediaStats> {
    return this.#session.close();
  }

  #local(version: number): LocalDescription {
    return {
      sessionId: this.#sessionId,
      version,
      address: this.#session.localAddress,
      port: this.#session.localPort,
      settings: this.#settings(),
      direction: 'sendrecv',
    };
  }

  /** A description under the present version when it repeats the last one, else under the next. */
  #describe(write: (local: LocalDescription) => string): string {
    const same = write(this.#local(this.#version));
    if (same === this.#lastText) return same;
    this.#version += 1;
    this.#lastText = write(this.#local(this.#version));
    return this.#lastText;
  }

  #apply({ parameters, held }: Negotiated & { ok: true }): void {
    this.#parameters = parameters;
    this.#held = held;
    this.#session.start(parameters);
  }
}
