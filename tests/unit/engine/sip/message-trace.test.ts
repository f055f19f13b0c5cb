import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { traceEntry } from '../../../../engine/sip/message-trace.ts';

const message = (lines: string[], body = '') => `${lines.join('\r\n')}\r\n\r\n${body}`;
const sdp =
  'v=0\r\nm=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=crypto:1 AES inline:c2VjcmV0\r\na=sendonly\r\n';

describe('a trace entry', () => {
  it('names a request by its method and number, and what it carries', () => {
    const text = message(
      [
        'INVITE sip:600@pbx SIP/2.0',
        'To: <sip:600@pbx>;tag=x',
        'Call-ID: a1',
        'Content-Type: application/sdp',
      ],
      sdp,
    );
    expect(traceEntry('sent', 5, text)).toMatchObject({
      direction: 'sent',
      at: 5,
      summary: 'INVITE 600',
      remark: 'SDP PCMU sendonly, inside the call',
      callId: 'a1',
    });
  });

  it('names a response by its status and what it answers', () => {
    const lines = [
      'SIP/2.0 401 Unauthorized',
      'CSeq: 3 REGISTER',
      'WWW-Authenticate: Digest realm="a", nonce="b"',
    ];
    expect(traceEntry('received', 0, message(lines))).toMatchObject({
      summary: '401 Unauthorized to REGISTER',
      remark: 'challenge',
    });
  });

  it('shows no credentials, no keys and no private words', () => {
    const credentials = 'Authorization: Digest username="1", response="5ec2e7"';
    const register = traceEntry('sent', 0, message(['REGISTER sip:pbx SIP/2.0', credentials]));
    expect(register.remark).toBe('with credentials');
    expect(register.text).not.toContain('5ec2e7');
    const invite = message(['INVITE sip:600@pbx SIP/2.0', 'Content-Type: application/sdp'], sdp);
    expect(traceEntry('sent', 0, invite).text).not.toContain('c2VjcmV0');
    const text = message(['MESSAGE sip:600@pbx SIP/2.0', 'Content-Type: text/plain'], 'I love you');
    expect(traceEntry('sent', 0, text).text).not.toContain('love');
    const key = message(['INFO sip:600@pbx SIP/2.0', 'Content-Type: application/dtmf-relay'], 'Signal=7\r\n');
    expect(traceEntry('sent', 0, key).text).not.toContain('Signal=7');
  });

  it('is made of anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(traceEntry('received', 0, text).direction).toBe('received');
      }),
    );
  });
});
