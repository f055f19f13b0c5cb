/**
 * The Asterisk of the tests itself, asked with hand-written SIP: each of its listeners answers, checks passwords and places calls.
 * What fails here is the test's PBX, not the phone.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { AsteriskPbx } from '../support/asterisk.ts';
import { skipWhen } from '../support/skip.ts';
import { LossyLink } from '../support/lossy-link.ts';

const missing = await AsteriskPbx.missing();

interface Line {
  transport: 'UDP' | 'TCP' | 'WS';
  /** Our own address, for Via and Contact. */
  local: string;
  send: (text: string) => void;
  next: () => Promise<string>;
  close: () => void;
}

/** Answers in the order of arrival. */
function inbox(): { put: (text: string) => void; next: () => Promise<string> } {
  const waiting: ((text: string) => void)[] = [];
  const arrived: string[] = [];
  return {
    put: (text) => {
      const reader = waiting.shift();
      if (reader === undefined) arrived.push(text);
      else reader(text);
    },
    next: () =>
      new Promise((resolve, reject) => {
        const first = arrived.shift();
        if (first !== undefined) return resolve(first);
        const timer = setTimeout(() => reject(new Error('no answer within 5 s')), 5000);
        waiting.push((text) => {
          clearTimeout(timer);
          resolve(text);
        });
      }),
  };
}

async function openUdp(pbx: AsteriskPbx, port = pbx.sipPort): Promise<Line> {
  const { put, next } = inbox();
  const socket = createSocket('udp4').on('message', (data) => put(data.toString()));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const send = (text: string): void => socket.send(text, port, pbx.host);
  const local = `127.0.0.1:${socket.address().port}`;
  return { transport: 'UDP', local, send, next, close: () => socket.close() };
}

async function openTcp(pbx: AsteriskPbx): Promise<Line> {
  const { put, next } = inbox();
  const socket = createConnection(pbx.sipPort, pbx.host).on('data', (data) => put(data.toString()));
  await once(socket, 'connect');
  const send = (text: string): void => void socket.write(text);
  const local = `127.0.0.1:${socket.localPort}`;
  return { transport: 'TCP', local, send, next, close: () => socket.destroy() };
}

async function openWebSocket(pbx: AsteriskPbx): Promise<Line> {
  const { put, next } = inbox();
  const socket = new WebSocket(`ws://${pbx.host}:${pbx.wsPort}/ws`, 'sip');
  socket.on('message', (data) => put(String(data)));
  await once(socket, 'open');
  const send = (text: string): void => socket.send(text);
  return { transport: 'WS', local: 'smoke.invalid', send, next, close: () => socket.terminate() };
}

function request(
  method: string,
  line: Line,
  pbx: AsteriskPbx,
  extension: string,
  more: string[] = [],
): string {
  const uri = `sip:${pbx.host}:${pbx.sipPort}`;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${line.transport} ${line.local};rport;branch=z9hG4bK${randomBytes(8).toString('hex')}`,
    'Max-Forwards: 70',
    `From: <sip:${extension}@${pbx.host}>;tag=${randomBytes(4).toString('hex')}`,
    `To: <sip:${extension}@${pbx.host}>`,
    `Call-ID: ${randomBytes(8).toString('hex')}@smoke`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:${extension}@${line.local};transport=${line.transport.toLowerCase()}>`,
    'Expires: 60',
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** RFC 2617 digest with qop=auth, MD5. */
function authorization(
  challenge: string,
  user: string,
  password: string,
  method: string,
  uri: string,
): string {
  const value = (name: string): string => new RegExp(`${name}="?([^",]+)"?`, 'i').exec(challenge)?.[1] ?? '';
  const [realm, nonce, opaque] = [value('realm'), value('nonce'), value('opaque')];
  const cnonce = randomBytes(6).toString('hex');
  const response = md5(
    `${md5(`${user}:${realm}:${password}`)}:${nonce}:00000001:${cnonce}:auth:${md5(`${method}:${uri}`)}`,
  );
  return (
    `Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=MD5, cnonce="${cnonce}", opaque="${opaque}", qop=auth, nc=00000001`
  );
}

async function register(line: Line, pbx: AsteriskPbx, extension: string, password: string): Promise<string> {
  line.send(request('REGISTER', line, pbx, extension));
  const challenge = await line.next();
  expect(challenge).toMatch(/^SIP\/2\.0 401 /);
  const header = /^WWW-Authenticate: (.*)$/im.exec(challenge)?.[1] ?? '';
  const credentials = authorization(
    header,
    extension,
    password,
    'REGISTER',
    `sip:${pbx.host}:${pbx.sipPort}`,
  );
  line.send(request('REGISTER', line, pbx, extension, [credentials]));
  return line.next();
}

describe('Asterisk 22', () => {
  beforeEach(skipWhen(missing));

  let pbx: AsteriskPbx;

  beforeAll(async () => {
    pbx = await AsteriskPbx.start();
  });

  afterAll(() => pbx.close());

  test('is version 22', async () => {
    expect(await pbx.cli('core show version')).toMatch(/^Asterisk 22\./);
  });

  const listeners = [
    { name: 'UDP', open: openUdp, extension: '101' },
    { name: 'TCP', open: openTcp, extension: '102' },
    { name: 'WebSocket', open: openWebSocket, extension: '103' },
  ];

  test.each(listeners)('answers OPTIONS over $name', async ({ open, extension }) => {
    const line = await open(pbx);
    try {
      line.send(request('OPTIONS', line, pbx, extension));
      expect(await line.next()).toMatch(/^SIP\/2\.0 (200|401) /);
    } finally {
      line.close();
    }
  });

  test.each(listeners)('registers a phone over $name that has the password', async ({ open, extension }) => {
    const line = await open(pbx);
    try {
      expect(await register(line, pbx, extension, pbx.line(extension).password)).toMatch(/^SIP\/2\.0 200 /);
      await pbx.until('the contact to appear', async () => (await pbx.contacts(extension)).length === 1);
    } finally {
      line.close();
    }
  });

  test.each(listeners)('refuses a phone over $name that has not', async ({ open }) => {
    const line = await open(pbx);
    try {
      expect(await register(line, pbx, '106', 'guessed')).toMatch(/^SIP\/2\.0 401 /);
      expect(await pbx.contacts('106')).toEqual([]);
    } finally {
      line.close();
    }
  });

  test('calls a registered phone, and its channel is gone after it is hung up', async () => {
    const line = await openUdp(pbx);
    try {
      expect(await register(line, pbx, '104', pbx.line('104').password)).toMatch(/^SIP\/2\.0 200 /);
      await pbx.originate('104', 'Echo');
      expect(await line.next()).toMatch(/^INVITE sip:104@127\.0\.0\.1/);
      expect(await pbx.channelCount('104')).toBe(1);
      await pbx.hangUpAll();
      await pbx.until('the channel to go', async () => (await pbx.channelCount('104')) === 0);
    } finally {
      line.close();
    }
  });

  test('registers and calls a phone that is behind a lossy link', async () => {
    const target = { address: pbx.host, port: pbx.sipPort };
    const link = await LossyLink.start({ target, seed: 1, lossToTarget: 0, lossToClient: 0 });
    const line = await openUdp(pbx, link.port);
    try {
      expect(await register(line, pbx, '105', pbx.line('105').password)).toMatch(/^SIP\/2\.0 200 /);
      await pbx.originate('105', 'Echo');
      expect(await line.next()).toMatch(/^INVITE sip:105@127\.0\.0\.1/);
      expect(link.counts.toTarget).toEqual({ forwarded: 2, lost: 0 });
      await pbx.hangUpAll();
    } finally {
      line.close();
      await link.close();
    }
  });

  test('tells the keys that 603 collected, the # among them', async () => {
    await pbx.cli('channel originate Local/603@tests application SendDTMF 0123456789*#ABCD,100,100');
    expect(await pbx.dtmfDigits({ limitMs: 20_000 })).toBe('0123456789*#ABCD');
  });

  test('runs beside a second one with ports of its own', async () => {
    const second = await AsteriskPbx.start({ extensions: ['201'] });
    try {
      expect(second.sipPort).not.toBe(pbx.sipPort);
      const line = await openUdp(second);
      expect(await register(line, second, '201', second.line('201').password)).toMatch(/^SIP\/2\.0 200 /);
      line.close();
    } finally {
      await second.close();
    }
  });
});
