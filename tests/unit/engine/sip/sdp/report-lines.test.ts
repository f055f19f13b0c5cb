import { describe, expect, it } from 'vitest';
import { extendedReportsOf, reportLine } from '../../../../../engine/sip/sdp/report-lines.ts';
import { readSessionDescription } from '../../../../../engine/sip/sdp/session-description.ts';

/** What a description takes that says this at the session and at the stream. */
function taken(session: string[], stream: string[]) {
  const text = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...session];
  const described = readSessionDescription([...text, 'm=audio 4000 RTP/AVP 0', ...stream, ''].join('\r\n'));
  const [line] = described?.media ?? [];
  if (line === undefined) throw new Error('this is no description');
  return extendedReportsOf(line);
}

describe('what is said of extended reports', () => {
  it('is nothing without the attribute', () => {
    expect(taken([], [])).toBeUndefined();
    expect(taken([], ['a=rtcp-xr:pkt-loss-rle stat-summary=loss'])).toBeUndefined();
  });

  it('is understood as we write it', () => {
    expect(taken([], [reportLine])).toEqual({ voipMetrics: true, roundTrip: true });
  });

  it.each([
    ['a=rtcp-xr:voip-metrics', { voipMetrics: true, roundTrip: false }],
    ['a=rtcp-xr:rcvr-rtt=sender:120', { voipMetrics: false, roundTrip: true }],
    ['a=rtcp-xr:pkt-loss-rle=100 rcvr-rtt=all voip-metrics', { voipMetrics: true, roundTrip: true }],
  ])('is understood as others write it: %s', (line, expected) => {
    expect(taken([], [line])).toEqual(expected);
    expect(taken([line], [])).toEqual(expected);
  });

  it('counts for the stream before it counts for the session', () => {
    expect(taken([reportLine], ['a=rtcp-xr:voip-metrics'])).toEqual({ voipMetrics: true, roundTrip: false });
  });
});
