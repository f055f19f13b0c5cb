/**
 * What two sides that know each other's certificates agree on: keys by a handshake over RTP's port, and by another one over RTCP's where
 * it has a port of its own (RFC 5764 §4.1: a handshake's keys are for its port alone). It lasts while roles and certificates do,
 * whatever else is negotiated and however packets travel (RFC 8842 §3.1).
 */
import type { Fingerprint } from '../media/media-engine.ts';
import type { Component } from '../nat/ice-candidate.ts';
import { DtlsHandshake, type DtlsHandshakeOptions } from './dtls-handshake.ts';
import type { SrtpKeys } from './dtls-secrets.ts';
import { sealed, type PacketProtection } from './packet-protection.ts';
import { srtpProtection, SrtpReceiver, SrtpSender } from './srtp.ts';

/** Who is at the other end, and who begins. */
export interface DtlsTerms {
  role: 'active' | 'passive';
  fingerprints: readonly Fingerprint[];
}

export interface DtlsAssociationOptions extends DtlsTerms {
  certificate: DtlsHandshakeOptions['certificate'];
  after: DtlsHandshakeOptions['after'];
  random: DtlsHandshakeOptions['random'];
  send: (datagram: Buffer, component: Component) => void;
  /** There are keys for a port; `suite` of its packets. */
  onKeys: (component: Component, suite: string) => void;
  /** Once for a port, with a reason in words. */
  onFailed: (component: Component, reason: string) => void;
}

export class DtlsAssociation {
  readonly #options: DtlsAssociationOptions;
  readonly #handshakes: Partial<Record<Component, DtlsHandshake>> = {};
  readonly #protections: Partial<Record<Component, PacketProtection>> = {};
  #rtcpMux = true;

  constructor(options: DtlsAssociationOptions) {
    this.#options = options;
  }

  /** True where these terms are the ones that it was made for, so that it goes on. */
  isFor({ role, fingerprints }: DtlsTerms): boolean {
    const own = this.#options;
    return own.role === role && isAlike(own.fingerprints, fingerprints);
  }

  /** Begins what is missing; what is agreed stays. `rtcpMux`: reports share RTP's port. */
  run({ rtcpMux }: { rtcpMux: boolean }): void {
    this.#rtcpMux = rtcpMux;
    this.#begin(1);
    if (!rtcpMux) this.#begin(2);
  }

  #begin(component: Component): void {
    if (this.#handshakes[component] !== undefined) return;
    const { role, fingerprints, certificate, after, random, send, onKeys, onFailed } = this.#options;
    this.#handshakes[component] = new DtlsHandshake({
      ...{ role, fingerprints, certificate, after, random },
      send: (datagram) => send(datagram, component),
      onKeys: ({ local, remote }: SrtpKeys) => {
        this.#protections[component] = srtpProtection(new SrtpSender(local), new SrtpReceiver(remote));
        onKeys(component, local.profile.suite);
      },
      onFailed: (reason) => onFailed(component, reason),
    });
  }

  receive(datagram: Buffer, component: Component): void {
    this.#handshakes[component]?.receive(datagram);
  }

  /** With the keys that are there. */
  get protection(): PacketProtection {
    const [sound = sealed, reports = sealed] = [
      this.#protections[1],
      this.#protections[this.#rtcpMux ? 1 : 2],
    ];
    return {
      protectRtp: sound.protectRtp,
      unprotectRtp: sound.unprotectRtp,
      protectRtcp: reports.protectRtcp,
      unprotectRtcp: reports.unprotectRtcp,
    };
  }

  /** Ends handshakes that run. Idempotent. */
  close(): void {
    for (const handshake of Object.values(this.#handshakes)) handshake.close();
  }
}

const isAlike = (one: readonly Fingerprint[], other: readonly Fingerprint[]) =>
  one.length === other.length &&
  one.every(({ algorithm, value }, index) => {
    const match = other[index];
    return match?.algorithm === algorithm && match.value === value;
  });
