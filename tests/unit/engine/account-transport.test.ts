import { describe, expect, it } from 'vitest';
import { accountSettings, type AccountSettings } from '../../../contract/settings.ts';
import { accountTransport, checkAccount, nextHopOf } from '../../../engine/account-transport.ts';

const account = (change: Partial<AccountSettings> = {}) =>
  accountSettings.parse({
    ...{ id: 'a', label: 'Office', kind: 'sip', user: '1000', server: 'pbx.example.com' },
    ...change,
  });

describe('the next hop of an account', () => {
  it.each([
    ['its server', {}, ['pbx.example.com', undefined, 'UDP', []]],
    ['its server at a port', { port: 5080, transport: 'auto' }, ['pbx.example.com', 5080, 'auto', []]],
    [
      'a proxy before the domain, named in a Route',
      { outbound_proxy: 'sbc.example.net:5070', domain: 'example.com' },
      ['sbc.example.net', 5070, 'UDP', ['<sip:sbc.example.net:5070;lr>']],
    ],
    [
      'a proxy that is the domain itself',
      { outbound_proxy: 'pbx.example.com', transport: 'tcp' },
      ['pbx.example.com', undefined, 'TCP', []],
    ],
    [
      'a proxy by URI, whose transport counts',
      { outbound_proxy: 'sip:10.0.0.1;transport=tcp', transport: 'udp' },
      ['10.0.0.1', undefined, 'TCP', ['<sip:10.0.0.1;transport=tcp;lr>']],
    ],
    [
      'a proxy in angle brackets that routes loosely already',
      { outbound_proxy: '<sip:edge.example.com:5061;transport=tls;lr>' },
      ['edge.example.com', 5061, 'TLS', ['<sip:edge.example.com:5061;transport=tls;lr>']],
    ],
    [
      'a secure proxy',
      { outbound_proxy: 'sips:edge.example.com' },
      ['edge.example.com', undefined, 'TLS', ['<sips:edge.example.com;lr>']],
    ],
    [
      'a proxy with an IPv6 address',
      { outbound_proxy: '[2001:db8::1]:5060' },
      ['2001:db8::1', 5060, 'UDP', ['<sip:[2001:db8::1]:5060;lr>']],
    ],
  ] as [string, Partial<AccountSettings>, unknown[]][])('is %s', (_what, change, expected) => {
    const { host, port, protocol, route } = nextHopOf(account(change));
    expect([host, port, protocol, route]).toEqual(expected);
  });

  it.each(['not a host', 'sip:', 'sip:a;transport=pigeon', 'http://proxy', 'host:99999'])(
    'cannot be %s',
    (proxy) => {
      expect(() => checkAccount(account({ outbound_proxy: proxy }))).toThrow(/outbound_proxy/);
    },
  );
});

describe('the transport of an account', () => {
  it('reaches a WebSocket at a host that differs from the SIP domain', () => {
    const uri = 'wss://pbx.example.com/ws';
    const { protocol, webSocketUri } = accountTransport(
      account({ server: 'pbx.example.com', domain: '172.17.16.24', transport: 'wss', ws_uri: uri }),
    );
    expect({ protocol, webSocketUri }).toEqual({ protocol: 'WSS', webSocketUri: uri });
  });

  it.each([
    [{ transport: 'ws' }, 'ws://pbx.example.com:80/ws'],
    [{ transport: 'wss', port: 8089 }, 'wss://pbx.example.com:8089/ws'],
    [{ transport: 'wss', server: '2001:db8::1' }, 'wss://[2001:db8::1]:443/ws'],
  ] as [Partial<AccountSettings>, string][])('makes a WebSocket URI of server and port', (change, uri) => {
    expect(accountTransport(account(change)).webSocketUri).toBe(uri);
  });

  it('takes certificates for the server and for the domain, with the account’s authorities and pins', () => {
    const change = { domain: 'example.com', transport: 'tls', tls_ca: 'PEM', tls_pins: ['AB'] } as const;
    expect(accountTransport(account({ ...change, tls_pins: ['AB'] })).tls).toEqual({
      ...{ names: ['pbx.example.com', 'example.com'], authorities: 'PEM', pins: ['AB'] },
    });
  });
});
