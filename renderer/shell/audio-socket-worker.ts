/** Worker: carries audio messages between a port (to the worklet) and the binary WebSocket (to the engine), unchanged. */
import { audioTakenCode } from '../../contract/shell.ts';

export interface AudioSocketStart {
  address: string;
  port: MessagePort;
}
export type AudioSocketReport = 'open' | 'taken' | 'closed';

/** About half a second of frames: what waits longer than this in the socket is too late to be heard. */
const waitingBytesLimit = 100_000;

const report = (what: AudioSocketReport) => self.postMessage(what);

self.onmessage = ({ data: { address, port } }: MessageEvent<AudioSocketStart>) => {
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => report('open');
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => port.postMessage(data, [data]);
  socket.onclose = ({ code }) => report(code === audioTakenCode ? 'taken' : 'closed');
  port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
    if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < waitingBytesLimit) socket.send(data);
  };
};
