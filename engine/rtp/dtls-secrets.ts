/** What both sides of one handshake come to know and nobody else does: ECDHE on P-256, and the keys that are made of it. */
import { createECDH } from 'node:crypto';
import {
  exportForSrtp,
  masterSecret,
  recordKeys,
  verifyData,
  type Randoms,
  type WriteKeys,
} from './dtls-keys.ts';
import type { DtlsRole } from './dtls-machine.ts';
import type { SrtpMaster } from './srtp.ts';
import type { SrtpProfile } from './srtp-profile.ts';

export interface SrtpKeys {
  local: SrtpMaster;
  remote: SrtpMaster;
}

/** What the hellos have settled. */
export interface HelloTerms {
  peerRandom: Buffer;
  profile: SrtpProfile;
  /** Both sides know RFC 7627. */
  extendedMaster: boolean;
}

export class DtlsSecrets {
  readonly ownRandom: Buffer;
  readonly #isClient: boolean;
  readonly #ecdh = createECDH('prime256v1');
  #terms: HelloTerms | null = null;
  #preMaster: Buffer = Buffer.alloc(0);
  #master: Buffer = Buffer.alloc(0);
  #recordKeys: { own: WriteKeys; theirs: WriteKeys } | null = null;

  /** `active` is TLS's client. `ownRandom`: 32 unpredictable bytes. */
  constructor(role: DtlsRole, ownRandom: Buffer) {
    this.#isClient = role === 'active';
    this.ownRandom = ownRandom;
    this.#ecdh.generateKeys();
  }

  /** Our share. */
  get point(): Buffer {
    return this.#ecdh.getPublicKey();
  }

  settle(terms: HelloTerms): void {
    this.#terms = terms;
  }

  get terms(): HelloTerms {
    if (this.#terms === null) throw new Error('secrets are asked for before the hellos');
    return this.#terms;
  }

  /** The far side's hello had this random. */
  isMetBy(random: Buffer | undefined): boolean {
    return random === undefined || this.#terms?.peerRandom.equals(random) === true;
  }

  get randoms(): Randoms {
    const [own, theirs] = [this.ownRandom, this.terms.peerRandom];
    return this.#isClient ? { client: own, server: theirs } : { client: theirs, server: own };
  }

  /** Takes their share. Throws for a point that is not on the curve. */
  share(point: Buffer): void {
    this.#preMaster = this.#ecdh.computeSecret(point);
  }

  /** Once both shares are there. `said`: everything up to and with ClientKeyExchange. */
  derive(said: Buffer): void {
    const bound = this.terms.extendedMaster ? said : undefined;
    this.#master = masterSecret(this.#preMaster, this.randoms, bound);
    const { client, server } = recordKeys(this.#master, this.randoms);
    this.#recordKeys = this.#isClient ? { own: client, theirs: server } : { own: server, theirs: client };
  }

  /** Keys of encrypted records; null before {@link derive}. */
  get recordKeys(): { own: WriteKeys; theirs: WriteKeys } | null {
    return this.#recordKeys;
  }

  /** What a side's Finished says when `said` is what it has heard and said. */
  proof(whose: 'ours' | 'theirs', said: Buffer): Buffer {
    const isClients = (whose === 'ours') === this.#isClient;
    return verifyData(this.#master, isClients ? 'client' : 'server', said);
  }

  /** Client's key, server's key, client's salt, server's salt (RFC 5764 §4.2). Only once both sides are proven. */
  srtpKeys(): SrtpKeys {
    const { profile } = this.terms;
    const { keyBytes, saltBytes } = profile;
    const material = exportForSrtp(this.#master, this.randoms, 2 * (keyBytes + saltBytes));
    const masterOf = (side: 0 | 1): SrtpMaster => ({
      profile,
      key: material.subarray(side * keyBytes, (side + 1) * keyBytes),
      salt: material.subarray(2 * keyBytes + side * saltBytes, 2 * keyBytes + (side + 1) * saltBytes),
    });
    return this.#isClient
      ? { local: masterOf(0), remote: masterOf(1) }
      : { local: masterOf(1), remote: masterOf(0) };
  }
}
