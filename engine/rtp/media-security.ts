/**
 * The encryption of one session as negotiation settles it: turns keys into the session's packet protection, and has a handshake find
 * them where SDP holds fingerprints. While encryption is wanted and its keys are not there, nothing goes out and nothing is heard.
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { MediaEncryption } from '../../contract/snapshot.ts';
import type { Fingerprint, MasterKey, Protection } from '../media/media-engine.ts';
import type { DtlsCertificate } from './dtls-certificate.ts';
import { DtlsHandshake, type DtlsHandshakeOptions } from './dtls-handshake.ts';
import type { SrtpKeys } from './dtls-secrets.ts';
import type { MediaPath } from './media-path.ts';
import { plain, sealed, type PacketProtection } from './packet-protection.ts';
import { srtpProtection, SrtpReceiver, SrtpSender, type SrtpMaster } from './srtp.ts';
import { srtpProfileOf } from './srtp-profile.ts';

export interface MediaSecurityOptions {
  /** Handshakes go the way of the sound. */
  path: Pick<MediaPath, 'onDtls' | 'sendDtls'>;
  /** Ours for handshakes; without one they fail. */
  certificate: DtlsCertificate | null;
  after: DtlsHandshakeOptions['after'];
  random: DtlsHandshakeOptions['random'];
  setProtection: (protection: PacketProtection) => void;
  /** Packets are encrypted so from here on; told once for each change. */
  onEncrypted: (encryption: MediaEncryption) => void;
  onFailed: (reason: string) => void;
}

/** A direction's keys, and what they made. */
interface Keyed<Made> {
  inline: string;
  suite: string;
  made: Made;
}

/** A handshake: what it is about, and what came of it. */
interface Association {
  role: 'active' | 'passive';
  fingerprints: readonly Fingerprint[];
  handshake: DtlsHandshake;
  protection: PacketProtection;
  rtcpMux: boolean;
}

/** The far side's first flight may be here before its answer in SIP; so many datagrams of it are kept. */
const mostEarlyDatagrams = 4;

export class MediaSecurity {
  readonly #options: MediaSecurityOptions;
  #sender: Keyed<SrtpSender> | null = null;
  #receiver: Keyed<SrtpReceiver> | null = null;
  #association: Association | null = null;
  #early: Buffer[] = [];
  #told: MediaEncryption = { kind: 'none', suite: '' };

  constructor(options: MediaSecurityOptions) {
    this.#options = options;
    options.path.onDtls((datagram) => {
      if (this.#association) this.#association.handshake.receive(datagram);
      else if (this.#early.length < mostEarlyDatagrams) this.#early.push(datagram);
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
    this.#association?.handshake.close();
    this.#association = null;
    this.#early = [];
  }

  #useHandshake({ role, fingerprints }: Protection & { kind: 'dtls' }, rtcpMux: boolean): void {
    const running = this.#association;
    if (running === null || running.role !== role || !isAlike(running.fingerprints, fingerprints))
      return this.#shakeHands(role, fingerprints, rtcpMux);
    running.rtcpMux = rtcpMux;
    this.#options.setProtection(protectionOf(running));
  }

  #shakeHands(role: 'active' | 'passive', fingerprints: readonly Fingerprint[], rtcpMux: boolean): void {
    const early = this.#early;
    this.close();
    const { certificate, path, after, random, setProtection, onFailed } = this.#options;
    setProtection(sealed);
    if (certificate === null) return onFailed('this phone has no certificate');
    const onKeys = ({ local, remote }: SrtpKeys) => {
      association.protection = srtpProtection(new SrtpSender(local), new SrtpReceiver(remote));
      setProtection(protectionOf(association));
      this.#tell({ kind: 'dtls', suite: local.profile.suite });
    };
    const send = (datagram: Buffer) => path.sendDtls(datagram);
    const handshake = new DtlsHandshake({
      ...{ role, certificate, fingerprints, after, random },
      ...{ send, onKeys, onFailed },
    });
    const association: Association = { role, fingerprints, handshake, protection: sealed, rtcpMux };
    this.#association = association;
    for (const datagram of early) handshake.receive(datagram);
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

/** A handshake's keys are for the port that it goes over: reports on another port have none (RFC 5764 §4.1). */
function protectionOf({ protection, rtcpMux }: Association): PacketProtection {
  const { protectRtcp, unprotectRtcp } = sealed;
  return rtcpMux ? protection : { ...protection, protectRtcp, unprotectRtcp };
}

const isAlike = (one: readonly Fingerprint[], other: readonly Fingerprint[]) =>
  one.length === other.length &&
  one.every(({ algorithm, value }, index) => {
    const match = other[index];
    return match?.algorithm === algorithm && match.value === value;
  });

const isSame = (keyed: Keyed<unknown>, key: MasterKey) =>
  keyed.inline === key.inline && keyed.suite === key.suite;

function masterOf({ suite, inline }: MasterKey): SrtpMaster | undefined {
  const profile = srtpProfileOf(suite);
  const bytes = Buffer.from(inline, 'base64');
  if (profile === undefined || bytes.length !== profile.keyBytes + profile.saltBytes) return undefined;
  return { profile, key: bytes.subarray(0, profile.keyBytes), salt: bytes.subarray(profile.keyBytes) };
}
