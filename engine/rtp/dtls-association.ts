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
  readonly #handshakes = new Map<Component, DtlsHandshake>();
  /** Begun by the far side although keys are there; they stay until this one has others (RFC 6347 §4.2.8). */
  readonly #successors = new Map<Component, DtlsHandshake>();
  readonly #protections = new Map<Component, PacketProtection>();
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
    if (!this.#handshakes.has(component))
      this.#handshakes.set(component, this.#handshake(component, this.#options.onFailed));
  }

  #handshake(component: Component, onFailed: DtlsAssociationOptions['onFailed']): DtlsHandshake {
    const { terms, certificate, after, random, send, onKeys } = this.#options;
    const { role, fingerprints } = terms;
    const handshake: DtlsHandshake = new DtlsHandshake({
      ...{ role, fingerprints, certificate, after, random },
      send: (datagram) => send(datagram, component),
      onKeys: ({ local, remote }: SrtpKeys) => {
        if (this.#successors.get(component) === handshake) this.#succeed(component, handshake);
        this.#protections.set(component, srtpProtection(new SrtpSender(local), new SrtpReceiver(remote)));
        onKeys(component, local.profile.suite);
      },
      onFailed: (reason) => onFailed(component, reason),
    });
    return handshake;
  }

  #succeed(component: Component, handshake: DtlsHandshake): void {
    this.#handshakes.get(component)?.close();
    this.#handshakes.set(component, handshake);
    this.#successors.delete(component);
  }

  receive(datagram: Buffer, component: Component): void {
    const present = this.#handshakes.get(component);
    const before = this.#successors.get(component);
    const isAgreed = this.#protections.has(component);
    if (isAgreed && present?.isNewHello(datagram) === true && before?.isNewHello(datagram) !== false) {
      before?.close();
      // A stranger may say hello as well: what fails changes nothing.
      const forget = () => void this.#successors.delete(component);
      this.#successors.set(component, this.#handshake(component, forget));
    }
    (this.#successors.get(component) ?? present)?.receive(datagram);
  }

  /** With the keys that are there. */
  get protection(): PacketProtection {
    const [sound = sealed, reports = sealed] = [
      this.#protections.get(1),
      this.#protections.get(this.#rtcpMux ? 1 : 2),
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
    for (const handshakes of [this.#handshakes, this.#successors])
      for (const handshake of handshakes.values()) handshake.close();
  }
}
