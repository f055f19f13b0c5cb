/** What offer/answer would have settled on, for tests of sound without signalling: G.711 in 20 ms packets, both ways, in the clear. */
import type { MediaParameters } from '../../engine/media/media-engine.ts';

export function mediaParameters(
  remote: Pick<MediaParameters, 'remoteAddress' | 'remotePort'>,
  change: Partial<MediaParameters> = {},
): MediaParameters {
  return {
    ...remote,
    codec: { name: 'PCMU', payloadType: 0, clockRate: 8000, sampleRate: 8000 },
    packetTimeMs: 20,
    telephoneEventPayloadType: 101,
    comfortNoisePayloadType: null,
    protection: { kind: 'none' },
    rtcpMux: false,
    ice: null,
    direction: 'sendrecv',
    ...change,
  };
}
