/**
 * What two sides that know each other's certificates agree on: keys by a handshake over RTP's port, and by another one over RTCP's where
 * it has a port of its own (RFC 5764 §4.1: a handshake's keys are for its port alone). It lasts while its terms do, whatever else is
 * negotiated and however packets travel.
 */
import type { Component } from '../nat/ice-candidate.ts';
import { DtlsHandshake, type DtlsHandshakeOptions } from './dtls-handshake.ts';
import type { SrtpKeys } from './dtls-secrets.ts';
import type { DtlsTerms } from './dtls-terms.ts';
import { sealed, type PacketProtection } from './packet-protection.ts';
import { srtpProtection, SrtpReceiver, SrtpSender } from './srtp.ts';

export interface DtlsAssociationOptions {
  terms: DtlsTerms;
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

  /** What it was made for. */
  get terms(): DtlsTerms {
    return this.#options.terms;
  }

  /** Begins what is missing; what is agreed stays. `rtcpMux`: reports share RTP's port. */
  run({ rtcpMux }: { rtcpMux: boolean }): void {
    this.#rtcpMux = rtcpMux;
    this.#begin(1);
    if (!rtcpMux) this.#begin(2);
  }

  #begin(component: Component): void {
    if (this.#handshakes[component] !== undefined) return;
    const { terms, certificate, after, random, send, onKeys, onFailed } = this.#options;
    const { role, fingerprints } = terms;
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
