/**
 * The candidates of one call that follow its descriptions (RFC 8840): drives trickle-machine.ts with what the sound gathers and with INFO,
 * and hands the sound what the far side tells by INFO.
 */
import type { IceDescription } from '../nat/ice-description.ts';
import type { MessageHeaders } from './caller-identity.ts';
import type { DialogRequest } from './dialog-request.ts';
import type { InfoMessage, InfoReply } from './info-message.ts';
import { tricklePackage } from './info-message.ts';
import { listOf, withoutParameters } from './header-values.ts';
import { fragmentType, readFragment, writeFragment } from './sdp/candidate-fragment.ts';
import { saysTrickle } from './sdp/ice-lines.ts';
import { readSessionDescription } from './sdp/session-description.ts';
import type { ToldCandidates, TrickleEvent } from './trickle-machine.ts';
import { quietTrickle, stepTrickle } from './trickle-machine.ts';

/** What both descriptions say of candidates that may follow. */
export interface TrickledExchange {
  /** Tells it from every other one. */
  id: string;
  mid: string;
  /** What our description named. */
  described: ToldCandidates;
  /** Our side as it is now. */
  present: IceDescription;
}

/** The part of a call's sound that is concerned. */
export interface TrickledSound {
  /** Null where candidates do not follow the descriptions. */
  readonly trickled: TrickledExchange | null;
  /** The stream's name in both descriptions. */
  readonly mid: string;
  addRemoteCandidates(ice: IceDescription): void;
}

/** Sends an INFO in the dialog, which may be an early one, and resolves to the final status. Never rejects. */
export type SendInfo = (request: DialogRequest) => Promise<number>;

export interface CallTrickleOptions {
  /** The account takes part in it. */
  enabled: boolean;
  sound: () => TrickledSound | undefined;
}

export class CallTrickle {
  readonly #options: CallTrickleOptions;
  #state = quietTrickle;
  #taken = false;
  #send: SendInfo | undefined;

  constructor(options: CallTrickleOptions) {
    this.#options = options;
  }

  /** The far side takes candidates by INFO, and so do we. */
  get taken(): boolean {
    return this.#taken;
  }

  /** Any message of the far side: it may say which INFOs it takes (RFC 6086 §4.2.2). */
  heard(message: MessageHeaders): void {
    const packages = message.getHeaders('Recv-Info');
    if (!this.#options.enabled || packages.length === 0) return;
    this.#taken = listOf(packages).some((each) => withoutParameters(each) === tricklePackage);
  }

  /** Their offer, before anything is gathered for it: without the word for it, an answer has to name everything. */
  offered(offer: string): void {
    this.#taken &&= readSessionDescription(offer)?.media.some(saysTrickle) === true;
  }

  /**
   * Both sides know each other's descriptions, and INFOs go this way. `confirms`: the far side waits for a word of ours, because its
   * description came unreliably (RFC 8840 §4.3.2).
   */
  settled(send: SendInfo, { confirms = false } = {}): void {
    this.#send = send;
    const exchange = this.#exchange();
    if (exchange === null) return this.#dispatch({ type: 'settled-without' });
    const { id, described } = exchange;
    this.#dispatch({ type: 'settled', exchange: id, described, confirms });
    this.gathered();
  }

  /** Our side of the sound has changed. */
  gathered(): void {
    const exchange = this.#exchange();
    if (exchange === null) return;
    const { candidates, complete } = exchange.present;
    this.#dispatch({ type: 'gathered', exchange: exchange.id, candidates: { candidates, complete } });
  }

  /** An INFO of the package. */
  receive({ type, body }: InfoMessage): InfoReply {
    const sound = this.#options.sound();
    if (!this.#options.enabled) return { status: 469 };
    if (withoutParameters(type) !== fragmentType) return { status: 415 };
    if (sound === undefined) return { status: 200 };
    const fragment = readFragment(body, sound.mid);
    if (!fragment.ok) return { status: 400 };
    if (fragment.value !== null) sound.addRemoteCandidates(fragment.value);
    return { status: 200 };
  }

  /** The call is over. Idempotent. */
  close(): void {
    this.#dispatch({ type: 'ended' });
  }

  #exchange(): TrickledExchange | null {
    return this.#taken ? (this.#options.sound()?.trickled ?? null) : null;
  }

  #dispatch(event: TrickleEvent): void {
    const [state, effects] = stepTrickle(this.#state, event);
    this.#state = state;
    for (const { exchange, candidates } of effects) void this.#tell(exchange, candidates);
  }

  async #tell(id: string, { candidates, complete }: ToldCandidates): Promise<void> {
    const exchange = this.#exchange();
    if (exchange === null || exchange.id !== id || this.#send === undefined)
      return this.#dispatch({ type: 'answered', exchange: id, taken: false });
    const { ufrag, pwd } = exchange.present;
    const content = writeFragment({ ufrag, pwd, candidates: [...candidates], complete }, exchange.mid);
    const status = await this.#send({
      method: 'INFO',
      headers: [`Info-Package: ${tricklePackage}`, 'Content-Disposition: Info-Package'],
      body: { type: fragmentType, content },
    });
    this.#dispatch({ type: 'answered', exchange: id, taken: status < 300 });
  }
}
