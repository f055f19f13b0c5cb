/**
 * Which extended RTCP reports each side takes (RFC 3611 §5): whoever names a kind asks to get it, and nobody gets what was not asked
 * for.
 *
 *   a=rtcp-xr:rcvr-rtt=all voip-metrics
 */
import type { MediaParameters } from '../../media/media-engine.ts';
import type { MediaLine } from './session-description.ts';

/** What we take. */
export const reportLine = 'a=rtcp-xr:rcvr-rtt=all voip-metrics';

const attribute = 'rtcp-xr:';

/** What the far side takes; undefined when that is nothing. What the stream says counts before what the session says. */
export function extendedReportsOf({ attributes }: MediaLine): MediaParameters['extendedReports'] {
  const named = [...attributes.own, ...attributes.session].find((each) => each.startsWith(attribute));
  const kinds = named?.slice(attribute.length).trim().split(/\s+/) ?? [];
  const voipMetrics = kinds.includes('voip-metrics');
  const roundTrip = kinds.some((kind) => /^rcvr-rtt=(all|sender)(:\d+)?$/.test(kind));
  return voipMetrics || roundTrip ? { voipMetrics, roundTrip } : undefined;
}
