/** The contract over one WebSocket (`/phone`): requests up, answers and events down, as JSON text. */
import type { WebSocket } from 'ws';
import { handleRequest } from '../contract/door.ts';
import type { PhoneEvent, PhoneHandlers } from '../contract/phone.ts';
import type { WebMessage } from '../contract/shell.ts';

/** What the browser shell needs of the phone (engine/phone.ts). */
export interface ServedPhone {
  readonly handlers: PhoneHandlers;
  onEvent(listener: (event: PhoneEvent) => void): () => void;
}

/** A page that does not read its messages is let go rather than kept in memory. */
const longestBacklogBytes = 4 * 1024 * 1024;

/** Binds the phone to a page's socket until the socket closes. */
export function bindPhoneSocket(socket: WebSocket, phone: ServedPhone): void {
  const send = (message: WebMessage) => {
    if (socket.bufferedAmount > longestBacklogBytes) socket.terminate();
    else if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  };
  const endEvents = phone.onEvent((event) => send({ event }));
  socket.on('close', endEvents);
  socket.on('message', (data, isBinary) => {
    const request = isBinary ? null : parseRequest(String(data));
    if (request === null) {
      socket.close(1003, 'not a request');
      return;
    }
    void handleRequest(phone.handlers, request.name, request.input).then((answer) =>
      send({ id: request.id, answer }),
    );
  });
}

/** A request's envelope; name and input are checked at the contract's door. */
function parseRequest(text: string): { id: number; name: unknown; input: unknown } | null {
  try {
    const request: unknown = JSON.parse(text);
    if (typeof request !== 'object' || request === null) return null;
    const { id, name, input } = request as Record<string, unknown>;
    return typeof id === 'number' && Number.isSafeInteger(id) ? { id, name, input } : null;
  } catch {
    return null;
  }
}
