import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readText, writeMessage } from '../../../../../engine/sip/transport/message-text.ts';
import { requestTarget, responseDestination } from '../../../../../engine/sip/transport/routing.ts';
import {
  readVia,
  seenAddress,
  stampSource,
  topVia,
  withTopVia,
  writeVia,
} from '../../../../../engine/sip/transport/via.ts';

const via = (text: string) => {
  const read = readVia(text);
  if (read === undefined) throw new Error(`unreadable: ${text}`);
  return read;
};
const source = { address: '192.0.2.7', port: 40_000 };

describe('the topmost Via', () => {
  it('is read with white space around every part, IPv6 and odd parameters', () => {
    expect(via('SIP  / 2.0 /  UDP  [2001:db8::1] : 5070 ; branch = z9hG4bKa ;rport;x="a;b"')).toEqual({
      version: '2.0',
      protocol: 'UDP',
      host: '2001:db8::1',
      port: 5070,
      parameters: [{ name: 'branch', value: 'z9hG4bKa' }, { name: 'rport' }, { name: 'x', value: '"a;b"' }],
    });
    for (const bad of ['', 'SIP/2.0/UDP', 'HTTP/1.1/UDP a', 'SIP/2.0/UDP a:b', 'SIP/2.0/UDP a:70000'])
      expect(readVia(bad)).toBeUndefined();
  });

  it('is replaced without disturbing the values after it, in the same field or others', () => {
    const text =
      'OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;x="1,2", SIP/2.0/UDP b\r\nVia: SIP/2.0/UDP c\r\n\r\n';
    const message = readText(text);
    if (message === undefined) throw new Error('unreadable');
    expect(topVia(message)?.host).toBe('a');
    expect(writeMessage(withTopVia(message, 'SIP/2.0/TCP z'))).toBe(
      'OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP z, SIP/2.0/UDP b\r\nVia: SIP/2.0/UDP c\r\n\r\n',
    );
  });

  it('gets received where the sender is not where it says, and rport where it asks', () => {
    const stamp = (text: string) => writeVia(stampSource(via(text), source));
    expect(stamp('SIP/2.0/UDP 192.0.2.7;branch=b')).toBe('SIP/2.0/UDP 192.0.2.7;branch=b');
    expect(stamp('SIP/2.0/UDP pc;branch=b')).toBe('SIP/2.0/UDP pc;branch=b;received=192.0.2.7');
    expect(stamp('SIP/2.0/UDP pc;rport;branch=b')).toBe(
      'SIP/2.0/UDP pc;rport=40000;branch=b;received=192.0.2.7',
    );
    expect(stamp('SIP/2.0/UDP pc;received=198.51.100.1;rport=1')).toBe(
      'SIP/2.0/UDP pc;received=192.0.2.7;rport=40000',
    );
  });

  it('sends responses to received and rport, else to the sent-by', () => {
    const to = (text: string) => responseDestination(via(text));
    expect(to('SIP/2.0/UDP pc:5070;received=192.0.2.7;rport=40000')).toEqual(source);
    expect(to('SIP/2.0/UDP pc:5070;received=192.0.2.7')).toEqual({ address: '192.0.2.7', port: 5070 });
    expect(to('SIP/2.0/UDP 192.0.2.7')).toEqual({ address: '192.0.2.7', port: 5060 });
    expect(to('SIP/2.0/UDP pc')).toBeUndefined();
    expect(to('SIP/2.0/UDP 192.0.2.7;maddr=198.51.100.1')).toEqual({ address: '192.0.2.7', port: 5060 });
  });

  it('tells our public address from a response', () => {
    const local = { address: '10.0.0.2', port: 5060 };
    const seen = (text: string) => seenAddress(via(text), local);
    expect(seen('SIP/2.0/UDP 10.0.0.2;received=192.0.2.7;rport=40000')).toEqual(source);
    expect(seen('SIP/2.0/UDP 10.0.0.2;rport')).toBeUndefined();
    expect(seen('SIP/2.0/UDP 10.0.0.2;received=nonsense')).toBeUndefined();
  });

  it('takes any text without throwing, and writes what it read in a form that reads the same', () => {
    const mostly = fc.string({ unit: 'binary', maxLength: 80 });
    fc.assert(
      fc.property(
        fc.oneof(
          mostly,
          mostly.map((text) => `SIP/2.0/UDP ${text}`),
        ),
        (text) => {
          const read = readVia(text);
          if (read !== undefined) expect(readVia(writeVia(read))).toEqual(read);
        },
      ),
    );
  });
});

describe('where requests go', () => {
  const target = (uri: string, route?: string) => {
    const field = route === undefined ? '' : `Route: ${route}\r\n`;
    const message = readText(`BYE ${uri} SIP/2.0\r\n${field}\r\n`);
    return message === undefined ? undefined : requestTarget(message, uri);
  };

  it('is the Request-URI, or the topmost Route', () => {
    expect(target('sip:1000@127.0.0.1:40001;transport=udp')).toEqual({ host: '127.0.0.1', port: 40_001 });
    expect(target('sip:127.0.0.1')).toEqual({ host: '127.0.0.1', port: 5060 });
    expect(target('sip:1000@[::1]:6000?x=y')).toEqual({ host: '::1', port: 6000 });
    expect(target('sip:x@192.0.2.9', '"a, b" <sip:127.0.0.1:7000;lr>, <sip:127.0.0.2;lr>')).toEqual({
      host: '127.0.0.1',
      port: 7000,
    });
    expect(target('tel:+123')).toBeUndefined();
  });
});
