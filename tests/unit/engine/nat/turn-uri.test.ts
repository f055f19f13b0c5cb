import { describe, expect, it } from 'vitest';
import { channelData, readChannelData, TurnStream } from '../../../../engine/nat/turn-framing.ts';
import { parseStunUri, parseTurnUri, timeLimitedCredential } from '../../../../engine/nat/turn-uri.ts';
import { serialiseStun, stunMethods } from '../../../../engine/nat/stun-message.ts';

describe('the URI of a server', () => {
  it.each([
    ['stun:stun.example.com', { host: 'stun.example.com', port: 3478 }],
    ['STUN:192.0.2.1:19302', { host: '192.0.2.1', port: 19302 }],
    ['stun:[2001:db8::1]:3479', { host: '2001:db8::1', port: 3479 }],
    ['stuns:stun.example.com', undefined],
    ['stun://stun.example.com', undefined],
    ['stun:', undefined],
    ['stun:host:0', undefined],
    ['stun:host:70000', undefined],
    ['turn:host', undefined],
  ])('%s is read as STUN', (uri, server) => {
    expect(parseStunUri(uri)).toEqual(server);
  });

  it.each([
    ['turn:turn.example.com', { host: 'turn.example.com', port: 3478, protocol: 'udp' }],
    ['turn:turn.example.com?transport=udp', { host: 'turn.example.com', port: 3478, protocol: 'udp' }],
    ['turn:turn.example.com:80?transport=tcp', { host: 'turn.example.com', port: 80, protocol: 'tcp' }],
    ['turns:turn.example.com', { host: 'turn.example.com', port: 5349, protocol: 'tls' }],
    ['turns:turn.example.com:443?transport=tcp', { host: 'turn.example.com', port: 443, protocol: 'tls' }],
    ['turns:turn.example.com?transport=udp', undefined],
    ['turn:user@turn.example.com', undefined],
    ['stun:host', undefined],
    ['', undefined],
  ])('%s is read as TURN', (uri, server) => {
    expect(parseTurnUri(uri)).toEqual(server);
  });
});

describe('a time-limited credential', () => {
  it('names the time of its end first and is signed with the shared secret', () => {
    // echo -n 1700086400:anna | openssl dgst -binary -sha1 -hmac north | base64
    expect(timeLimitedCredential('north', 'anna', 1_700_000_000_000)).toEqual({
      username: '1700086400:anna',
      password: 'n/qja1Xb6Le5M6vS7asFEtevzJI=',
    });
    expect(timeLimitedCredential('north', '', 1_700_000_000_000).username).toBe('1700086400');
  });
});

describe('channel data', () => {
  it('is padded on a stream only, and comes back without', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5);
    expect(channelData(0x4001, data, { onStream: false })).toHaveLength(9);
    const padded = channelData(0x4001, data, { onStream: true });
    expect(padded).toHaveLength(12);
    expect(readChannelData(padded)).toEqual({ channel: 0x4001, data: Buffer.from(data) });
  });

  it('is none where the channel or the length is out of range', () => {
    for (const octets of [[], [0x40, 0, 0], [0x50, 0, 0, 0], [0x00, 1, 0, 0], [0x40, 0, 0, 9, 1]])
      expect(readChannelData(Buffer.from(octets))).toBeUndefined();
  });
});

describe('a stream from a TURN server', () => {
  const transactionId = Buffer.alloc(12, 7);
  const stun = serialiseStun({
    class: 'indication',
    method: stunMethods.data,
    transactionId,
    attributes: [{ type: 0x13, value: Buffer.from('sound') }],
  });
  const channel = channelData(0x4000, Buffer.from('sounds'), { onStream: true });

  it('is cut into its messages wherever the network cuts it', () => {
    const whole = Buffer.concat([stun, channel, stun]);
    for (let size = 1; size < whole.length; size += 3) {
      const stream = new TurnStream();
      const messages: Buffer[] = [];
      for (let at = 0; at < whole.length; at += size)
        messages.push(...(stream.push(whole.subarray(at, at + size)) ?? []));
      expect(messages).toEqual([stun, channel, stun]);
    }
  });

  it('is none that begins like something else', () => {
    expect(new TurnStream().push(Buffer.from('SSH-2.0-OpenSSH'))).toBeUndefined();
    expect(new TurnStream().push(Buffer.from([0x80, 0, 0, 0]))).toBeUndefined();
  });
});
