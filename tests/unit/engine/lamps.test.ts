import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../contract/settings.ts';
import { sipPeer } from '../../support/sip-peer.ts';
import type { PeerMessage, SipPeer } from '../../support/sip-peer.ts';
import { eventServer } from './sip/support/event-server.ts';
import type { EventServer } from './sip/support/event-server.ts';
import { ask, askOk, isReady, startPhone, until } from './support/phone-bench.ts';
import type { Bench } from './support/phone-bench.ts';

let peer: SipPeer;
let server: EventServer;
let bench: Bench;
let accountId: string;
/** Statuses of SUBSCRIBEs that are refused, by event package. */
let refusals: Map<string, string>;

beforeEach(async () => {
  peer = await sipPeer();
  refusals = new Map();
  server = eventServer(peer, (request) => {
    const refusal = refusals.get(request.header('Event'));
    if (refusal === undefined) peer.reply(request, '200 OK', ['Expires: 3600']);
    else peer.reply(request, refusal);
  });
  bench = await startPhone();
  const account = {
    label: 'Office',
    user: '1000',
    server: '127.0.0.1',
    port: peer.port,
    register_expires: 600,
  };
  ({ accountId } = await askOk(bench.phone, 'account.add', { account, password: 'secret' }));
  await until(bench.phone, ({ accounts }) => isReady(accounts.find(({ id }) => id === accountId)));
});
afterEach(async () => {
  await bench.phone.close();
  await peer.close();
});

const watch = (...numbers: string[]) =>
  askOk(bench.phone, 'settings.change', {
    patch: { lamps: numbers.map((number) => ({ number, label: `Desk ${number}`, account_id: '' })) },
  });

/** The SUBSCRIBE for somebody's state. */
const subscribe = (event: string, number: string): Promise<PeerMessage> =>
  peer.waitFor(
    ({ startLine, header }) =>
      startLine.startsWith(`SUBSCRIBE sip:${number}@`) &&
      header('Event') === event &&
      header('Expires') !== '0',
  );

const dialogInfo = (dialogs: string, version = 0) => ({
  type: 'application/dialog-info+xml',
  body: `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" entity="sip:102@pbx">${dialogs}</dialog-info>`,
});
const ringing =
  '<dialog id="1" direction="recipient"><state>early</state><remote><identity display="Anna">sip:101@pbx</identity></remote></dialog>';
const pidf = (activity: string, note: string) => ({
  type: 'application/pidf+xml',
  body: `<presence entity="sip:102@pbx"><tuple id="t"><status><basic>open</basic></status></tuple><person><activities>${activity}</activities><note>${note}</note></person></presence>`,
});

const lampOf = (number: string) => bench.phone.snapshot.lamps.find((lamp) => lamp.number === number);

describe('lamps', () => {
  it('show who rings, talks and is away, in the order of the settings', async () => {
    await watch('102', '103');
    expect(bench.phone.snapshot.lamps.map(({ number, label, state }) => [number, label, state])).toEqual([
      ['102', 'Desk 102', 'unknown'],
      ['103', 'Desk 103', 'unknown'],
    ]);
    await server.notify(await subscribe('dialog', '102'), dialogInfo(ringing));
    await expect
      .poll(() => lampOf('102'))
      .toMatchObject({
        accountId,
        state: 'ringing',
        canPickUp: true,
        remote: { number: '101', name: 'Anna' },
        reason: '',
      });
    await server.notify(await subscribe('presence', '102'), pidf('<away/>', 'Back at two'));
    await expect.poll(() => lampOf('102')).toMatchObject({ presence: 'away', note: 'Back at two' });
    await server.notify(
      await subscribe('dialog', '102'),
      dialogInfo('<dialog id="1"><state>confirmed</state></dialog>', 1),
    );
    await expect.poll(() => lampOf('102')?.state).toBe('busy');
    expect(lampOf('102')?.canPickUp).toBe(false);
  });

  it('say why an extension cannot be watched; missing presence is no reason', async () => {
    refusals.set('dialog', '404 Not Found').set('presence', '489 Bad Event');
    await watch('102');
    await expect.poll(() => lampOf('102')?.reason).toBe('The PBX does not tell about 102 (404 Not Found).');
    refusals.delete('dialog');
    await watch('103');
    await server.notify(await subscribe('dialog', '103'), dialogInfo(''));
    await expect.poll(() => lampOf('103')).toMatchObject({ state: 'idle', presence: 'unknown', reason: '' });
  });

  it('end with the list: what is taken out is unsubscribed', async () => {
    await watch('102');
    await server.notify(await subscribe('dialog', '102'), dialogInfo(''));
    await watch();
    expect(bench.phone.snapshot.lamps).toEqual([]);
    await peer.waitFor(
      ({ startLine, header }) =>
        startLine.startsWith('SUBSCRIBE') && header('Event') === 'dialog' && header('Expires') === '0',
    );
  });

  it('are dark while the account is not registered, and come back with it', async () => {
    await watch('102');
    await server.notify(await subscribe('dialog', '102'), dialogInfo(''));
    await expect.poll(() => lampOf('102')?.state).toBe('idle');
    await askOk(bench.phone, 'account.change', { accountId, account: { enabled: false } });
    await expect.poll(() => lampOf('102')?.state).toBe('unknown');
    const before = server.subscribes('dialog').length;
    await askOk(bench.phone, 'account.change', { accountId, account: { enabled: true } });
    await expect.poll(() => server.subscribes('dialog').length, { timeout: 5_000 }).toBeGreaterThan(before);
  });

  it("pick a ringing call up by the PBX's code, from the account that watches", async () => {
    await watch('102');
    await subscribe('dialog', '102');
    const { callId } = await askOk(bench.phone, 'lamp.pick-up', { number: '102' });
    const invite = await peer.waitFor(({ startLine }) => startLine.startsWith('INVITE'));
    expect(invite.startLine).toMatch(/^INVITE sip:\*\*102@/);
    expect(bench.phone.snapshot.calls).toMatchObject([{ id: callId, accountId }]);
  });

  const ringsFromAnna = async () => {
    await watch('102');
    const named = ringing
      .replace('id="1"', 'id="1" call-id="abc@pbx" local-tag="bob" remote-tag="anna"')
      .replace('</identity>', `</identity><target uri="sip:101@127.0.0.1:${peer.port}"/>`);
    await server.notify(await subscribe('dialog', '102'), dialogInfo(named));
    await expect.poll(() => lampOf('102')?.canPickUp).toBe(true);
  };
  const invites = () => peer.received.filter(({ startLine }) => startLine.startsWith('INVITE'));
  /** Refuses the n-th INVITE and those after it with the n-th status. */
  const refuseInvites = (...statuses: string[]) => {
    const usual = peer.onRequest;
    peer.onRequest = (request) => {
      if (request.method === 'INVITE')
        peer.reply(request, statuses[Math.min(invites().length, statuses.length) - 1] ?? '');
      else usual(request);
    };
  };

  it.each(['481 Call Does Not Exist', '403 Forbidden', '420 Bad Extension'])(
    "try the PBX's code once when the caller's side answers %s",
    async (status) => {
      await ringsFromAnna();
      refuseInvites(status, status);
      const { callId } = await askOk(bench.phone, 'lamp.pick-up', { number: '102' });
      await until(bench.phone, ({ calls }) => calls[0]?.state === 'ended');
      expect(bench.phone.snapshot.calls).toMatchObject([{ id: callId, remote: { number: '101' } }]);
      expect(invites().map(({ startLine, header }) => [startLine, header('Replaces') !== ''])).toEqual([
        [`INVITE sip:101@127.0.0.1:${peer.port} SIP/2.0`, true],
        ['INVITE sip:**102@127.0.0.1 SIP/2.0', false],
      ]);
    },
  );

  it('try nothing more when somebody else has answered', async () => {
    await ringsFromAnna();
    refuseInvites('486 Busy Here');
    await askOk(bench.phone, 'lamp.pick-up', { number: '102' });
    await until(bench.phone, ({ calls }) => calls[0]?.state === 'ended');
    expect(invites()).toHaveLength(1);
  });

  it('pick a ringing call up from its caller when the PBX names the dialog', async () => {
    await ringsFromAnna();
    await askOk(bench.phone, 'lamp.pick-up', { number: '102' });
    const invite = await peer.waitFor(({ startLine }) => startLine.startsWith('INVITE'));
    expect(invite.startLine).toBe(`INVITE sip:101@127.0.0.1:${peer.port} SIP/2.0`);
    expect(invite.header('Replaces')).toBe('abc@pbx;to-tag=anna;from-tag=bob;early-only');
  });

  it('say so when the PBX has no pick-up code', async () => {
    const feature_codes = { ...defaultSettings.feature_codes, pick_up: '' };
    await askOk(bench.phone, 'settings.change', { patch: { feature_codes } });
    expect(await ask(bench.phone, 'lamp.pick-up', { number: '102' })).toMatchObject({
      ok: false,
      error: { code: 'lamp.no-pick-up' },
    });
  });
});
