/**
 * Which page owns the sound: the first one, until it leaves or another takes over (`/audio?take=1`). Sound travels as binary
 * messages of contract/audio-frames.ts.
 */
import type { WebSocket } from 'ws';
import { audioTakenCode } from '../contract/shell.ts';
import type { AudioLink } from '../engine/media/media-engine.ts';

/** Sound that waits this long is of no use: frames are dropped while a page does not take them. */
const longestBacklogBytes = 64 * 1024;

export interface AudioOwner {
  /** Gives the sound to this socket, or closes it (or the owner) with `audioTakenCode`. */
  claim(socket: WebSocket, take: boolean): void;
}

/** `attach` hands a link to the media engine; each new one replaces the one before. */
export function createAudioOwner(attach: (link: AudioLink) => void): AudioOwner {
  let owner: WebSocket | null = null;
  return {
    claim: (socket, take) => {
      if (owner !== null && !take) {
        socket.close(audioTakenCode, 'another page has the sound');
        return;
      }
      owner?.close(audioTakenCode, 'another page has the sound');
      owner = socket;
      socket.on('close', () => {
        if (owner === socket) owner = null;
      });
      attach(linkOverSocket(socket));
    },
  };
}

function linkOverSocket(socket: WebSocket): AudioLink {
  socket.binaryType = 'arraybuffer';
  return {
    send: (message) => {
      if (socket.readyState === socket.OPEN && socket.bufferedAmount < longestBacklogBytes) {
        socket.send(message);
      }
    },
    onMessage: (listener) => {
      socket.on('message', (data) => {
        if (data instanceof ArrayBuffer) listener(data);
      });
    },
    close: () => socket.close(1000),
  };
}
