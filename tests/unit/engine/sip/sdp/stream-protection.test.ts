import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../../../contract/settings.ts';
import { makeKeys } from '../../../../../engine/sip/sdp/crypto-lines.ts';
import { answerOffer, makeOffer, readAnswer } from '../../../../../engine/sip/sdp/offer-answer.ts';
import type { LocalDescription } from '../../../../../engine/sip/sdp/offer-answer.ts';
import type { LocalProtection } from '../../../../../engine/sip/sdp/stream-protection.ts';

type Policy = LocalProtection['policy'];
const policies: readonly Policy[] = ['off', 'optional', 'sdes', 'dtls'];

let seed = 0;
/** A side of a call, with keys and a fingerprint of its own. */
function side(policy: Policy, present?: LocalProtection['present']): LocalDescription {
  seed += 1;
  const octet = seed;
  return {
    sessionId: '42',
    version: 1,
    address: '192.0.2.7',
    port: 10_000 + 2 * seed,
    settings: defaultSettings,
    direction: 'sendrecv',
    protection: {
      policy,
      keys: makeKeys((bytes) => Buffer.alloc(bytes, octet)),
      fingerprint: () => ({
        algorithm: 'sha-256',
        value: `AB:${octet.toString(16).padStart(2, '0').toUpperCase()}`,
      }),
      tlsId: `of-side-number-${octet}`.padEnd(32, '-'),
      ...(present === undefined ? {} : { present }),
    },
  };
}

/** What an exchange between two accounts comes to at both ends; the problem where there is no call. */
function exchange(caller: LocalDescription, callee: LocalDescription) {
  const answered = answerOffer(makeOffer(caller), callee);
  if (!answered.ok) return answered.problem;
  const settled = readAnswer(answered.answer, caller);
  if (!settled.ok) return settled.problem;
  return { here: settled.parameters.protection, there: answered.parameters.protection, answered, settled };
}

const kinds: Record<Policy, Record<Policy, string>> = {
  off: { off: 'none', optional: 'none', sdes: 'not-encrypted', dtls: 'not-encrypted' },
  optional: { off: 'sdes', optional: 'sdes', sdes: 'sdes', dtls: 'not-encrypted' },
  sdes: { off: 'sdes', optional: 'sdes', sdes: 'sdes', dtls: 'not-encrypted' },
  dtls: { off: 'dtls', optional: 'dtls', sdes: 'not-encrypted', dtls: 'dtls' },
};

describe('encryption between two accounts', () => {
  for (const caller of policies) {
    for (const callee of policies) {
      const kind = kinds[caller][callee];
      it(`comes to ${kind} when ${caller} calls ${callee}`, () => {
        const outcome = exchange(side(caller), side(callee));
        if (typeof outcome === 'string') return expect(outcome).toBe(kind);
        expect([outcome.here.kind, outcome.there.kind]).toEqual([kind, kind]);
        if (outcome.here.kind === 'sdes' && outcome.there.kind === 'sdes') {
          expect(outcome.here.local).toEqual(outcome.there.remote);
          expect(outcome.here.remote).toEqual(outcome.there.local);
          expect(outcome.here.local.suite).toBe('AEAD_AES_256_GCM');
        }
        if (outcome.here.kind === 'dtls' && outcome.there.kind === 'dtls') {
          expect([outcome.here.role, outcome.there.role]).toEqual(['passive', 'active']);
          expect(outcome.here.fingerprints).not.toEqual(outcome.there.fingerprints);
        }
        return undefined;
      });
    }
  }
});

describe('a certificate', () => {
  /** A side that must not be asked for its certificate. */
  const uncertified = (policy: Policy) => {
    const made = side(policy);
    const fingerprint = () => {
      throw new Error('a certificate was made');
    };
    return made.protection ? { ...made, protection: { ...made.protection, fingerprint } } : made;
  };

  it.each(['off', 'optional', 'sdes'] as const)(
    'is not made for a call without a handshake: %s',
    (policy) => {
      expect(typeof exchange(uncertified(policy), uncertified(policy))).toBe('object');
    },
  );
});

describe('the description of an encrypted stream', () => {
  const mediaLine = (text: string) => /^m=.*$/m.exec(text)?.[0];

  it.each([
    ['off', 'RTP/AVP', 0, 0],
    ['optional', 'RTP/AVP', 6, 0],
    ['sdes', 'RTP/SAVP', 6, 0],
    ['dtls', 'UDP/TLS/RTP/SAVP', 0, 1],
  ] as const)('of an account with %s is %s', (policy, protocol, keys, fingerprints) => {
    const offer = makeOffer(side(policy));
    expect(mediaLine(offer)).toContain(` ${protocol} `);
    expect(offer.match(/^a=crypto:/gm) ?? []).toHaveLength(keys);
    expect(offer.match(/^a=fingerprint:/gm) ?? []).toHaveLength(fingerprints);
  });

  it('keeps the protocol of the offer, feedback profiles too', () => {
    const offer = makeOffer(side('dtls')).replace('UDP/TLS/RTP/SAVP', 'UDP/TLS/RTP/SAVPF');
    const answered = answerOffer(offer, side('off'));
    expect(answered.ok && mediaLine(answered.answer)).toContain(' UDP/TLS/RTP/SAVPF ');
  });

  it('takes a fingerprint that stands for the whole session', () => {
    const offer = makeOffer(side('dtls'));
    const fingerprint = /^a=fingerprint:.*\r\n/m.exec(offer)?.[0] ?? '';
    const moved = offer.replace(fingerprint, '').replace('t=0 0\r\n', `t=0 0\r\n${fingerprint}`);
    const answered = answerOffer(moved, side('dtls'));
    expect(answered.ok && answered.parameters.protection.kind).toBe('dtls');
  });

  it('is no stream of ours when it wants encryption and has no key that we can use', () => {
    const offer = makeOffer(side('sdes')).replace(/^a=crypto:.*\r\n/gm, '');
    expect(answerOffer(offer, side('off'))).toEqual({ ok: false, problem: 'not-encrypted' });
  });

  it('is refused as an answer when it leaves the encryption out that was asked for', () => {
    const caller = side('sdes');
    makeOffer(caller);
    const answered = answerOffer(makeOffer(side('off')), side('off'));
    expect(readAnswer(answered.ok ? answered.answer : '', caller)).toEqual({
      ok: false,
      problem: 'not-encrypted',
    });
  });

  it('offers what runs again, with the same key under the same tag', () => {
    const [caller, callee] = [side('sdes'), side('off')];
    const first = exchange(caller, callee);
    if (typeof first === 'string') throw new Error(first);
    const present = { protection: first.there, protocol: first.answered.protocol };
    const again: LocalDescription = {
      ...callee,
      protection: {
        ...{ policy: 'off', fingerprint: null, tlsId: '' },
        ...{ keys: callee.protection?.keys ?? [], present },
      },
    };
    const offer = makeOffer(again);
    expect(mediaLine(offer)).toContain(' RTP/SAVP ');
    if (first.there.kind !== 'sdes') throw new Error('not by keys');
    const { tag, suite, inline } = first.there.local;
    expect(offer.match(/^a=crypto:.*$/gm)?.map((line) => line.trim())).toEqual([
      `a=crypto:${tag} ${suite} inline:${inline}`,
    ]);
    const answered = answerOffer(offer, caller);
    expect(answered.ok && answered.parameters.protection).toEqual(first.here);
    expect(readAnswer(answered.ok ? answered.answer : '', again)).toMatchObject({
      parameters: { protection: first.there },
    });
  });

  it('names the handshake in an offer, and in the answer to one that does', () => {
    const outcome = exchange(side('dtls'), side('dtls'));
    if (typeof outcome === 'string' || outcome.here.kind !== 'dtls' || outcome.there.kind !== 'dtls')
      throw new Error('no handshake');
    const { local, remote } = outcome.here.tlsIds;
    expect(local).not.toBe(remote);
    expect(outcome.there.tlsIds).toEqual({ local: remote, remote: local });
    const unnamed = makeOffer(side('dtls')).replace(/^a=tls-id:.*\r\n/m, '');
    const answered = answerOffer(unnamed, side('dtls'));
    expect(answered.ok && answered.answer).not.toContain('tls-id');
  });

  it('keeps the roles of a handshake that is over', () => {
    const [caller, callee] = [side('dtls'), side('dtls')];
    const first = exchange(caller, callee);
    if (typeof first === 'string' || caller.protection === undefined || callee.protection === undefined)
      throw new Error('no call');
    const here = { protection: first.here, protocol: first.settled.protocol };
    const there = { protection: first.there, protocol: first.answered.protocol };
    const back = exchange(
      { ...callee, protection: { ...callee.protection, present: there } },
      { ...caller, protection: { ...caller.protection, present: here } },
    );
    if (typeof back === 'string') throw new Error(back);
    expect([back.here, back.there]).toEqual([first.there, first.here]);
  });
});
