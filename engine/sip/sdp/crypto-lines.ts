/**
 * a=crypto (RFC 4568): keys for SRTP inside the description, one line for each way to encrypt that is on offer.
 *
 *   a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<key and salt, base64>[|lifetime][|MKI:length] [session parameters]
 */
import { cryptoSuites, type CryptoSuite, type MasterKey } from '../../rtp/protection.ts';
import { srtpProfileOf } from '../../rtp/srtp-profile.ts';

const linePattern = /^([1-9]\d{0,8}|0) (\S+) inline:([A-Za-z0-9+/]+={0,2})((?:\|[^|\s;]*)*)((?: \S+)*) *$/;
/** `2^20` or a number of packets; more than 2^48 no key may protect (§9.2). */
const lifetimePattern = /^\|(?:2\^(?:[1-9]|[1-3]\d|4[0-8])|[1-9]\d{0,14})$/;
/** A hint about the far side's replay window, and what its sender says may be passed over (§6.3.7). */
const passedOver = /^(?:WSH=\d+|-.*)$/;

/** Bytes of a suite's key and salt. */
const keyingBytes = (suite: CryptoSuite) => {
  const profile = srtpProfileOf(suite);
  return profile === undefined ? 0 : profile.keyBytes + profile.saltBytes;
};

/**
 * What stands after `a=crypto:`. Undefined for a line that this phone cannot use: another suite, a key of the wrong length, a master
 * key index in every packet (MKI), several keys, or a session parameter that it does not know (§6.3.7: such a line does not count).
 */
export function readCryptoLine(value: string): MasterKey | undefined {
  const [, tag = '', name = '', inline = '', extras = '', parameters = ''] = linePattern.exec(value) ?? [];
  const suite = cryptoSuites.find((each) => each === name);
  if (suite === undefined || Buffer.from(inline, 'base64').length !== keyingBytes(suite)) return undefined;
  if (extras !== '' && !lifetimePattern.test(extras)) return undefined;
  const unknown = parameters.split(' ').find((each) => each !== '' && !passedOver.test(each));
  return unknown === undefined ? { suite, tag: Number(tag), inline } : undefined;
}

export function writeCryptoLine({ tag, suite, inline }: MasterKey): string {
  return `a=crypto:${tag} ${suite} inline:${inline}`;
}

/** A key for every suite, by preference and so tagged. `random`: that many bytes, unpredictable. */
export function makeKeys(random: (bytes: number) => Buffer): MasterKey[] {
  return cryptoSuites.map((suite, index) => ({
    suite,
    tag: index + 1,
    inline: random(keyingBytes(suite)).toString('base64'),
  }));
}

/** The first offered line that we can use, and our key for it under its tag (§5.1.2); undefined when there is none. */
export function chooseKeys(
  offered: readonly MasterKey[],
  ours: readonly MasterKey[],
): { local: MasterKey; remote: MasterKey } | undefined {
  for (const remote of offered) {
    const key = ours.find(({ suite }) => suite === remote.suite);
    if (key !== undefined) return { local: { ...key, tag: remote.tag }, remote };
  }
  return undefined;
}

/** Our key that an answer has taken (§5.1.3): one of the tags and suites that were offered. */
export function takenKeys(
  answered: readonly MasterKey[],
  offered: readonly MasterKey[],
): { local: MasterKey; remote: MasterKey } | undefined {
  const [remote] = answered;
  const local = offered.find(({ tag, suite }) => tag === remote?.tag && suite === remote.suite);
  return remote === undefined || local === undefined ? undefined : { local, remote };
}
