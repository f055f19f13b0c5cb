/**
 * Follows one call for the command line: prints its events and says how it went.
 */
import { qualityWord } from '../engine/media/quality.ts';
import type { Call } from '../engine/sip/call.ts';
import { assertNever } from '../contract/assert-never.ts';
import type { MediaStats, SoundProblem } from '../contract/snapshot.ts';
import type { Output } from './output.ts';

/** What is to be done in a call (call-plan.ts). */
export interface FollowedPlan {
  /** The call has been answered. */
  begin(): void;
  /** The call has ended. */
  end(): void;
  /** False when something that was asked for has not worked. */
  readonly fulfilled: boolean;
}

export interface CallOutcome {
  /** The call was answered and ended by a hang-up on either side. */
  completed: boolean;
}

/** Resolves when the call has ended and its `stats` event is out. */
export function followCall(call: Call, output: Output, plan?: FollowedPlan): Promise<CallOutcome> {
  return new Promise((resolve) => {
    let lastState = '';
    let final: MediaStats | undefined;
    const sayHold = onChange(() => holdOf(call), output, toldHold(call.id, { local: false, remote: false }));
    const sayTransfer = onChange(() => transferOf(call), output);
    const saySound = onChange(() => soundOf(call), output, toldSound(call.id, null));
    const sayPath = onChange(() => pathOf(call), output);
    const sayEncryption = onChange(() => encryptionOf(call), output);

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
        plan?.begin();
      }
    };

    call.on((event) => {
      switch (event.type) {
        case 'changed':
          report();
          sayHold();
          sayTransfer();
          saySound();
          sayEncryption();
          sayPath();
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
      plan?.end();
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
      const fulfilled = plan?.fulfilled ?? true;
      resolve({ completed: answeredAt !== null && end?.error === null && fulfilled });
    });
  });
}

interface Told {
  event: { event: string; [key: string]: unknown };
  sentence: string;
}

/** Tells something each time that it has become another; `first` needs no telling. */
function onChange(read: () => Told | null, output: Output, first: Told | null = null): () => void {
  let last = JSON.stringify(first);
  return () => {
    const told = read();
    const now = JSON.stringify(told);
    if (told === null || now === last) return;
    last = now;
    output.event(told.event);
    output.say(told.sentence);
  };
}

/** How the sound is encrypted; null while it is not. */
function encryptionOf(call: Call): Told | null {
  const [audio] = call.snapshot.media;
  if (audio === undefined || audio.encryption.kind === 'none') return null;
  const { kind, suite } = audio.encryption;
  const warning = audio.secure ? '' : ' Its keys went over signalling that is not encrypted.';
  return {
    event: { event: 'encryption', id: call.id, kind, suite, secure: audio.secure },
    sentence: `The sound is encrypted (${kind === 'sdes' ? 'SDES' : 'DTLS'}, ${suite}).${warning}`,
  };
}

/** The way that ICE found; nothing is said of a straight one, which is where SDP points. */
function pathOf(call: Call): Told | null {
  const path = call.snapshot.media[0]?.path ?? null;
  if (path === null || (path.local === 'direct' && path.remote === 'direct')) return null;
  const by = path.local === 'relay' ? `, relayed over ${path.protocol.toUpperCase()}` : '';
  return {
    event: { event: 'path', id: call.id, ...path },
    sentence: `Sound goes from ${path.localAddress} to ${path.remoteAddress}${by}.`,
  };
}

/** Who holds whom, once it is agreed; null in a call that has not begun or is over. */
function holdOf({ id, snapshot }: Call): Told | null {
  if (snapshot.state !== 'connected' || snapshot.hold.pending) return null;
  return toldHold(id, snapshot.hold);
}

function toldHold(id: string, { local, remote }: { local: boolean; remote: boolean }): Told {
  const here = local ? 'You hold the call' : 'You do not hold the call';
  const sentence = `${here}; the far side ${remote ? 'holds it' : 'does not'}.`;
  return { event: { event: 'hold', id, local, remote }, sentence };
}

function transferOf({ id, snapshot }: Call): Told | null {
  if (snapshot.transfer === null) return null;
  const { kind, to, state, sentence } = snapshot.transfer;
  return { event: { event: 'transfer', id, kind, to: to.uri, state, sentence }, sentence };
}

/** Why nothing is heard, while the call stands. */
function soundOf({ id, snapshot }: Call): Told | null {
  return snapshot.state === 'connected' ? toldSound(id, snapshot.soundProblem) : null;
}

function toldSound(id: string, problem: SoundProblem | null): Told {
  const { cause, sentence, cure } = problem ?? { cause: null, sentence: null, cure: null };
  const words = problem === null ? 'The sound is well again.' : `${problem.sentence} ${problem.cure}`;
  return { event: { event: 'sound-problem', id, cause, sentence, cure }, sentence: words };
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
  output.event({ event: 'stats', id, ...stats });
  const { sent, received, lost, late, discarded, codec } = stats;
  if (sent + received === 0) return;
  const thrownAway = discarded === 0 ? '' : `, ${discarded} thrown away`;
  output.say(
    `${codec}: ${sent} packets sent, ${received} received, ${lost} lost, ${late} late${thrownAway}.`,
  );
  const sentence = qualitySentence(stats);
  if (sentence !== null) output.say(sentence);
}

/** "Good, MOS 4.3, loss 0.4%, 62 ms."; null where no sound came. */
function qualitySentence({ mos, received, lost, late, delayMs }: MediaStats): string | null {
  if (mos === null || received + lost === 0) return null;
  const loss = ((100 * (lost + late)) / (received + lost)).toFixed(1);
  const delay = delayMs === null ? '' : `, ${Math.round(delayMs)} ms`;
  return `${qualityWord(mos)}, MOS ${mos.toFixed(1)}, loss ${loss}%${delay}.`;
}
