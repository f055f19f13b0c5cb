/**
 * What comes from the network and is not meant well: random datagrams at the SIP and RTP ports during a call, and RFC 4475's
 * torture messages at the SIP port of a registered phone. Nothing changes, nothing crashes, and OPTIONS is answered after each.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { type Socket, createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { skipWhen } from '../support/skip.ts';
import { compareAudio } from '../support/audio-compare.ts';
import { sidetone } from '../support/sidetone.ts';
import { speech } from '../support/speech.ts';
import { registeredWithin, testLine, testMediaThread } from '../support/test-line.ts';
import { readWav } from '../support/wav-file.ts';

const torture = join(import.meta.dirname, '../../../shared/vectors/rfc4475');
const missing = await AsteriskPbx.missing();
let pbx: AsteriskPbx;
let media: MediaEngine;
let socket: Socket;

beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start();
  media = testMediaThread();
  socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(async () => {
  socket?.close();
  await media?.close();
  await pbx?.close();
});

/** The port in the only contact registered for an extension: the phone's SIP port. */
async function sipPortOf(extension: string): Promise<number> {
  const [contact = ''] = await pbx.contacts(extension);
  const port = Number(/:(\d+)(?:;|$)/.exec(contact)?.[1]);
  expect(port, `a port in ${contact}`).toBeGreaterThan(0);
  return port;
}

/** Sends OPTIONS to the port and resolves to the status line of the answer, or to '' after two seconds. */
async function optionsAnswer(port: number): Promise<string> {
  const branch = `z9hG4bK${randomUUID()}`;
  const own = socket.address();
  const answer = new Promise<string>((resolve) => {
    const timer = setTimeout(() => finish(''), 2000);
    const finish = (line: string) => {
      clearTimeout(timer);
      socket.off('message', listen);
      resolve(line);
    };
    const listen = (data: Buffer) => {
      const text = data.toString('latin1');
      if (text.includes(branch)) finish(text.split('\r\n', 1)[0] ?? '');
    };
    socket.on('message', listen);
  });
  const lines = [
    `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${own.port};branch=${branch};rport`,
    'Max-Forwards: 70',
    `From: <sip:prober@127.0.0.1>;tag=${randomUUID()}`,
    `To: <sip:127.0.0.1:${port}>`,
    `Call-ID: ${randomUUID()}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
  ];
  socket.send(`${lines.join('\r\n')}\r\n\r\n`, port, '127.0.0.1');
  return answer;
}

describe('random datagrams', () => {
  it('100 a second of 1,500 bytes at the SIP port and the RTP port change nothing in a call', async () => {
    const rtpPorts: number[] = [];
    const watched: MediaEngine = {
      openSession: async (options) => {
        const session = await media.openSession(options);
        rtpPorts.push(session.local.port);
        return session;
      },
      fingerprint: () => media.fingerprint(),
      setVolumes: (volumes) => media.setVolumes(volumes),
      attachLink: (link) => media.attachLink(link),
      close: () => media.close(),
    };
    const line = testLine({
      ...{ host: pbx.host, port: pbx.sipPort, user: '101', password: pbx.line('101').password },
      media: watched,
    });
    expect(await registeredWithin(line, 1)).toBe(true);
    const sipPort = await sipPortOf('101');
    const record = join(mkdtempSync(join(tmpdir(), 'sidetone-hostile-')), 'heard.wav');
    const said = await speech({ rate: 8000, seconds: 40 });
    const call = line.userAgent.call('600', {
      id: randomUUID(),
      source: { kind: 'wav', path: said.path },
      sink: { kind: 'wav', path: record },
    });
    await expect.poll(() => call.snapshot.state, { timeout: 5000 }).toBe('connected');
    const [rtpPort = 0] = rtpPorts;
    let sent = 0;
    const flood = setInterval(() => {
      for (const port of [sipPort, rtpPort, rtpPort + 1]) socket.send(randomBytes(1500), port, '127.0.0.1');
      // Also datagrams that claim to be RTP: version 2, payload type 0, a stranger's SSRC.
      const forged = randomBytes(172);
      forged.writeUInt16BE(0x8000, 0);
      forged.writeUInt16BE(randomInt(0x1_0000), 2);
      socket.send(forged, rtpPort, '127.0.0.1');
      sent += 1;
    }, 10);
    await delay(10_000);
    clearInterval(flood);
    expect(sent).toBeGreaterThan(800);
    expect(await optionsAnswer(sipPort)).toBe('SIP/2.0 200 OK');
    call.hangup();
    await call.ended;
    expect(call.snapshot.end?.error).toBeNull();
    const { lowest, gaps, windows } = compareAudio(said.samples, (await readWav(record)).samples, 8000, 1);
    expect(windows.length).toBeGreaterThanOrEqual(8);
    expect(lowest).toBeGreaterThanOrEqual(0.98);
    expect(gaps).toEqual([]);
    expect(line.userAgent.registration.state).toBe('registered');
    await line.close();
  }, 60_000);
});

describe('RFC 4475', () => {
  it('crashes nothing, and OPTIONS is answered after each message', async (context) => {
    if (!existsSync(torture)) {
      context.skip('shared/vectors/rfc4475 is not beside this checkout');
    }
    const run = sidetone(['answer', '--server', `${pbx.host}:${pbx.sipPort}`, '--user', '102'], {
      password: pbx.line('102').password,
    });
    await run.waitFor(({ event, state }) => event === 'registration' && state === 'registered');
    const port = await sipPortOf('102');
    const unanswered: string[] = [];
    const names = readdirSync(torture).filter((name) => name.endsWith('.dat'));
    expect(names.length).toBeGreaterThan(40);
    for (const name of names) {
      socket.send(readFileSync(join(torture, name)), port, '127.0.0.1');
      if ((await optionsAnswer(port)) !== 'SIP/2.0 200 OK') unanswered.push(name);
    }
    expect(unanswered).toEqual([]);
    run.signal('SIGINT');
    expect(await run.exited).toBe(130);
    expect(run.strayLines).toEqual([]);
  }, 120_000);
});
