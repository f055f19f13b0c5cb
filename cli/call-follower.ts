/**
 * Follows one call for the command line: prints its events, presses the keys, hangs up after `--for`, and says how it went.
 */
import type { Call } from '../engine/sip/call.ts';
import { assertNever } from '../contract/assert-never.ts';
import type { MediaStats } from '../contract/snapshot.ts';
import type { CallOptions } from './line-options.ts';
import type { Output } from './output.ts';

export interface CallOutcome {
  /** The call was answered and ended by a hang-up on either side. */
  completed: boolean;
}

/** Resolves when the call has ended and its `stats` event is out. */
export function followCall(call: Call, options: CallOptions, output: Output): Promise<CallOutcome> {
  return new Promise((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    let lastState = '';
    let final: MediaStats | undefined;

    const answered = () => {
      if (options.dtmf !== undefined) {
        const digits = options.dtmf;
        timers.push(
          setTimeout(() => call.sendDigits(digits, { gapMs: options.dtmfGap }), options.dtmfAfter * 1000),
        );
      }
      if (options.for !== undefined) timers.push(setTimeout(() => call.hangup(), options.for * 1000));
    };

    const report = () => {
      const { state, direction, remote, end } = call.snapshot;
      if (state === lastState || state === 'connecting') return;
      lastState = state;
      const [code, reason] = progressWords(state, end);
      output.event({ event: 'call', id: call.id, direction, state, code, reason, remote: remote.uri });
      const name = remote.name === '' ? remote.number : `${remote.name} (${remote.number})`;
      if (state === 'calling') output.say(`Calling ${name}…`);
      if (state === 'ringing') output.say(direction === 'incoming' ? `${name} calls.` : `${name} rings.`);
      if (state === 'early') output.say('The far side already sends sound.');
      if (state === 'connected') {
        output.say(`Connected to ${name}.`);
        answered();
      }
    };

    call.on((event) => {
      switch (event.type) {
        case 'changed':
          report();
          break;
        case 'digit': {
          const { direction, digit, method, durationMs } = event;
          output.event({ event: 'dtmf', id: call.id, direction, digit, method, durationMs });
          if (direction === 'received') output.say(`Key ${digit} received.`);
          break;
        }
        case 'stats':
          if (event.final) final = event.stats;
          break;
        case 'notice':
          output.sayError(event.error);
          break;
        case 'levels':
          break;
        default:
          return assertNever(event);
      }
    });
    report();

    void call.ended.then(() => {
      for (const timer of timers) clearTimeout(timer);
      report();
      const { end, answeredAt } = call.snapshot;
      if (end !== null) {
        output.say(end.sentence);
        if (end.error !== null) {
          const status = end.by === 'there' ? ` (SIP ${end.status} ${end.reason})` : '';
          output.say(`${end.error.cure}${status}`);
        }
      }
      if (final !== undefined) sayStats(call.id, final, output);
      resolve({ completed: answeredAt !== null && end?.error === null });
    });
  });
}

/** The SIP status and phrase that belong to a state. */
function progressWords(state: string, end: Call['snapshot']['end']): [number | null, string | null] {
  if (end !== null) return [end.status, end.reason];
  if (state === 'ringing') return [180, 'Ringing'];
  if (state === 'early') return [183, 'Session Progress'];
  if (state === 'connected') return [200, 'OK'];
  return [null, null];
}

function sayStats(id: string, stats: MediaStats, output: Output): void {
  const { sent, received, lost, late, concealedMs, jitterMs, rttMs, codec } = stats;
  output.event({ event: 'stats', id, sent, received, lost, late, concealedMs, jitterMs, rttMs, codec });
  if (sent + received > 0)
    output.say(`${codec}: ${sent} packets sent, ${received} received, ${lost} lost, ${late} late.`);
}
