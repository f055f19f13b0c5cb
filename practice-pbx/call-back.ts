/**
 * The operator's call back: after a while every registered phone rings; the first that answers has the call, the others stop
 * ringing and are told that it was answered elsewhere (RFC 3326).
 */
import type { Replaces } from '../engine/sip/replaces.ts';
import type { OutgoingCall } from './outgoing-call.ts';

export interface CallBackOptions {
  /** The extensions at both ends. */
  between: readonly string[];
  afterMs: number;
  /** The phones that are registered when the time has come; each makes a call, not yet started. */
  makeCalls: (events: {
    onAnswered: (call: OutgoingCall) => void;
    onEnded: (call: OutgoingCall) => void;
  }) => OutgoingCall[];
  /** It rings from now on. */
  onRinging: () => void;
  /** All its calls are over, or there was nobody to call. */
  onEnded: (callBack: CallBack) => void;
}

export class CallBack {
  readonly #options: CallBackOptions;
  readonly #calls = new Set<OutgoingCall>();
  readonly #pause: NodeJS.Timeout;
  #over = false;

  constructor(options: CallBackOptions) {
    this.#options = options;
    this.#pause = setTimeout(() => this.#ring(), options.afterMs);
  }

  /** Calls nobody any more and ends what goes on. Idempotent. */
  async close(): Promise<void> {
    clearTimeout(this.#pause);
    await Promise.all([...this.#calls].map((call) => call.close()));
    this.#end();
  }

  /** The extensions that it keeps busy. */
  get engaged(): readonly string[] {
    return this.#calls.size > 0 ? this.#options.between : [];
  }

  /** The call among its calls whose dialog a Replaces names. */
  named(replaces: Replaces): OutgoingCall | undefined {
    return [...this.#calls].find((call) => call.isNamedBy(replaces));
  }

  /** Frees everything, whatever the far side thinks. Idempotent. */
  abandon(): void {
    clearTimeout(this.#pause);
    for (const call of [...this.#calls]) call.abandon();
    this.#end();
  }

  #ring(): void {
    const calls = this.#options.makeCalls({
      onAnswered: (winner) => {
        for (const call of [...this.#calls]) {
          if (call !== winner) void call.close('SIP;cause=200;text="Call completed elsewhere"');
        }
      },
      onEnded: (call) => {
        this.#calls.delete(call);
        if (this.#calls.size === 0) this.#end();
      },
    });
    for (const call of calls) this.#calls.add(call);
    for (const call of calls) void call.start();
    if (calls.length === 0) this.#end();
    else this.#options.onRinging();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.onEnded(this);
  }
}
