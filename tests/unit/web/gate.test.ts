import { describe, expect, it } from 'vitest';
import { type RequestHead, cookieName, createGate, sessionCookie } from '../../../web/gate.ts';

const good: RequestHead = {
  method: 'GET',
  host: '127.0.0.1:4321',
  origin: 'http://127.0.0.1:4321',
  cookie: undefined,
  remoteAddress: '127.0.0.1',
};

describe('the head of a request', () => {
  it.each<[string, Partial<RequestHead>, boolean, string | null]>([
    ['our page', {}, true, null],
    ['our page by name', { host: 'localhost:4321', origin: 'http://localhost:4321' }, true, null],
    ['a GET without Origin', { origin: undefined }, false, null],
    ['a POST without Origin', { origin: undefined }, true, 'origin'],
    ['another site', { origin: 'https://evil.example' }, false, 'origin'],
    ['an opaque origin', { origin: 'null' }, false, 'origin'],
    ['another port of this computer', { origin: 'http://127.0.0.1:9999' }, false, 'origin'],
    ['a rebound name', { host: 'evil.example:4321', origin: 'http://evil.example:4321' }, false, 'host'],
    ['another port in Host', { host: '127.0.0.1:80' }, false, 'host'],
    ['no Host', { host: undefined }, false, 'host'],
    ['the network', { remoteAddress: '192.168.1.7' }, false, 'not-loopback'],
    ['nowhere', { remoteAddress: undefined }, false, 'not-loopback'],
    ['loopback mapped into IPv6', { remoteAddress: '::ffff:127.0.0.1' }, false, null],
  ])('%s', (_name, change, needsOrigin, expected) => {
    expect(createGate(4321).checkHead({ ...good, ...change }, needsOrigin)).toBe(expected);
  });
});

describe('the token', () => {
  it('is good for one exchange', () => {
    const gate = createGate(4321);
    const token = gate.issueToken();
    expect(gate.redeem(token)).toEqual(expect.any(String));
    expect(gate.redeem(token)).toBeNull();
  });

  it.each([undefined, null, 7, '', 'x', {}, ['a']])('%j is none', (value) => {
    const gate = createGate(4321);
    gate.issueToken();
    expect(gate.redeem(value)).toBeNull();
  });

  it('of another server is worth nothing here', () => {
    expect(createGate(4321).redeem(createGate(4321).issueToken())).toBeNull();
  });
});

describe('an upgrade', () => {
  it('needs the cookie, and finds it among others', () => {
    const gate = createGate(4321);
    const value = gate.redeem(gate.issueToken());
    expect(gate.checkUpgrade(good)).toBe('cookie');
    expect(gate.checkUpgrade({ ...good, cookie: `${cookieName}=wrong` })).toBe('cookie');
    expect(gate.checkUpgrade({ ...good, cookie: `theme=dark; ${cookieName}=${value}; a=b` })).toBeNull();
  });

  it('from another site is refused also with the cookie', () => {
    const gate = createGate(4321);
    const cookie = `${cookieName}=${gate.redeem(gate.issueToken())}`;
    expect(gate.checkUpgrade({ ...good, cookie, origin: 'https://evil.example' })).toBe('origin');
    expect(gate.checkUpgrade({ ...good, cookie, origin: undefined })).toBe('origin');
  });
});

it('marks the cookie so that neither scripts nor other sites have it', () => {
  expect(sessionCookie('v')).toBe('sidetone_session=v; HttpOnly; SameSite=Strict; Path=/');
});
