import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../contract/settings.ts';
import { peerDescription, sipPeer } from '../../support/sip-peer.ts';
import type { PeerMessage, SipPeer } from '../../support/sip-peer.ts';
import { ask, askOk, isReady, startPhone, storedSettings, until } from './support/phone-bench.ts';
import type { Bench } from './support/phone-bench.ts';

let peer: SipPeer;
let bench: Bench;
let accountId: string;
let answerInvite: (invite: PeerMessage) => void;

beforeEach(async () => {
  peer = await sipPeer();
  answerInvite = (invite) =>
    peer.reply(
      invite,
      '200 OK',
      [`Contact: <sip:pbx@127.0.0.1:${peer.port}>`, 'Content-Type: application/sdp'],
      peerDescription(40_000),
    );
  peer.onRequest = (request) => {
    if (request.method === 'INVITE') answerInvite(request);
    else if (request.method !== 'ACK') peer.reply(request, '200 OK');
  };
  bench = await startPhone();
  const account = {
    label: 'Office',
    user: '1000',
    server: '127.0.0.1',
    port: peer.port,
    domain: `127.0.0.1:${peer.port}`,
    register_expires: 600,
  };
  ({ accountId } = await askOk(bench.phone, 'account.add', { account, password: 'secret' }));
  await until(bench.phone, ({ accounts }) => isReady(accounts.find(({ id }) => id === accountId)));
});
afterEach(async () => {
  await bench.phone.close();
  await peer.close();
});

const forward = (when: 'always' | 'busy' | 'unavailable', to: string) =>
  ask(bench.phone, 'account.forward', { accountId, when, to });
const dialled = () =>
  peer.received
    .filter(({ startLine }) => startLine.startsWith('INVITE'))
    .map(({ startLine }) => /^INVITE sip:([^@]+)@/.exec(startLine)?.[1]);
const stored = () => storedSettings().accounts.find(({ id }) => id === accountId)?.forward;

describe('call forwarding', () => {
  it("dials the PBX's code, hangs up after the announcement, and is kept; no call is shown or logged", async () => {
    const shown: number[] = [];
    bench.phone.onEvent(({ name, data }) => {
      if (name === 'snapshot') shown.push(data.calls.length + data.history.length);
    });
    expect(await forward('busy', '103')).toMatchObject({ ok: true });
    expect(dialled()).toEqual(['*90103']);
    expect(stored()).toEqual({ always: '', busy: '103', unavailable: '' });
    await peer.waitFor(({ startLine }) => startLine.startsWith('BYE'), 6_000);
    expect(Math.max(...shown)).toBe(0);
    expect(await forward('busy', '')).toMatchObject({ ok: true });
    expect(dialled().at(-1)).toBe('*91');
    expect(stored()?.busy).toBe('');
  }, 15_000);

  it('leaves the line as it is', async () => {
    const registers = () => peer.received.filter(({ method }) => method === 'REGISTER').length;
    const before = registers();
    await forward('always', '103');
    await forward('unavailable', '104');
    expect(dialled()).toEqual(['*72103', '*52104']);
    await askOk(bench.phone, 'account.change', { accountId, account: {} });
    expect(registers()).toBe(before);
  });

  it('that the PBX does not take is refused and not kept', async () => {
    answerInvite = (invite) => peer.reply(invite, '404 Not Found');
    expect(await forward('always', '103')).toMatchObject({
      ok: false,
      error: { code: 'forward.refused', message: 'The PBX did not take *72103.' },
    });
    expect(stored()?.always).toBe('');
  });

  it('needs a code', async () => {
    const feature_codes = { ...defaultSettings.feature_codes, forward_always_on: '' };
    await askOk(bench.phone, 'settings.change', { patch: { feature_codes } });
    expect(await forward('always', '103')).toMatchObject({ ok: false, error: { code: 'forward.refused' } });
    expect(dialled()).toEqual([]);
  });
});
