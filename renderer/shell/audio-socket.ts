/** The browser's sound: a worker owns the binary WebSocket, so that a busy page delays no frame. */
import type { AudioSocketReport, AudioSocketStart } from './audio-socket-worker.ts';
import { audioPortTimeoutMs } from './shell.ts';

let worker: Worker | null = null;

/** Opens the socket in a worker of its own and gives the near end of a port to it. The sound of an earlier call ends. */
export function openAudioSocket(address: string, onTaken: () => void): Promise<MessagePort> {
  worker?.terminate();
  const started = new Worker(new URL('./audio-socket-worker.ts', import.meta.url), { type: 'module' });
  worker = started;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      started.terminate();
      reject(new Error(reason));
    };
    const timer = setTimeout(() => fail('the sound connection did not open in time'), audioPortTimeoutMs);
    started.onerror = () => fail('the sound connection could not start');
    started.onmessage = ({ data }: MessageEvent<AudioSocketReport>) => {
      if (data === 'taken') {
        fail('another page has the sound');
        onTaken();
      } else if (data === 'open') {
        clearTimeout(timer);
        resolve(port1);
      } else {
        fail('the sound connection was closed');
      }
    };
    const start: AudioSocketStart = { address, port: port2 };
    started.postMessage(start, [port2]);
  });
}
