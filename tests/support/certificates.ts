/**
 * Certificates for servers that the tests start, made with the openssl of the system: an authority that nobody else knows, and what
 * it signs. Private keys are readable files without a passphrase, because Asterisk and Kamailio take them so.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLine, runCommand } from './run-command.ts';

export interface IssuedCertificate {
  /** PEM files. */
  certificateFile: string;
  keyFile: string;
  /** PEM texts. */
  certificate: string;
  key: string;
}

export interface CertificateRequest {
  /** DNS names and IP addresses it is for. */
  hosts: readonly string[];
  /** Ended yesterday. */
  expired?: boolean;
}

const opensslTimeoutMs = 20_000;
const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export class TestAuthority {
  /** PEM, for `--ca` and `tls_ca`. */
  readonly certificate: string;
  readonly certificateFile: string;
  readonly #folder: string;
  #issued = 0;

  private constructor(folder: string, certificate: string) {
    this.#folder = folder;
    this.certificate = certificate;
    this.certificateFile = join(folder, 'authority.pem');
  }

  /** Rejects when there is no openssl. */
  static async create(name = 'Test Authority'): Promise<TestAuthority> {
    const folder = await mkdtemp(join(tmpdir(), 'sidetone-certificates-'));
    const files = ['-keyout', join(folder, 'authority.key'), '-out', join(folder, 'authority.pem')];
    await openssl([
      ...['req', '-x509', ...keyOptions, ...files, '-days', '2', '-subj', `/O=${name}/CN=${name}`],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ]);
    return new TestAuthority(folder, await readFile(join(folder, 'authority.pem'), 'utf8'));
  }

  /** A server's certificate, signed by this authority. */
  async issue({ hosts, expired = false }: CertificateRequest): Promise<IssuedCertificate> {
    this.#issued += 1;
    const path = (ending: string) => join(this.#folder, `server-${this.#issued}.${ending}`);
    const names = hosts.map((host) => `${/^[\d.]+$|:/.test(host) ? 'IP' : 'DNS'}:${host}`);
    await openssl([
      ...['req', ...keyOptions, '-keyout', path('key'), '-out', path('csr')],
      ...['-subj', `/CN=${hosts[0] ?? 'nobody'}`, '-addext', `subjectAltName=${names.join(',')}`],
    ]);
    await openssl([
      ...['x509', '-req', '-in', path('csr'), '-out', path('pem'), '-copy_extensions', 'copy'],
      ...['-CA', this.certificateFile, '-CAkey', join(this.#folder, 'authority.key'), '-CAcreateserial'],
      ...['-days', expired ? '-1' : '2'],
    ]);
    return {
      certificateFile: path('pem'),
      keyFile: path('key'),
      certificate: await readFile(path('pem'), 'utf8'),
      key: await readFile(path('key'), 'utf8'),
    };
  }

  /** Removes its files. Idempotent. */
  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}

async function openssl(args: readonly string[]): Promise<void> {
  const run = await runCommand('openssl', args, { timeoutMs: opensslTimeoutMs });
  if (run.status !== 0) throw new Error(`openssl ${args[0]}: ${lastLine(run)}`);
}
