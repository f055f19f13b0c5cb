import { describe, expect, it } from 'vitest';
import { Secret } from '../../../contract/secret.ts';
import { answerChallenge, parseChallenges, strongestChallenge } from '../../../engine/sip/digest.ts';
import { Authentication } from '../../../practice-pbx/authentication.ts';
import { Bindings, type RegisterRequest, mostBindings } from '../../../practice-pbx/bindings.ts';
import { findDestination } from '../../../practice-pbx/dial-plan.ts';

describe('the location table', () => {
  const one = 'sip:1000@127.0.0.1:5070';
  const other = 'sip:1000@127.0.0.1:5080';
  const request = (cseq: number, change: Partial<RegisterRequest> = {}): RegisterRequest => ({
    callId: 'a',
    cseq,
    expires: 60,
    contacts: [{ uri: one, expires: undefined }],
    ...change,
  });
  const uris = (bindings: Bindings, nowMs: number) => bindings.current(nowMs).map(({ uri }) => uri);

  it('forgets a contact when its time is over', () => {
    const bindings = new Bindings();
    expect(bindings.register(request(1), 0)).toMatchObject({
      ok: true,
      value: [{ uri: one, expiresAtMs: 60_000 }],
    });
    expect(uris(bindings, 59_999)).toEqual([one]);
    expect(uris(bindings, 60_000)).toEqual([]);
  });

  it('keeps several phones, refreshes each, and takes the expiry of the contact before that of the request', () => {
    const bindings = new Bindings();
    bindings.register(request(1), 0);
    bindings.register(request(7, { callId: 'b', contacts: [{ uri: other, expires: 10 }] }), 0);
    expect(uris(bindings, 0)).toEqual([other, one]);
    bindings.register(request(2), 5_000);
    expect(uris(bindings, 61_000)).toEqual([one]);
  });

  it('takes a contact out with expiry 0, and all of them with a star', () => {
    const bindings = new Bindings();
    bindings.register(request(1), 0);
    bindings.register(request(2, { contacts: [{ uri: other, expires: undefined }] }), 0);
    bindings.register(request(3, { contacts: [{ uri: one, expires: 0 }] }), 0);
    expect(uris(bindings, 0)).toEqual([other]);
    expect(bindings.register(request(4, { contacts: '*' }), 0)).toEqual({ ok: false, problem: 'wildcard' });
    expect(bindings.register(request(5, { contacts: '*', expires: 0 }), 0)).toEqual({ ok: true, value: [] });
    expect(uris(bindings, 0)).toEqual([]);
  });

  it('answers a question without contacts and changes nothing', () => {
    const bindings = new Bindings();
    bindings.register(request(1), 0);
    expect(bindings.register(request(2, { contacts: [] }), 0)).toMatchObject({
      ok: true,
      value: [{ uri: one }],
    });
  });

  it('refuses requests that come out of order, whole', () => {
    const bindings = new Bindings();
    bindings.register(request(5), 0);
    const late = request(4, {
      contacts: [
        { uri: other, expires: 60 },
        { uri: one, expires: 0 },
      ],
    });
    expect(bindings.register(late, 0)).toEqual({ ok: false, problem: 'out-of-order' });
    expect(uris(bindings, 0)).toEqual([one]);
    expect(bindings.register(request(1, { callId: 'restarted' }), 0).ok).toBe(true);
  });

  it('takes no more phones than it has room for', () => {
    const bindings = new Bindings();
    const contacts = Array.from({ length: mostBindings + 1 }, (_, n) => ({
      uri: `sip:1000@127.0.0.1:${n}`,
      expires: 60,
    }));
    expect(bindings.register(request(1, { contacts }), 0)).toEqual({ ok: false, problem: 'full' });
    expect(uris(bindings, 0)).toEqual([]);
  });
});

describe('authentication', () => {
  function open() {
    let nowMs = 0;
    let made = 0;
    const authentication = new Authentication({
      user: '1000',
      realm: 'practice',
      password: new Secret('right'),
      now: () => nowMs,
      makeNonce: () => `nonce-${made++}`,
    });
    const base = { method: 'REGISTER', uri: 'sip:127.0.0.1:5060', body: '' };
    const ask = (authorizations: string[], change: Partial<typeof base> = {}) =>
      authentication.judge({ ...base, ...change, authorizations });
    function sign(
      challenges: string[],
      change: { password?: string; user?: string; nonceCount?: number; uri?: string } = {},
    ): string {
      const challenge = strongestChallenge(parseChallenges(challenges));
      if (challenge === undefined) throw new Error('no challenge');
      const { user = '1000', password = 'right', nonceCount = 1, uri = base.uri } = change;
      return answerChallenge({
        challenge,
        user,
        password,
        request: { method: base.method, uri },
        nonceCount,
        cnonce: 'c',
      });
    }
    const challenge = () => {
      const verdict = ask([]);
      return verdict.ok ? [] : [verdict.challenge];
    };
    return { ask, sign, challenge, pass: (ms: number) => (nowMs += ms) };
  }
  const isStale = (verdict: ReturnType<Authentication['judge']>) =>
    !verdict.ok && /stale=true/i.test(verdict.challenge);

  it('takes an answer to its challenge, and no weaker or other algorithm than it asked for', () => {
    const { ask, sign, challenge } = open();
    const asked = challenge();
    expect(asked[0]).toContain('algorithm=MD5');
    expect(ask([sign(asked)])).toEqual({ ok: true });
    const sha = challenge().map((text) => text.replace('algorithm=MD5', 'algorithm=SHA-256'));
    expect(ask([sign(sha)]).ok).toBe(false);
  });

  it('refuses a wrong password, user, method or address, with a new nonce and not as stale', () => {
    const { ask, sign, challenge } = open();
    const challenges = challenge();
    for (const verdict of [
      ask([sign(challenges, { password: 'wrong' })]),
      ask([sign(challenges, { user: '1001' })]),
      ask([sign(challenges)], { method: 'INVITE' }),
      ask([sign(challenges)], { uri: 'sip:127.0.0.1:5061' }),
      ask(['Digest nonsense']),
    ]) {
      expect(verdict.ok).toBe(false);
      expect(isStale(verdict)).toBe(false);
    }
  });

  it('takes an answer that signs the address of the server without the user', () => {
    const { ask, sign, challenge } = open();
    expect(ask([sign(challenge())], { uri: 'sip:*43@127.0.0.1:5060;transport=udp' })).toEqual({ ok: true });
  });

  it('takes a nonce again with the next count, and never the same count twice', () => {
    const { ask, sign, challenge } = open();
    const challenges = challenge();
    expect(ask([sign(challenges)]).ok).toBe(true);
    expect(isStale(ask([sign(challenges)]))).toBe(true);
    expect(ask([sign(challenges, { nonceCount: 2 })]).ok).toBe(true);
  });

  it('tells a right password with an old, forgotten or foreign nonce that it is stale', () => {
    const { ask, sign, challenge, pass } = open();
    const challenges = challenge();
    pass(3_600_000);
    expect(isStale(ask([sign(challenges)]))).toBe(true);
    const forgotten = challenge();
    for (let n = 0; n < 300; n++) challenge();
    expect(isStale(ask([sign(forgotten)]))).toBe(true);
    expect(isStale(ask([sign(['Digest realm="practice", nonce="mine", algorithm=MD5, qop="auth"'])]))).toBe(
      true,
    );
  });
});

describe('the dial plan', () => {
  it('prefers exact codes, knows the boxes, and refuses the rest', () => {
    expect(findDestination('*97')).toMatchObject({ kind: 'service', service: 'mailbox' });
    expect(findDestination('*1000')).toMatchObject({ kind: 'message', box: '1000' });
    expect(findDestination('*1001')).toMatchObject({ kind: 'message', box: '1001' });
    expect(findDestination('1003')).toMatchObject({ kind: 'no-answer' });
    for (const number of ['', '*', '*9', '2000', '*2000', '97', '../1000']) {
      expect(findDestination(number)).toEqual({ kind: 'refused', statusCode: 404 });
    }
    expect(findDestination('1000')).toEqual({ kind: 'refused', statusCode: 486 });
  });
});
