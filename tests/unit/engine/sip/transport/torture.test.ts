import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Parser } from 'sip.js/lib/core/messages/parser.js';
import { LoggerFactory } from 'sip.js/lib/core/log/logger-factory.js';
import { silentLogger } from '../../../../../engine/log.ts';
import { createTransport } from '../../../../../engine/sip/transport/create-transport.ts';
import { findFault } from '../../../../../engine/sip/transport/malformed.ts';
import { readHead } from '../../../../../engine/sip/transport/message-head.ts';
import { readMessage, writeMessage } from '../../../../../engine/sip/transport/message-text.ts';
import { normaliseMessage } from '../../../../../engine/sip/transport/normalise.ts';
import { outsideVectors, skipWhen } from '../../../../support/skip.ts';
import { answer, openDatagramPeer, request } from './datagram-peer.ts';

const outside = outsideVectors('rfc4475');
const folders = ['tests/vectors/sip', ...(outside.missing === undefined ? [outside.folder] : [])];
const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
const named = (name: string) => files.find((file) => file.endsWith(`/${name}.dat`));

const factory = new LoggerFactory();
factory.builtinEnabled = false;
const parse = (text: string) => Parser.parseMessage(text, factory.getLogger('test'));

/** What becomes of these bytes: refused with a status, handed up, or dropped. */
function fate(bytes: Uint8Array): { verdict: string; text: string } {
  const raw = readMessage(bytes);
  const message = raw === undefined ? undefined : normaliseMessage(raw, false);
  const head = message === undefined ? undefined : readHead(message);
  if (message === undefined || head?.via === undefined) return { verdict: 'dropped', text: '' };
  const fault = head.kind === 'request' ? findFault(message, head) : undefined;
  const text = writeMessage(message);
  return { verdict: fault === undefined ? 'up' : String(fault.status), text };
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('torture messages', () => {
  /** RFC 4475's own verdicts where the transport has to give them. */
  const verdicts: Record<string, string> = {
    wsinv: 'up',
    intmeth: 'up',
    esc01: 'up',
    lwsdisp: 'up',
    longreq: 'up',
    dblreq: 'up',
    semiuri: 'up',
    transports: 'up',
    mpart01: 'up',
    unreason: 'up',
    noreason: 'up',
    clerr: '400',
    ncl: '400',
    scalar02: '400',
    quotbal: '400',
    ltgtruri: '400',
    lwsruri: '400',
    mismatch01: '400',
    mismatch02: '400',
    insuf: '400',
    multi01: '400',
    mcl01: '400',
    badvers: '505',
    novelsc: '416',
    unkscm: '416',
    bigcode: 'dropped',
    inv2543: 'up',
  };
  for (const [name, verdict] of Object.entries(verdicts))
    it(`${name}: ${verdict}`, (context) => {
      if (named(name) === undefined) skipWhen(outside.missing)(context);
      expect(fate(readFileSync(named(name) ?? '')).verdict).toBe(verdict);
    });

  it('leave nothing for sip.js’s parser to throw at, and make it read some that it could not', () => {
    for (const file of files) {
      const { verdict, text } = fate(readFileSync(file));
      if (verdict === 'up') expect(() => parse(text), file).not.toThrow();
    }
    for (const name of ['wsinv', 'lwsstart', 'trws', 'noreason', 'unreason', 'transports'])
      if (named(name) !== undefined)
        expect(parse(fate(readFileSync(named(name) ?? '')).text), name).toBeDefined();
  });

  it('sent to the port each leave an OPTIONS after it answered', async () => {
    const peer = await openDatagramPeer();
    const transport = createTransport({
      protocol: 'UDP',
      nextHop: { kind: 'server', host: peer.address, port: peer.port },
      keepaliveSeconds: 0,
      log: silentLogger,
    });
    closers.push(
      () => peer.close(),
      () => transport.close(),
    );
    await transport.connect();
    transport.on('message', (text) => {
      if (text.startsWith('OPTIONS') && text.includes('after-torture'))
        void transport.send(answer(text, '200 OK'));
    });
    for (const [index, file] of files.entries()) {
      peer.send(readFileSync(file), transport.local);
      const branch = `z9hG4bKafter-torture-${String(index)}`;
      peer.send(request('OPTIONS', branch), transport.local);
      expect(await peer.next(new RegExp(`^SIP/2\\.0 200 [^]*${branch};`)), file).toBeDefined();
    }
  });
});

describe('the reading of any bytes', () => {
  it('never throws, and what it writes reads the same again', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        'Via: SIP/2.0/UDP a',
        'v:',
        ' folded',
        '\tfolded',
        'Content-Length: 4',
        'l: -1',
        ':',
        '',
      ),
    );
    const text = fc
      .array(line, { maxLength: 20 })
      .map((lines) => ['OPTIONS sip:a SIP/2.0', ...lines].join('\r\n'));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      text.map((written) => Buffer.from(written)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const { verdict, text: written } = fate(input);
        if (verdict === 'up') expect(fate(Buffer.from(written)).text).toBe(written);
      }),
    );
  });

  it('takes linear time on what makes naive patterns slow', () => {
    const begun = performance.now();
    const spaces = ' '.repeat(60_000);
    for (const nasty of [
      `OPTIONS ${spaces} x`,
      `OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP${spaces}x\r\n\r\n`,
      `OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nTo: ${';tag= '.repeat(10_000)}\r\n\r\n`,
      `OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nTo: <a>;tag${spaces}x\r\nCSeq: 1${spaces}x y\r\n\r\n`,
      `OPTIONS sip:a SIP/2.0\r\nVia: ${'a,'.repeat(30_000)}\r\n\r\n`,
      '\r\n'.repeat(30_000),
    ])
      fate(Buffer.from(nasty));
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe('normalising', () => {
  const normal = (text: string, secure = false) => {
    const raw = readMessage(Buffer.from(text));
    return raw === undefined ? undefined : writeMessage(normaliseMessage(raw, secure));
  };

  it('expands compact names, unfolds, and cuts what follows the body', () => {
    expect(normal('NOTIFY sip:a SIP/2.0\r\no: message-summary\r\nk: a,\r\n b\r\nl: 3\r\n\r\nabcdef')).toBe(
      'NOTIFY sip:a SIP/2.0\r\nEvent: message-summary\r\nSupported: a, b\r\nContent-Length: 3\r\n\r\nabc',
    );
    expect(normal('OPTIONS  sip:a  SIP/2.0 \nMy: y\n\n')).toBe('OPTIONS sip:a SIP/2.0\r\nMy: y\r\n\r\n');
  });

  it('reads a sips Request-URI as met where the connection is secure, only there', () => {
    expect(normal('OPTIONS sips:a@b SIP/2.0\r\n\r\n', true)).toMatch(/^OPTIONS sip:a@b /);
    expect(normal('OPTIONS sips:a@b SIP/2.0\r\n\r\n')).toMatch(/^OPTIONS sips:a@b /);
  });
});
