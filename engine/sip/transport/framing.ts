/**
 * Cuts a byte stream into SIP messages (RFC 3261 §18.3): each ends Content-Length bytes after its empty line. CRLFs between
 * messages are keepalives (RFC 5626 §3.5.1). What comes out does not depend on how the stream was chunked.
 */
import { keepalivePing } from './keepalive.ts';

export type FrameFault =
  /** Without Content-Length nobody knows where a message on a stream ends (§20.14). */
  | 'no Content-Length'
  /** Negative, not a number, or two that differ. */
  | 'bad Content-Length'
  | 'too large';

export type Frame =
  | { kind: 'message'; bytes: Buffer }
  /** A double CRLF: the peer wants one CRLF back. */
  | { kind: 'ping' }
  /** The stream cannot be read any further; nothing follows. */
  | { kind: 'fault'; fault: FrameFault };

export interface Framer {
  /** The frames that these bytes complete, in order. */
  push(chunk: Uint8Array): Frame[];
}

const blankLine = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);

/** @param bytesMax Largest message, head and body together. */
export function createFramer(bytesMax: number): Framer {
  let pending: Buffer = nothing;
  /** CRs and LFs since the last message, modulo a ping's four. */
  let idleBytes = 0;
  /** Where to go on looking for the empty line, so that a head in many pieces costs linear time. */
  let searchFrom = 0;
  /** Bytes of the whole message once its head is complete. */
  let needed: number | undefined;
  let broken = false;

  const skipIdle = (frames: Frame[]) => {
    let at = 0;
    for (; pending[at] === 0x0d || pending[at] === 0x0a; at += 1) {
      idleBytes += 1;
      if (idleBytes < keepalivePing.length) continue;
      idleBytes = 0;
      frames.push({ kind: 'ping' });
    }
    pending = pending.subarray(at);
    if (pending.length > 0) idleBytes = 0;
  };

  const breakOff = (fault: FrameFault): Frame => {
    broken = true;
    pending = nothing;
    return { kind: 'fault', fault };
  };

  /** The next frame, or undefined when more bytes are needed. */
  const next = (): Frame | undefined => {
    if (needed === undefined) {
      const headEnd = pending.indexOf(blankLine, searchFrom);
      if (headEnd === -1) {
        searchFrom = Math.max(0, pending.length - blankLine.length + 1);
        return pending.length > bytesMax ? breakOff('too large') : undefined;
      }
      const length = bodyLength(pending.toString('latin1', 0, headEnd));
      if (typeof length === 'string') return breakOff(length);
      needed = headEnd + blankLine.length + length;
    }
    if (needed > bytesMax) return breakOff('too large');
    if (pending.length < needed) return undefined;
    const bytes = pending.subarray(0, needed);
    pending = pending.subarray(needed);
    searchFrom = 0;
    needed = undefined;
    return { kind: 'message', bytes };
  };

  return {
    push(chunk) {
      const frames: Frame[] = [];
      if (broken) return frames;
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        if (needed === undefined && searchFrom === 0) skipIdle(frames);
        if (pending.length === 0) return frames;
        const frame = next();
        if (frame === undefined) return frames;
        frames.push(frame);
        if (frame.kind === 'fault') return frames;
      }
    },
  };
}

/** Content-Length of a head in bytes, in its long or compact form. */
function bodyLength(head: string): number | FrameFault {
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ');
  const values = new Set<string>();
  for (const [, value] of unfolded.matchAll(/\r\n(?:content-length|l)[ \t]*:([^\r\n]*)/gi))
    values.add((value ?? '').trim());
  const [value, ...others] = values;
  if (value === undefined) return 'no Content-Length';
  return others.length === 0 && /^\d{1,9}$/.test(value) ? Number(value) : 'bad Content-Length';
}
