/**
 * An Electron app without a window: an empty utility process, and beside it the desktop's engine with one call to the practice line's
 * echo test, its sound pulled 50 times a second as a page would. Says the processes' ids on stdout, then that the call is connected;
 * ends with its standard input. What it starts is named by the environment: SIDETONE_BENCH_BUNDLES and SIDETONE_BENCH_EMPTY.
 */
import { join } from 'node:path';
import { app, MessageChannelMain, utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron';
import { encodeAudioMessage, frameSamples } from '../../contract/audio-frames.ts';
import type { FromEngine, FromPractice, ToEngine, ToPractice } from '../../electron/ipc/channels.ts';

const bundles = process.env['SIDETONE_BENCH_BUNDLES'] ?? '';
const frameMs = 20;
const echoNumber = '*43';
const silence = new Float32Array(frameSamples);

const say = (event: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(event)}\n`);

async function started(entry: string): Promise<UtilityProcess> {
  const child = utilityProcess.fork(entry, [], { stdio: 'inherit' });
  await new Promise<void>((resolve) => child.once('spawn', () => resolve()));
  return child;
}

/** A microphone that hears nothing and a speaker that takes a frame when it is due. */
function playThrough(port: MessagePortMain): void {
  port.start();
  let sequence = 0;
  setInterval(() => {
    const timeMs = performance.now();
    port.postMessage(encodeAudioMessage({ kind: 'capture', sequence, timeMs, samples: silence }));
    port.postMessage(encodeAudioMessage({ kind: 'pull', sequence, timeMs, depthSamples: 0 }));
    sequence += 1;
  }, frameMs);
}

async function run(): Promise<void> {
  const empty = await started(process.env['SIDETONE_BENCH_EMPTY'] ?? '');
  const engine = await started(join(bundles, 'engine-process.cjs'));
  const practice = await started(join(bundles, 'practice-process.cjs'));
  say({ event: 'started', empty: empty.pid, engine: engine.pid });
  const ask = (message: ToEngine) => engine.postMessage(message);

  practice.on('message', (message: FromPractice) => {
    if (message.type === 'outcome') ask({ type: 'practice', outcome: message.outcome });
  });
  let dialled = false;
  let connected = false;
  engine.on('message', (message: FromEngine) => {
    if (message.type === 'practice-wanted') practice.postMessage({ type: 'start', port: 0 } as ToPractice);
    if (message.type !== 'event' || message.event.name !== 'snapshot') return;
    const { accounts, calls } = message.event.data;
    if (!dialled && accounts.some(({ registration }) => registration.state === 'registered')) {
      dialled = true;
      ask({ type: 'request', id: 1, name: 'call.start', input: { target: echoNumber } });
    }
    if (!connected && calls.some(({ state }) => state === 'connected')) {
      connected = true;
      say({ event: 'connected' });
    }
  });
  const { port1, port2 } = new MessageChannelMain();
  engine.postMessage({ type: 'audio' }, [port2]);
  playThrough(port1);
  process.stdin.once('end', () => app.exit()).resume();
}

app.on('window-all-closed', () => undefined);
void app.whenReady().then(run);
