/**
 * Our phone with a sound card that is not there: a clock of its own pulls a frame every 20 ms and keeps it with its time, as a speaker
 * would. A process of its own: `node sound-card-phone.ts OPTIONS`, which are JSON; ends with its standard input.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAudioMessage, encodeAudioMessage, frameSamples } from '../../contract/audio-frames.ts';
import type { MediaStats } from '../../contract/snapshot.ts';
import { createLogger } from '../../engine/log.ts';
import { createMediaThread } from '../../engine/media/media-client.ts';
import type { AudioLink } from '../../engine/media/media-engine.ts';
import { noStats } from '../../engine/media/media-engine.ts';
import { peerClockMs } from '../support/rtp-peer-messages.ts';
import { testLine } from '../support/test-line.ts';

/** What it tells at its end. */
export interface SoundCardStats extends MediaStats {
  /** Packets too late after the first two seconds of sound. */
  lateAfterStart: number;
}

export interface SoundCardOptions {
  host: string;
  port: number;
  /** Keeps this process's main thread busy so long, over and over; the sound card stands still meanwhile. */
  stall: { busyMs: number; everyMs: number } | null;
  /** Where what was heard is written: {@link readHeard}. */
  heardFile: string;
}

const frameMs = 20;
/** So long the jitter buffer may look for its depth, from the first packet on; statistics come once a second. */
const settleMs = 2_900;
const options = JSON.parse(process.argv[2] ?? '') as SoundCardOptions;
const media = createMediaThread({
  entry: join(import.meta.dirname, '../../dist/engine/media-thread.cjs'),
  log: createLogger('media', () => undefined),
});

const heard: { atMs: number; samples: Float32Array }[] = [];
let onMessage: (message: ArrayBuffer) => void = () => undefined;
const pulledAt = new Map<number, number>();
const card: AudioLink = {
  send: (bytes) => {
    const message = decodeAudioMessage(bytes);
    if (message?.kind !== 'playout') return;
    heard.push({ atMs: pulledAt.get(message.sequence) ?? NaN, samples: Float32Array.from(message.samples) });
    pulledAt.delete(message.sequence);
  },
  onMessage: (listener) => (onMessage = listener),
  close: () => undefined,
};
media.attachLink(card);

let sequence = 0;
const cardStartMs = peerClockMs();
function pull(): void {
  const nowMs = peerClockMs();
  if (nowMs >= cardStartMs + sequence * frameMs) {
    pulledAt.set(sequence, nowMs);
    onMessage(
      encodeAudioMessage({
        kind: 'capture',
        sequence,
        timeMs: nowMs,
        samples: new Float32Array(frameSamples),
      }),
    );
    onMessage(encodeAudioMessage({ kind: 'pull', sequence, timeMs: nowMs, depthSamples: 0 }));
    sequence += 1;
  }
  setTimeout(pull, Math.max(1, Math.floor(cardStartMs + sequence * frameMs - peerClockMs())));
}
if (options.stall === null) pull();
else {
  const { busyMs, everyMs } = options.stall;
  setInterval(() => {
    const began = performance.now();
    while (performance.now() - began < busyMs);
  }, everyMs);
}

const { host, port } = options;
const line = testLine({ host, port, user: '101', password: '', media });
line.userAgent.on('registration', () => {
  if (line.userAgent.registration.state === 'registered' && !calling) dial();
});
let calling = false;
let stats = noStats;
/** Late packets while the buffer still looked for its depth. */
let lateBefore = 0;
let answeredAtMs = Infinity;
function dial(): void {
  calling = true;
  const sound = { source: { kind: 'device' }, sink: { kind: 'device' } } as const;
  const call = line.userAgent.call('peer', { id: randomUUID(), ...sound });
  call.on((event) => {
    if (event.type === 'changed' && call.snapshot.state === 'connected')
      answeredAtMs = Math.min(answeredAtMs, peerClockMs());
    if (event.type !== 'stats') return;
    if (peerClockMs() - answeredAtMs <= settleMs) lateBefore = event.stats.late;
    stats = event.stats;
  });
  process.stdin.resume().on('end', () => {
    call.hangup();
    void call.ended.then(() => finish());
  });
}
async function finish(): Promise<void> {
  const times = Buffer.from(Float64Array.from(heard.map(({ atMs }) => atMs)).buffer);
  const samples = heard.map((frame) => Buffer.from(frame.samples.buffer));
  writeFileSync(options.heardFile, Buffer.concat([times, ...samples]));
  process.stdout.write(`${JSON.stringify({ ...stats, lateAfterStart: stats.late - lateBefore })}\n`);
  await line.close();
  await media.close();
  process.exit(0);
}
await line.start();
