/** The services behind the numbers: which script a number runs, and what scripts do to mailboxes. */
import { assertNever } from '../contract/assert-never.ts';
import type { Mailbox } from '../contract/snapshot.ts';
import type { Logger } from '../engine/log.ts';
import { attendantStart, stepAttendant } from './auto-attendant.ts';
import { findDestination, practicePin } from './dial-plan.ts';
import { stepEcho } from './echo-test.ts';
import { mailboxStart, stepMailbox } from './mailbox-menu.ts';
import type { MessageStore } from './message-store.ts';
import { type MessageTakingState, stepMessageTaking } from './message-taking.ts';
import { type OperatorState, stepOperatorCalled, stepOperatorCalling } from './operator.ts';
import type { PromptLibrary } from './prompt-library.ts';
import type { OutsideEffect } from './script-runner.ts';
import { clockStart, stepClock } from './speaking-clock.ts';
import { type Clip, type VoiceEvent, type VoiceScript, runReducer } from './voice-script.ts';

type MailboxEffect = Exclude<OutsideEffect, { type: 'go-to' | 'hang-up' | 'call-back' }>;

export class Services {
  readonly #library: PromptLibrary;
  readonly #store: MessageStore;
  readonly #now: () => number;
  readonly #log: Logger;

  constructor(options: { library: PromptLibrary; store: MessageStore; now: () => number; log: Logger }) {
    this.#library = options.library;
    this.#store = options.store;
    this.#now = options.now;
    this.#log = options.log;
  }

  readonly samples = (clip: Clip): Int16Array => this.#library.samples(clip);

  /** A fresh script for a call to `number`; undefined when nothing answers there. */
  scriptFor(number: string, caller: string): VoiceScript | undefined {
    const destination = findDestination(number);
    switch (destination.kind) {
      case 'refused':
      case 'no-answer':
        return undefined;
      case 'message': {
        const { box } = destination;
        const taking = {
          box,
          from: caller,
          hasGreeting: this.#store.hasGreeting(box),
          full: this.#store.isFull(box),
        };
        return runReducer<MessageTakingState>('start', (state, event) =>
          stepMessageTaking(taking, state, event),
        );
      }
      case 'service':
        break;
      default:
        return assertNever(destination);
    }
    switch (destination.service) {
      case 'attendant':
        return runReducer(attendantStart, stepAttendant);
      case 'operator':
        return runReducer<OperatorState>('start', (state, event) => stepOperatorCalled(caller, state, event));
      case 'echo':
        return runReducer('start', stepEcho);
      case 'clock':
        return runReducer(clockStart, (state, event) => stepClock(this.#library.durationMs, state, event));
      case 'mailbox':
        return this.#mailbox(caller);
      default:
        return assertNever(destination.service);
    }
  }

  /** What the operator says when he calls. */
  operatorCalling(): VoiceScript {
    return runReducer<OperatorState>('start', stepOperatorCalling);
  }

  /** What a mailbox holds. */
  mailbox(box: string): Mailbox {
    const messages = this.#store.list(box);
    const fresh = messages.filter(({ isNew }) => isNew).length;
    return { waiting: fresh > 0, new: fresh, old: messages.length - fresh };
  }

  /** Carries out what a script does to a mailbox. A disk that refuses is told in the log. */
  perform(effect: MailboxEffect): void {
    try {
      this.#change(effect);
    } catch (reason) {
      this.#log.error(`the mailbox could not be changed (${effect.type}): ${String(reason)}`);
    }
  }

  #change(effect: MailboxEffect): void {
    switch (effect.type) {
      case 'keep-recording': {
        const { as, samples } = effect;
        if (as.kind === 'greeting') this.#store.writeGreeting(as.box, samples);
        else this.#store.add(as.box, { from: as.from, atMs: this.#now(), samples });
        return;
      }
      case 'delete-greeting':
        this.#store.deleteGreeting(effect.box);
        return;
      case 'delete-message':
        this.#store.delete(effect.box, effect.id);
        return;
      case 'save-message':
        this.#store.markHeard(effect.box, effect.id);
        return;
      default:
        assertNever(effect);
    }
  }

  #mailbox(box: string): VoiceScript {
    const contents = {
      box,
      pin: practicePin,
      hasGreeting: this.#store.hasGreeting(box),
      messages: this.#store.list(box),
    };
    return runReducer(mailboxStart(contents), (state, event: VoiceEvent) =>
      stepMailbox(contents, state, event),
    );
  }
}
