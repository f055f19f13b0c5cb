import { describe, expect, it } from 'vitest';
import type { LocalIce } from '../../../../../engine/nat/ice-description.ts';
import {
  answeredTransport,
  offeredTransport,
  plainTransport,
  settledTransport,
  type LocalTransport,
} from '../../../../../engine/sip/sdp/ice-lines.ts';
import { readSessionDescription } from '../../../../../engine/sip/sdp/session-description.ts';

const host = '1 1 UDP 2130706431 192.0.2.1 5000 typ host';
const hostRtcp = '1 2 UDP 2130706430 192.0.2.1 5001 typ host';
const place = { address: '192.0.2.1', port: 5000 };
const ice: LocalIce = {
  ufrag: 'ours',
  pwd: 'our password that is long',
  candidates: [host, hostRtcp],
  complete: true,
  spare: { ufrag: 'spare', pwd: 'another password that is long' },
};
const local: LocalTransport = { ...plainTransport, ice };
const trickling: LocalTransport = { ...local, trickle: true };

/** The audio line of a description with these attributes; `session`: those above it. */
function line(
  attributes: string[],
  { session = [] as string[], connection = '203.0.113.1', port = 6000 } = {},
) {
  const lines = ['v=0', 'o=- 1 1 IN IP4 203.0.113.1', 's=-', `c=IN IP4 ${connection}`, 't=0 0', ...session];
  const text = [...lines, `m=audio ${port} RTP/AVP 0`, ...attributes, ''].join('\r\n');
  const found = readSessionDescription(text)?.media[0];
  if (found === undefined) throw new Error('no description');
  return found;
}
const theirs = ['a=ice-ufrag:them', 'a=ice-pwd:their password is long too'];
const theirHost = 'a=candidate:7 1 UDP 2130706431 203.0.113.1 6000 typ host';
const tricklingToo = ['a=ice-options:trickle', 'a=mid:voice'];

describe('an offer', () => {
  it('says nothing without ICE but what it says of the port', () => {
    expect(offeredTransport(plainTransport, place)).toEqual([]);
    expect(offeredTransport({ ...plainTransport, rtcpMux: true }, place)).toEqual(['a=rtcp-mux']);
  });

  it('names credentials and candidates, and no word of candidates that may follow', () => {
    expect(offeredTransport(local, place)).toEqual([
      'a=ice-ufrag:ours',
      'a=ice-pwd:our password that is long',
      `a=candidate:${host}`,
      `a=candidate:${hostRtcp}`,
    ]);
  });

  it('says that more may follow, and where the end is', () => {
    const whole = offeredTransport(trickling, place);
    expect(whole.slice(-3)).toEqual(['a=ice-options:trickle', 'a=end-of-candidates', 'a=mid:0']);
    const begun = { ...trickling, ice: { ...ice, complete: false } };
    expect(offeredTransport(begun, place).slice(-2)).toEqual(['a=ice-options:trickle', 'a=mid:0']);
  });

  it('names the place of RTCP where it is not the next port', () => {
    const reflexive = [
      '2 1 UDP 1694498815 198.51.100.9 7000 typ srflx raddr 192.0.2.1 rport 5000',
      '2 2 UDP 1694498814 198.51.100.9 7777 typ srflx raddr 192.0.2.1 rport 5001',
    ];
    const elsewhere = { ...local, ice: { ...ice, candidates: [...ice.candidates, ...reflexive] } };
    const lines = offeredTransport(elsewhere, { address: '198.51.100.9', port: 7000 });
    expect(lines).toContain('a=rtcp:7777 IN IP4 198.51.100.9');
  });
});

describe('the answer to an offer', () => {
  it('takes up ICE with its own credentials, controlled', () => {
    const { ice: taken, lines } = answeredTransport(line([...theirs, theirHost]), local, place);
    expect(taken).toEqual({
      ufrag: 'them',
      pwd: 'their password is long too',
      candidates: ['7 1 UDP 2130706431 203.0.113.1 6000 typ host'],
      complete: true,
      lite: false,
      ours: 'ours',
      controlling: false,
      trickles: false,
    });
    expect(lines).toContain('a=ice-ufrag:ours');
    expect(lines.join()).not.toContain('trickle');
  });

  it('answers a restart under the spare credentials', () => {
    const standing = { ...local, presentUfrag: 'before' };
    const { ice: taken, lines } = answeredTransport(line([...theirs, theirHost]), standing, place);
    expect(taken?.ours).toBe('spare');
    expect(lines).toContain('a=ice-ufrag:spare');
  });

  it('takes candidates that follow where both sides say so, under the name of their stream', () => {
    const offer = line([...theirs, ...tricklingToo]);
    const settled = answeredTransport(offer, trickling, place);
    expect(settled).toMatchObject({ mid: 'voice', ice: { trickles: true, complete: false } });
    expect(settled.lines).toContain('a=mid:voice');
    expect(answeredTransport(offer, local, place)).toMatchObject({
      ice: { trickles: false, complete: false },
    });
    expect(answeredTransport(line([...theirs, theirHost]), trickling, place)).toMatchObject({
      ice: { trickles: false, complete: true },
    });
  });

  it('reads the word for it also above the stream, and the end', () => {
    const offer = line([...theirs, theirHost, 'a=mid:voice', 'a=end-of-candidates'], {
      session: ['a=ice-options:ice2 trickle'],
    });
    expect(answeredTransport(offer, trickling, place).ice).toMatchObject({ trickles: true, complete: true });
  });

  it.each([
    ['no name of the stream', []],
    ['an empty one', ['a=mid:']],
    ['one that cannot be repeated', ['a=mid:a b']],
    ['one that is too long', [`a=mid:${'x'.repeat(65)}`]],
  ])('lets no candidates follow with %s', (_name, mid) => {
    const offer = line([...theirs, theirHost, 'a=ice-options:trickle', ...mid]);
    expect(answeredTransport(offer, trickling, place)).toMatchObject({ mid: '0', ice: { trickles: false } });
  });

  it('takes an offer that names no candidate yet, from nowhere, for no mismatch', () => {
    const offer = line([...theirs, ...tricklingToo], { connection: '0.0.0.0', port: 9 });
    expect(answeredTransport(offer, trickling, place).ice).toMatchObject({ candidates: [], trickles: true });
  });

  it('says so where somebody on the way has changed the address', () => {
    const offer = line([...theirs, theirHost], { connection: '203.0.113.99' });
    const { ice: taken, lines } = answeredTransport(offer, local, place);
    expect(taken).toBeNull();
    expect(lines).toEqual(['a=ice-mismatch']);
  });

  it.each([
    ['no password', ['a=ice-ufrag:them', theirHost]],
    ['no name', ['a=ice-pwd:their password is long too', theirHost]],
    ['no candidates, and none to follow', theirs],
    ['a mismatch of theirs', [...theirs, theirHost, 'a=ice-mismatch']],
  ])('goes without ICE for %s', (_name, attributes) => {
    expect(answeredTransport(line(attributes), local, place)).toMatchObject({ ice: null, lines: [] });
  });

  it.each([
    'a=candidate:',
    'a=candidate:7 1 UDP 4294967296 203.0.113.1 6000 typ host',
    'a=candidate:7 3 UDP 1 203.0.113.1 6000 typ host',
    'a=candidate:7 1 UDP 1 203.0.113.1 70000 typ host',
    'a=candidate:7 1 TCP 1 203.0.113.1 9 typ host tcptype active',
    'a=candidate:7 1 UDP 1 1f4712db-ea17-4bcf-a596-105139dfd8bf.local 6000 typ host',
    `a=candidate:${'7'.repeat(3_000)} 1 UDP 1 203.0.113.1 6000 typ host`,
    'a=candidate:7 1 UDP 1 203.0.113.1 6000 typ elsewhere',
    'a=candidate:\u0000\u0001\u0002',
  ])('is none the worse for %j beside a good one', (hostile) => {
    const settled = answeredTransport(line([...theirs, hostile, theirHost]), local, place);
    expect(settled.ice).toMatchObject({ ufrag: 'them', complete: true });
  });
});

describe('an answer to our offer', () => {
  it('makes us control, and them where they are none that check', () => {
    expect(settledTransport(line([...theirs, theirHost]), local).ice).toMatchObject({
      controlling: true,
      lite: false,
    });
    expect(
      settledTransport(line([...theirs, theirHost], { session: ['a=ice-lite'] }), local).ice,
    ).toMatchObject({
      controlling: true,
      lite: true,
    });
  });

  it('lets candidates follow where it says so as well', () => {
    expect(settledTransport(line([...theirs, ...tricklingToo]), trickling).ice?.trickles).toBe(true);
    expect(settledTransport(line([...theirs, theirHost]), trickling).ice?.trickles).toBe(false);
  });

  it('may not ask for one port where the offer did not', () => {
    const answer = line([...theirs, theirHost, 'a=rtcp-mux']);
    expect(settledTransport(answer, local).rtcpMux).toBe(false);
    expect(settledTransport(answer, { ...local, rtcpMux: true }).rtcpMux).toBe(true);
  });
});
