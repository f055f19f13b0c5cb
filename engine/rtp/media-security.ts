/**
 * The encryption of one session as negotiation settles it: turns keys into the session's packet protection, and has a handshake find
 * them where SDP holds fingerprints. While encryption is wanted and its keys are not there, nothing goes out and nothing is heard.
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { MediaEncryption } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import type { MasterKey, Protection } from './protection.ts';
import type { Component } from '../nat/ice-candidate.ts';
import { DtlsAssociation } from './dtls-association.ts';
import type { DtlsCertificate } from './dtls-certificate.ts';
import type { DtlsHandshakeOptions } from './dtls-handshake.ts';
import { isSameAssociation, type DtlsTerms } from './dtls-terms.ts';
import type { MediaPath } from './media-path.ts';
import { plain, sealed, type PacketProtection } from './packet-protection.ts';
import { srtpProtection, SrtpReceiver, SrtpSender, type SrtpMaster } from './srtp.ts';
import { srtpProfileOf } from './srtp-profile.ts';

export interface MediaSecurityOptions {
  /** Handshakes go the way of the sound. */
  path: Pick<MediaPath, 'onDtls' | 'sendDtls'>;
  /** Ours for handshakes; without one they fail. */
  certificate: () => DtlsCertificate | null;
  after: DtlsHandshakeOptions['after'];
  random: DtlsHandshakeOptions['random'];
  setProtection: (protection: PacketProtection) => void;
  /** Packets are encrypted so from here on; told once for each change. */
  onEncrypted: (encryption: MediaEncryption) => void;
  onFailed: (reason: string) => void;
  log: Logger;
}

/** A direction's keys, and what they made. */
interface Keyed<Made> {
  inline: string;
  suite: string;
  made: Made;
}

/** The far side's first flights may be here before its answer in SIP; so many datagrams of them are kept. */
const mostEarlyDatagrams = 6;

export class MediaSecurity {
  readonly #options: MediaSecurityOptions;
  #sender: Keyed<SrtpSender> | null = null;
  #receiver: Keyed<SrtpReceiver> | null = null;
  #association: DtlsAssociation | null = null;
  #early: { datagram: Buffer; component: Component }[] = [];
  #told: MediaEncryption = { kind: 'none', suite: '' };

  constructor(options: MediaSecurityOptions) {
    this.#options = options;
    options.path.onDtls((datagram, component) => {
      if (this.#association) this.#association.receive(datagram, component);
      else if (this.#early.length < mostEarlyDatagrams) this.#early.push({ datagram, component });
    });
  }

  /** What was negotiated. Given again after every re-negotiation; what has not changed goes on. */
  apply(protection: Protection, { rtcpMux }: { rtcpMux: boolean }): void {
    switch (protection.kind) {
      case 'none':
        this.close();
        this.#options.setProtection(plain);
        return this.#tell({ kind: 'none', suite: '' });
      case 'sdes':
        this.close();
        return this.#useKeys(protection.local, protection.remote);
      case 'dtls':
        return this.#useHandshake(protection, rtcpMux);
      default:
        return assertNever(protection);
    }
  }

  /** Ends a handshake that runs; packets stay as they are. Idempotent. */
  close(): void {
    this.#association?.close();
    this.#association = null;
    this.#early = [];
  }

  #useHandshake(terms: DtlsTerms, rtcpMux: boolean): void {
    const { setProtection, onFailed } = this.#options;
    const certificate = this.#options.certificate();
    const running = this.#association;
    if (running !== null && isSameAssociation(running.terms, terms)) {
      running.run({ rtcpMux });
      return setProtection(running.protection);
    }
    const early = this.#early;
    this.close();
    setProtection(sealed);
    if (certificate === null) return onFailed('this phone has no certificate');
    const association = this.#associate(terms, certificate);
    this.#association = association;
    association.run({ rtcpMux });
    for (const { datagram, component } of early) association.receive(datagram, component);
  }

  #associate(terms: DtlsTerms, certificate: DtlsCertificate): DtlsAssociation {
    const { path, after, random, setProtection, onFailed, log } = this.#options;
    const association: DtlsAssociation = new DtlsAssociation({
      ...{ terms, certificate, after, random },
      send: (datagram, component) => path.sendDtls(datagram, component),
      onKeys: (component, suite) => {
        setProtection(association.protection);
        if (component === 1) this.#tell({ kind: 'dtls', suite });
      },
      // Reports are no reason to end a call: without keys there are none.
      onFailed: (component, reason) =>
        component === 1 ? onFailed(reason) : log.warn(`no keys for RTCP on its own port: ${reason}`),
    });
    return association;
  }

  #useKeys(local: MasterKey, remote: MasterKey): void {
    const [ours, theirs] = [masterOf(local), masterOf(remote)];
    if (ours === undefined || theirs === undefined) {
      this.#options.setProtection(sealed);
      return this.#options.onFailed('the keys have another length than their cipher');
    }
    // A key that stays goes on counting its packets: counted anew, it would encrypt two packets alike.
    const [sender, receiver] = [this.#sender, this.#receiver];
    this.#sender =
      sender !== null && isSame(sender, local) ? sender : { ...local, made: new SrtpSender(ours) };
    this.#receiver =
      receiver !== null && isSame(receiver, remote)
        ? receiver
        : { ...remote, made: new SrtpReceiver(theirs, receiver?.made) };
    this.#options.setProtection(srtpProtection(this.#sender.made, this.#receiver.made));
    this.#tell({ kind: 'sdes', suite: local.suite });
  }

  #tell(encryption: MediaEncryption): void {
    if (encryption.kind === this.#told.kind && encryption.suite === this.#told.suite) return;
    this.#told = encryption;
    this.#options.onEncrypted(encryption);
  }
}

const isSame = (keyed: Keyed<unknown>, key: MasterKey) =>
  keyed.inline === key.inline && keyed.suite === key.suite;

function masterOf({ suite, inline }: MasterKey): SrtpMaster | undefined {
  const profile = srtpProfileOf(suite);
  const bytes = Buffer.from(inline, 'base64');
  if (profile === undefined || bytes.length !== profile.keyBytes + profile.saltBytes) return undefined;
  return { profile, key: bytes.subarray(0, profile.keyBytes), salt: bytes.subarray(profile.keyBytes) };
}
