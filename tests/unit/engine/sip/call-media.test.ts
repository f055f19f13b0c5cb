import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../../contract/settings.ts';
import { isSameAssociation } from '../../../../engine/rtp/dtls-terms.ts';
import { CallMedia } from '../../../../engine/sip/call-media.ts';
import type { EncryptionPolicy } from '../../../../engine/sip/call-media.ts';
import { peerDescription } from '../../../support/sip-peer.ts';
import { fakeMedia } from './support/fake-media.ts';
import type { FakeSession } from './support/fake-media.ts';

async function opened(
  encryption: EncryptionPolicy = { policy: 'off', signallingIsSecure: () => false },
): Promise<{ media: CallMedia; session: FakeSession }> {
  const engine = fakeMedia();
  const media = await CallMedia.open({
    media: engine,
    settings: () => defaultSettings,
    localAddress: '127.0.0.1',
    source: { kind: 'silence' },
    sink: { kind: 'none' },
    encryption,
    paths: { ice: async () => undefined, rtcpMux: false, trickle: false },
    takesCandidates: () => false,
    onEvent: () => undefined,
  });
  const [session] = engine.sessions;
  if (session === undefined) throw new Error('no session was opened');
  return { media, session };
}

const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;
const described = (direction: string) => peerDescription(5_004, '0 101', [`a=${direction}`]);

describe("a call's sound", () => {
  it('never flows while the call is held here, whatever is offered and answered meanwhile', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('hold' as const), on: fc.boolean() }),
      fc.record({
        kind: fc.constant('offer' as const),
        answer: fc.constantFrom(...directions, 'nonsense', null),
      }),
      fc.record({ kind: fc.constant('answer' as const), offer: fc.constantFrom(...directions, 'nonsense') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { media, session } = await opened();
        let held = false;
        for (const each of steps) {
          if (each.kind === 'hold') media.setHold((held = each.on));
          else if (each.kind === 'answer')
            media.answer(each.offer === 'nonsense' ? 'v=0' : described(each.offer));
          else {
            const offer = media.offer();
            expect(/a=(sendrecv|recvonly)/.test(offer)).toBe(!held);
            if (each.answer !== null)
              media.applyAnswer(each.answer === 'nonsense' ? 'v=0' : described(each.answer), 'Anna');
          }
          if (held && session.started.length > 0) expect(session.started.at(-1)?.direction).toBe('inactive');
        }
      }),
    );
  });

  it('flows again only when the far side has agreed to the end of a hold', async () => {
    const { media, session } = await opened();
    media.answer(described('sendrecv'));
    media.setHold(true);
    media.offer();
    media.applyAnswer(described('recvonly'), 'Anna');
    media.setHold(false);
    expect(session.started.at(-1)?.direction).toBe('inactive');
    expect(media.offer()).toContain('a=sendrecv');
    media.applyAnswer(described('sendrecv'), 'Anna');
    expect(session.started.at(-1)?.direction).toBe('sendrecv');
  });

  it('flows on when a hold was not agreed to and is given up', async () => {
    const { media, session } = await opened();
    media.answer(described('sendrecv'));
    media.setHold(true);
    media.offer();
    media.setHold(false);
    expect(session.started.at(-1)?.direction).toBe('sendrecv');
  });
});

describe("the encryption of a call's sound", () => {
  const key = (letter: string) => `a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:${letter.repeat(40)}`;
  const offered = (letter: string) =>
    peerDescription(5_004, '0 101', [key(letter)]).replace('RTP/AVP', 'RTP/SAVP');
  const keyIn = (text = '') => /^a=crypto:.*$/m.exec(text)?.[0];
  const sdes = (secure: boolean): EncryptionPolicy => ({ policy: 'sdes', signallingIsSecure: () => secure });

  it('keeps its key through holds and refreshes, and changes it when theirs changes', async () => {
    const { media } = await opened(sdes(true));
    const first = keyIn(media.answer(offered('a')));
    expect(first).toMatch(/^a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:/);
    media.setHold(true);
    expect(keyIn(media.offer())).toBe(first);
    expect(keyIn(media.answer(offered('a')))).toBe(first);
    const second = keyIn(media.answer(offered('b')));
    expect(second).not.toBe(first);
    expect(keyIn(media.offer())).toBe(second);
  });

  it('has other keys for whoever takes the far side’s place', async () => {
    const { media } = await opened(sdes(true));
    const first = keyIn(media.answer(offered('a')));
    media.renewKeys();
    expect(keyIn(media.answer(offered('a')))).not.toBe(first);
  });

  describe('by a handshake', () => {
    const digits = (octet: string) => Array.from({ length: 32 }, () => octet).join(':');
    /** An offer of theirs; `ab` is the certificate. */
    const shaking = (octet: string, tlsId: string | null, setup = 'actpass') =>
      peerDescription(5_004, '0 101', [
        `a=fingerprint:sha-256 ${digits(octet)}`,
        `a=setup:${setup}`,
        ...(tlsId === null ? [] : [`a=tls-id:${tlsId.repeat(20)}`]),
      ]).replace('RTP/AVP', 'UDP/TLS/RTP/SAVP');
    const tlsIdIn = (text = '') => /^a=tls-id:(.*)$/m.exec(text)?.[1];

    async function shaken() {
      const { media, session } = await opened({ policy: 'dtls', signallingIsSecure: () => false });
      const first = tlsIdIn(media.answer(shaking('AB', 'x')));
      const terms = () => {
        const protection = session.started.at(-1)?.protection;
        if (protection?.kind !== 'dtls') throw new Error('no handshake');
        return protection;
      };
      return { media, terms, first };
    }

    it('stays the same through a hold and a refresh, whoever asks for it', async () => {
      const { media, terms, first } = await shaken();
      const before = terms();
      expect(tlsIdIn(media.answer(shaking('AB', 'x')))).toBe(first);
      media.setHold(true);
      expect(tlsIdIn(media.offer())).toBe(first);
      media.applyAnswer(shaking('AB', 'x', 'passive'), 'Anna');
      expect(isSameAssociation(before, terms())).toBe(true);
    });

    it.each([
      ['certificate', shaking('CD', 'x')],
      ['name', shaking('AB', 'y')],
      ['role', shaking('AB', 'x', 'active')],
    ])('is another one, also by name, when the far side offers another %s', async (_what, offer) => {
      const { media, terms, first } = await shaken();
      const before = terms();
      const second = tlsIdIn(media.answer(offer));
      expect(second).not.toBe(first);
      expect(isSameAssociation(before, terms())).toBe(false);
      expect(tlsIdIn(media.answer(offer))).toBe(second);
    });

    it('is another one for whoever takes the far side’s place, with the same certificate too', async () => {
      const { media, terms } = await shaken();
      const before = terms();
      media.renewKeys();
      media.answer(shaking('AB', null));
      expect(isSameAssociation(before, terms())).toBe(false);
    });
  });

  it('is asked for, or there is no call: an answer without it cannot be used', async () => {
    const { media, session } = await opened(sdes(true));
    media.offer();
    expect(media.applyAnswer(peerDescription(5_004, '0 101'), '600')?.code).toBe('media.encryption-required');
    expect(media.answer(peerDescription(5_004, '0 101'))).toBeUndefined();
    expect(session.started).toEqual([]);
  });

  it.each([
    ['sdes', true, true],
    ['sdes', false, false],
    ['dtls', false, true],
    ['none', true, false],
  ] as const)('by %s, with secure signalling %s, is secure: %s', async (kind, signalling, secure) => {
    const { media, session } = await opened({ policy: 'off', signallingIsSecure: () => signalling });
    media.answer(peerDescription(5_004, '0 101'));
    session.emit({ type: 'encrypted', encryption: { kind, suite: 'AEAD_AES_128_GCM' } });
    expect(media.snapshot[0]).toMatchObject({ secure, encryption: { kind } });
  });
});
