import { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PhoneError } from '../../../../contract/errors.ts';
import { defaultSettings } from '../../../../contract/settings.ts';
import { CallMedia } from '../../../../engine/sip/call-media.ts';
import { CallNegotiation } from '../../../../engine/sip/call-negotiation.ts';
import type { DialogAnswer } from '../../../../engine/sip/dialog-signalling.ts';
import { createHandClock } from '../../../support/hand-clock.ts';
import type { HandClock } from '../../../support/hand-clock.ts';
import { peerDescription } from '../../../support/sip-peer.ts';
import { fakeMedia } from './support/fake-media.ts';

let clock: HandClock;
let negotiation: CallNegotiation;
let answers: DialogAnswer[];
let offers: string[];
let lost: PhoneError[];

/** The far side's final answer. */
function answer(status: number, headers: Record<string, string> = {}, body = ''): DialogAnswer {
  const message = new IncomingResponseMessage();
  message.statusCode = status;
  message.body = body;
  for (const [name, value] of Object.entries(headers)) message.addHeader(name, value);
  return { status, reason: '', own: false, message };
}
const own = (status: number): DialogAnswer => ({ status, reason: '', own: true, message: undefined });
const agrees = (direction: string) => answer(200, {}, peerDescription(5_004, '0', [`a=${direction}`]));

beforeEach(async () => {
  [answers, offers, lost, clock] = [[], [], [], createHandClock()];
  const media = await CallMedia.open({
    media: fakeMedia(),
    settings: () => defaultSettings,
    localAddress: '127.0.0.1',
    source: { kind: 'silence' },
    sink: { kind: 'none' },
    encryption: { policy: 'off', signallingIsSecure: () => false },
    paths: { ice: async () => undefined, rtcpMux: false, trickle: false },
    takesCandidates: () => false,
    onEvent: () => undefined,
  });
  media.answer(peerDescription(5_004));
  negotiation = new CallNegotiation({
    dialog: () => ({ update: async () => own(408) }),
    offeringDialog: () => ({
      offer: async (write) => {
        offers.push(write().offer);
        return answers.shift() ?? own(408);
      },
    }),
    media: () => media,
    settings: () => defaultSettings,
    ownsCallId: true,
    target: () => 'Anna',
    onChanged: () => undefined,
    onLost: (error) => lost.push(error),
    onSettled: () => undefined,
    random: () => 0.5,
    clock,
  });
  negotiation.established();
});

/** Lets what has been answered take its course. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the negotiation of a call', () => {
  it('waits for as long as a refusal names, and no longer', async () => {
    answers = [answer(500, { 'Retry-After': '7' }), agrees('recvonly')];
    const held = negotiation.setHold(true);
    await settle();
    clock.advance(6_990);
    expect(offers).toHaveLength(1);
    clock.advance(10);
    await held;
    expect(offers).toHaveLength(2);
  });

  it('takes a refusal that names a long time for a refusal', async () => {
    answers = [answer(503, { 'Retry-After': '3600' })];
    await expect(negotiation.setHold(true)).rejects.toMatchObject({ error: { code: 'call.hold-refused' } });
    expect(negotiation.hold).toEqual({ local: false, remote: false, pending: false });
  });

  it('waits between 2.1 and 4 s after a glare when the Call-ID is ours', async () => {
    answers = [answer(491), agrees('recvonly')];
    const held = negotiation.setHold(true);
    await settle();
    clock.advance(3_040);
    expect(offers).toHaveLength(1);
    clock.advance(10);
    await held;
  });

  it('asks for a longer session in the same hold when a 422 wants one', async () => {
    answers = [answer(422, { 'Min-SE': '4000' }), agrees('recvonly')];
    const held = negotiation.setHold(true);
    await settle();
    clock.advance(0);
    await held;
    expect(negotiation.inviteHeaders).toContain('Min-SE: 4000');
  });

  it('keeps a call whose hold could not be sent, and ends one whose hold nobody answered', async () => {
    answers = [own(503)];
    await expect(negotiation.setHold(true)).rejects.toMatchObject({ error: { code: 'call.hold-refused' } });
    expect(lost).toEqual([]);
    answers = [own(408)];
    await expect(negotiation.setHold(true)).rejects.toMatchObject({ error: { code: 'call.hold-refused' } });
    expect(lost.map(({ code }) => code)).toEqual(['call.connection-lost']);
  });

  it('tells everybody who asked for the same hold, and ends as it was asked last', async () => {
    answers = [agrees('recvonly'), agrees('sendrecv')];
    const asked = [true, true, false, true, false, false].map((hold) => negotiation.setHold(hold));
    await settle();
    asked.push(negotiation.setHold(false));
    await Promise.all(asked);
    expect(negotiation.hold).toEqual({ local: false, remote: false, pending: false });
    expect(offers).toHaveLength(2);
  });

  it('keeps a call whose changed address nobody has answered: that is asked again', async () => {
    answers = [own(408)];
    expect(await negotiation.renegotiate()).toBe('silent');
    expect(lost).toEqual([]);
  });

  it('tells everybody who waits when the call is over', async () => {
    answers = [answer(491)];
    const waiting = [negotiation.setHold(true), negotiation.renegotiate()];
    await settle();
    negotiation.close();
    await expect(waiting[0]).rejects.toMatchObject({ error: { code: 'call.not-found' } });
    expect(await waiting[1]).toBe('over');
    expect(clock.pending).toBe(0);
  });
});
