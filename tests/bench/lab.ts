/**
 * Where phones are measured: each runs in a network of its own behind one cable, with a PBX at this end of it.
 *
 *   this computer                                   namespace
 *   Asterisk · peers · capture ── cable (veth) ──── the phone
 */
import { AsteriskPbx } from '../support/asterisk.ts';
import { debianPackages, ensureDebianPackages } from '../support/debian-packages.ts';
import { NetworkNamespace } from '../support/network-namespace.ts';
import { speech } from '../support/speech.ts';
import type { Recording } from '../support/wav-file.ts';

export const telephoneRate = 8_000;
/** Longer than any measured call, so that no second of it comes twice. */
const speechSeconds = 90;

export interface Lab {
  network: NetworkNamespace;
  pbx: AsteriskPbx;
  says: Recording & { path: string };
  close(): Promise<void>;
}

/** What the sections dial beside the numbers of the tests' Asterisk. */
const dialplan = `exten => 613,1,Answer()
 same => n,Read(D,,64,t,1,60)
 same => n,Verbose(1,DTMFGOT \${D})
 same => n,Wait(1)
 same => n,Hangup()
`;

/** Why nothing can be measured here, or undefined. Installs what is missing where that is possible. */
export async function labMissing(): Promise<string | undefined> {
  const packages = await ensureDebianPackages([
    ...debianPackages.bench,
    ...debianPackages.speech,
    ...debianPackages.baresip,
    ...debianPackages.linphone,
  ]);
  if (!packages.ready) return packages.reason;
  return (await NetworkNamespace.missing()) ?? (await AsteriskPbx.missing());
}

export async function openLab(): Promise<Lab> {
  const network = await NetworkNamespace.create();
  try {
    const pbx = await AsteriskPbx.start({ host: network.hostAddress, dialplan });
    const says = await speech({ seconds: speechSeconds, rate: telephoneRate });
    return {
      network,
      pbx,
      says,
      close: async () => {
        await pbx.close();
        await network.close();
      },
    };
  } catch (error) {
    await network.close();
    throw error;
  }
}
