import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePresence } from '../../../engine/sip/presence-document.ts';
import { sipPeer } from '../../support/sip-peer.ts';
import type { PeerMessage, SipPeer } from '../../support/sip-peer.ts';
import { askOk, isReady, startPhone, until } from './support/phone-bench.ts';
import type { Bench } from './support/phone-bench.ts';

let peer: SipPeer;
let bench: Bench;
/** What the nth PUBLISH is answered with. */
let answer: (request: PeerMessage, nth: number) => void;

const publishes = () => peer.received.filter(({ startLine }) => startLine.startsWith('PUBLISH'));

beforeEach(async () => {
  peer = await sipPeer();
  answer = (request, nth) => peer.reply(request, '200 OK', [`SIP-ETag: tag${nth}`, 'Expires: 3600']);
  peer.onRequest = (request) => {
    if (request.method === 'PUBLISH') answer(request, publishes().length);
    else if (request.method !== 'ACK') peer.reply(request, '200 OK');
  };
  bench = await startPhone();
});
afterEach(async () => {
  await bench.phone.close();
  await peer.close();
});

async function addAccount(publish_presence = true): Promise<void> {
  const { accountId } = await askOk(bench.phone, 'account.add', {
    account: {
      label: 'Office',
      user: '1000',
      server: '127.0.0.1',
      port: peer.port,
      register_expires: 600,
      publish_presence,
    },
    password: 'secret',
  });
  await until(bench.phone, ({ accounts }) => isReady(accounts.find(({ id }) => id === accountId)));
}

const published = async (nth: number) => {
  await expect.poll(() => publishes().length, { timeout: 5_000 }).toBe(nth);
  return publishes()[nth - 1] as PeerMessage;
};

describe('own presence', () => {
  it('is published with the registration, changed under its tag, and withdrawn at the end', async () => {
    await addAccount();
    const first = await published(1);
    expect(first.header('Event')).toBe('presence');
    expect(first.header('SIP-If-Match')).toBe('');
    expect(parsePresence(first.body)).toEqual({ ok: true, value: { state: 'available', note: '' } });
    await askOk(bench.phone, 'presence.set', { state: 'away', note: 'Back at <two>' });
    expect(bench.phone.snapshot.presence).toEqual({ state: 'away', note: 'Back at <two>' });
    const second = await published(2);
    expect(second.header('SIP-If-Match')).toBe('tag1');
    expect(second.header('Content-Type')).toBe('application/pidf+xml');
    expect(parsePresence(second.body)).toEqual({
      ok: true,
      value: { state: 'away', note: 'Back at <two>' },
    });
    await expect.poll(() => bench.logged.some((line) => line.includes('publishing → published'))).toBe(true);
    await bench.phone.close();
    const last = await published(3);
    expect([last.header('Expires'), last.header('SIP-If-Match'), last.body]).toEqual(['0', 'tag2', '']);
  });

  it('is published whole again when the server has forgotten it', async () => {
    answer = (request, nth) => {
      if (nth === 2) peer.reply(request, '412 Conditional Request Failed');
      else peer.reply(request, '200 OK', [`SIP-ETag: tag${nth}`, 'Expires: 3600']);
    };
    await addAccount();
    await published(1);
    await askOk(bench.phone, 'presence.set', { state: 'busy' });
    const third = await published(3);
    expect(third.header('SIP-If-Match')).toBe('');
    expect(parsePresence(third.body)).toMatchObject({ value: { state: 'busy' } });
  });

  it('stays here when the server keeps no presence, and is not published unasked', async () => {
    answer = (request) => peer.reply(request, '489 Bad Event');
    await addAccount();
    await published(1);
    await askOk(bench.phone, 'presence.set', { state: 'away' });
    await addAccount(false);
    expect(publishes()).toHaveLength(1);
    expect(bench.phone.snapshot.presence.state).toBe('away');
  });
});
