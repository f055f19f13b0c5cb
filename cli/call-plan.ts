/** What the command line does in a call once it is answered: keys, hold, transfer and hang-up, each at its time. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { PhoneFailure, toPhoneError } from '../contract/errors.ts';
import type { Settings } from '../contract/settings.ts';
import type { Call } from '../engine/sip/call.ts';
import { partyOfUri } from '../engine/sip/party.ts';
import type { UserAgent } from '../engine/sip/user-agent.ts';
import { followCall } from './call-follower.ts';
import type { CallOutcome, FollowedPlan } from './call-follower.ts';
import type { CallOptions } from './line-options.ts';
import type { Output } from './output.ts';
import { recordingOf } from './sound-options.ts';

export interface CallPlanOptions {
  options: CallOptions;
  userAgent: UserAgent;
  output: Output;
  recording: Settings['recording'];
}

/** Follows a call (call-follower.ts) and does in it what the options say. Resolves when it has ended. */
export function followPlanned(call: Call, options: CallPlanOptions): Promise<CallOutcome> {
  return followCall(call, options.output, new CallPlan(call, options));
}

class CallPlan implements FollowedPlan {
  readonly #call: Call;
  readonly #options: CallPlanOptions;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(call: Call, options: CallPlanOptions) {
    this.#call = call;
    this.#options = options;
  }

  /** False when a transfer was asked for and has not worked. */
  get fulfilled(): boolean {
    const { transfer, transferToCall } = this.#options.options;
    return (transfer ?? transferToCall) === undefined || this.#call.snapshot.transfer?.state === 'done';
  }

  /** The call has been answered. */
  begin(): void {
    const { options } = this.#options;
    const { dtmf, dtmfAfter, dtmfGap, holdAfter, holdFor, recordCall, transferAfter } = options;
    if (recordCall !== undefined) this.#after(0, () => this.#record(recordCall));
    if (dtmf !== undefined) this.#after(dtmfAfter, () => this.#call.sendDigits(dtmf, { gapMs: dtmfGap }));
    if (holdAfter !== undefined) {
      this.#after(holdAfter, () => this.#call.hold());
      if (holdFor !== undefined) this.#after(holdAfter + holdFor, () => this.#call.resume());
    }
    if ((options.transfer ?? options.transferToCall) !== undefined)
      this.#after(transferAfter, () => this.#transfer());
    if (options.for !== undefined) this.#after(options.for, () => this.#call.hangup());
  }

  /** The call has ended. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #after(seconds: number, act: () => Promise<void> | void): void {
    const timer = setTimeout(() => {
      void (async () => {
        try {
          await act();
        } catch (thrown) {
          this.#options.output.sayError(toPhoneError(thrown));
        }
      })();
    }, seconds * 1000);
    this.#timers.push(timer);
  }

  /** Into the file that was named, or `file-2.wav`, `file-3.wav`… where it is there already. */
  async #record(file: string): Promise<void> {
    const { allowed, tone } = this.#options.recording;
    if (!allowed) throw new PhoneFailure('recording.not-allowed');
    let nth = 1;
    while (existsSync(recordingOf(file, nth))) nth += 1;
    await this.#call.recording.start(recordingOf(file, nth), tone);
  }

  async #transfer(): Promise<void> {
    const { options, userAgent } = this.#options;
    const call = this.#call;
    // With nobody to ask what to do next, a call that could not be handed over ends.
    call.on(() => {
      if (call.snapshot.transfer?.state === 'refused') call.hangup();
    });
    if (options.transfer !== undefined) {
      const { address } = userAgent.addressOf(options.transfer);
      await call.transfer.blind(address, partyOfUri(address));
    } else if (options.transferToCall !== undefined) {
      await this.#talkFirst(options.transferToCall);
    }
  }

  async #talkFirst(target: string): Promise<void> {
    const { userAgent, output } = this.#options;
    const call = this.#call;
    await call.hold();
    const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
    const second = userAgent.call(target, { id: randomUUID(), ...sound });
    void followCall(second, output);
    const answered = new Promise<void>((resolve) => {
      second.on(() => {
        if (second.snapshot.state === 'connected') resolve();
      });
    });
    await Promise.race([answered, second.ended]);
    if (second.snapshot.state === 'connected') await call.transfer.attended(second.transfer);
    else call.hangup();
  }
}
