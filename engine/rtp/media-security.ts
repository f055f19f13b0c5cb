/**
 * The encryption of one session as negotiation settles it: turns keys into the session's packet protection. While encryption is
 * wanted and its keys are not there, nothing goes out and nothing is heard.
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { MediaEncryption } from '../../contract/snapshot.ts';
import type { MasterKey, Protection } from '../media/media-engine.ts';
import { plain, sealed, type PacketProtection } from './packet-protection.ts';
import { srtpProtection, SrtpReceiver, SrtpSender, type SrtpMaster } from './srtp.ts';
import { srtpProfileOf } from './srtp-profile.ts';

export interface MediaSecurityOptions {
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

export class MediaSecurity {
  readonly #options: MediaSecurityOptions;
  #sender: Keyed<SrtpSender> | null = null;
  #receiver: Keyed<SrtpReceiver> | null = null;
  #told: MediaEncryption = { kind: 'none', suite: '' };

  constructor(options: MediaSecurityOptions) {
    this.#options = options;
  }

  /** What was negotiated. Given again after every re-negotiation; what has not changed goes on. */
  apply(protection: Protection): void {
    switch (protection.kind) {
      case 'none':
        this.#options.setProtection(plain);
        return this.#tell({ kind: 'none', suite: '' });
      case 'sdes':
        return this.#useKeys(protection.local, protection.remote);
      case 'dtls':
        this.#options.setProtection(sealed);
        return undefined;
      default:
        return assertNever(protection);
    }
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
