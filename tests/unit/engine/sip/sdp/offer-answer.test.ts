import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../../../contract/settings.ts';
import type { LocalDescription } from '../../../../../engine/sip/sdp/offer-answer.ts';
import { answerOffer, makeOffer, readAnswer } from '../../../../../engine/sip/sdp/offer-answer.ts';

const local: LocalDescription = {
  sessionId: '42',
  version: 1,
  address: '192.0.2.7',
  port: 10_000,
  settings: defaultSettings,
  direction: 'sendrecv',
};
const with_ = (change: Partial<LocalDescription>): LocalDescription => ({ ...local, ...change });
const description = (...lines: string[]) =>
  ['v=0', 'o=them 7 8 IN IP4 198.51.100.3', 's=call', ...lines, ''].join('\r\n');
const session = ['c=IN IP4 198.51.100.3', 't=0 0'];

describe('an offer', () => {
  it('names every enabled codec by priority, telephone-event, packet time and direction', () => {
    expect(makeOffer(local).split('\r\n')).toEqual([
      'v=0',
      'o=sidetone 42 1 IN IP4 192.0.2.7',
      's=-',
      'c=IN IP4 192.0.2.7',
      't=0 0',
      'm=audio 10000 RTP/AVP 0 8 107 9 13 101 96',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:107 opus/48000/2',
      'a=fmtp:107 minptime=10;maxaveragebitrate=32000;stereo=0;useinbandfec=1;usedtx=0',
      'a=rtpmap:9 G722/8000',
      'a=rtpmap:13 CN/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-16',
      'a=rtpmap:96 telephone-event/48000',
      'a=fmtp:96 0-16',
      'a=ptime:20',
      'a=rtcp-xr:rcvr-rtt=all voip-metrics',
      'a=sendrecv',
      '',
    ]);
  });

  it('follows the settings: order, what is switched off, the payload type of keys', () => {
    const settings = {
      ...defaultSettings,
      codecs: [
        { payload_type: 0, name: 'PCMU' as const, priority: 2, enabled: false },
        { payload_type: 8, name: 'PCMA' as const, priority: 1, enabled: true },
        { payload_type: 101, name: 'telephone-event' as const, priority: 3, enabled: true },
      ],
      dtmf: { ...defaultSettings.dtmf, payload_type: 96 },
    };
    expect(makeOffer(with_({ settings }))).toContain('m=audio 10000 RTP/AVP 8 13 96\r\n');
  });

  it('writes IPv6 as IP6', () => {
    expect(makeOffer(with_({ address: '2001:db8::1' }))).toContain('c=IN IP6 2001:db8::1\r\n');
  });
});

describe('an answer of ours', () => {
  it("takes their first codec that we speak, under their payload types' numbers", () => {
    const offer = description(
      ...session,
      'm=audio 4000 RTP/AVP 18 97 0 96',
      'a=rtpmap:97 pcma/8000',
      'a=rtpmap:96 telephone-event/8000',
    );
    const answered = answerOffer(offer, local);
    if (!answered.ok) throw new Error(answered.problem);
    expect(answered.answer).toContain('m=audio 10000 RTP/AVP 97 96\r\na=rtpmap:97 PCMA/8000\r\n');
    expect(answered.parameters).toMatchObject({
      remoteAddress: '198.51.100.3',
      remotePort: 4_000,
      codec: { name: 'PCMA', payloadType: 97, clockRate: 8_000, sampleRate: 8_000 },
      alternatives: [{ name: 'PCMU', payloadType: 0, clockRate: 8_000, sampleRate: 8_000 }],
      packetTimeMs: 20,
      telephoneEventPayloadType: 96,
      comfortNoisePayloadType: null,
      protection: { kind: 'none' },
      rtcpMux: false,
      ice: null,
      direction: 'sendrecv',
    });
  });

  it('keeps the number and order of the streams and refuses all but the first usable one', () => {
    const offer = description(
      ...session,
      'm=video 5000 RTP/AVP 31',
      'm=audio 0 RTP/AVP 0',
      'm=audio 5002 RTP/SAVP 0',
      'm=audio 5004 RTP/AVP 18',
      'm=audio 5006/2 RTP/AVP 8',
      'm=audio 5008 RTP/AVP 0',
      'm=application 5010 TCP/BFCP *',
    );
    const answered = answerOffer(offer, local);
    if (!answered.ok) throw new Error(answered.problem);
    expect(answered.answer.match(/^m=.*$/gm)?.map((line) => line.trim())).toEqual([
      'm=video 0 RTP/AVP 31',
      'm=audio 0 RTP/AVP 0',
      'm=audio 0 RTP/SAVP 0',
      'm=audio 0 RTP/AVP 18',
      'm=audio 10000 RTP/AVP 8',
      'm=audio 0 RTP/AVP 0',
      'm=application 0 TCP/BFCP *',
    ]);
    expect(answered.parameters.remotePort).toBe(5_006);
  });

  it('prefers the address, direction, packet time and RTCP port of the stream to those of the session', () => {
    const offer = description(
      'c=IN IP4 198.51.100.3',
      't=3034423619 3042462419',
      'a=inactive',
      'm=audio 4000 RTP/AVP 0',
      'c=IN IP6 2001:db8::9',
      'a=ptime:30',
      'a=rtcp:53020',
      'a=sendrecv',
    );
    const answered = answerOffer(offer, local);
    if (!answered.ok) throw new Error(answered.problem);
    expect(answered.parameters).toMatchObject({
      remoteAddress: '2001:db8::9',
      remoteRtcpPort: 53_020,
      packetTimeMs: 30,
      direction: 'sendrecv',
    });
    expect(answered.answer).toContain('t=3034423619 3042462419\r\n');
  });

  it.each([
    ['sendrecv', 'sendrecv', false],
    ['sendonly', 'recvonly', true],
    ['recvonly', 'sendonly', false],
    ['inactive', 'inactive', true],
  ] as const)('to %s is %s', (theirs, ours, held) => {
    const answered = answerOffer(description(...session, 'm=audio 4000 RTP/AVP 0', `a=${theirs}`), local);
    if (!answered.ok) throw new Error(answered.problem);
    expect(answered.parameters.direction).toBe(ours);
    expect(answered.answer).toContain(`a=${ours}\r\n`);
    expect(answered.held).toBe(held);
  });

  it('sends nothing to 0.0.0.0, the old way to hold', () => {
    const answered = answerOffer(description('c=IN IP4 0.0.0.0', 't=0 0', 'm=audio 4000 RTP/AVP 0'), local);
    expect(answered).toMatchObject({ ok: true, held: true, parameters: { direction: 'recvonly' } });
  });

  it.each([
    ['', 'malformed'],
    ['v=0\r\nm=audio x RTP/AVP 0\r\n', 'malformed'],
    [description(...session), 'no-audio'],
    [description('t=0 0', 'm=audio 4000 RTP/AVP 0'), 'no-audio'],
    [description(...session, 'm=video 4000 RTP/AVP 31'), 'no-audio'],
    [description(...session, 'm=audio 4000 RTP/AVP 18'), 'no-common-codec'],
    [description(...session, 'm=audio 4000 RTP/AVP 0', 'a=rtpmap:0 PCMU/16000'), 'no-common-codec'],
  ])('to %j is none: %s', (offer, problem) => {
    expect(answerOffer(offer, local)).toEqual({ ok: false, problem });
  });

  it('never holds what was not offered, and never throws', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'm=audio 4000 RTP/AVP 0 8',
        'm=audio 5 RTP/AVP 8 101',
        'a=rtpmap:101 telephone-event/8000',
      ),
      fc.constantFrom(
        'c=IN IP4 10.0.0.1',
        'a=sendonly',
        'a=rtpmap:8 PCMA/8000',
        'm=video 9 RTP/AVP 99',
        't=0 0',
      ),
      fc
        .tuple(
          fc.nat(130),
          fc.constantFrom('PCMU/8000', 'pcma/8000/1', 'telephone-event/8000', 'opus/48000/2'),
        )
        .map(([type, name]) => `a=rtpmap:${type} ${name}`),
      fc
        .uniqueArray(fc.nat(127), { minLength: 1, maxLength: 6 })
        .map((types) => `m=audio 4000 RTP/AVP ${types.join(' ')}`),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), (lines) => {
        const offer = description(...lines);
        const answered = answerOffer(offer, local);
        readAnswer(offer, local);
        if (!answered.ok) return;
        const offered = offer.match(/^m=.*$/gm) ?? [];
        const given = answered.answer.match(/^m=.*$/gm) ?? [];
        expect(given).toHaveLength(offered.length);
        for (const [index, media] of given.entries()) {
          const [kind, , protocol, ...types] = media.trim().split(/\s+/);
          const [theirKind, , theirProtocol, ...theirTypes] = (offered[index] ?? '').trim().split(/\s+/);
          expect([kind, protocol]).toEqual([theirKind, theirProtocol]);
          for (const type of types) expect(theirTypes).toContain(type);
        }
        expect(given.filter((media) => !/^m=\S+ 0 /.test(media))).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe('an answer of theirs', () => {
  it('settles the codec by their order and the key payload type by their number', () => {
    const answer = description(...session, 'm=audio 4000 RTP/AVP 8 0 99', 'a=rtpmap:99 telephone-event/8000');
    expect(readAnswer(answer, local)).toMatchObject({
      ok: true,
      parameters: { codec: { name: 'PCMA' }, telephoneEventPayloadType: 99 },
    });
  });

  it('without telephone-event leaves none', () => {
    const answer = description(...session, 'm=audio 4000 RTP/AVP 0');
    expect(readAnswer(answer, local)).toMatchObject({ parameters: { telephoneEventPayloadType: null } });
  });

  it('that refuses the stream is no audio', () => {
    const answer = description(...session, 'm=audio 0 RTP/AVP 0');
    expect(readAnswer(answer, local)).toEqual({ ok: false, problem: 'no-audio' });
  });
});
