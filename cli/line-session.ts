/**
 * One run of the tool with a line: stores, media thread, practice PBX when no server is named, the account line, and the
 * orderly end of all of them. Registration is reported as it goes.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { PhoneError } from '../contract/errors.ts';
import type { Secret } from '../contract/secret.ts';
import type { SettingsStore } from '../contract/services.ts';
import type { AccountSettings, SecretReference, Settings } from '../contract/settings.ts';
import { AccountLine, practiceAccount } from '../engine/account-line.ts';
import { type Logger, createLogger } from '../engine/log.ts';
import { createMediaThread } from '../engine/media/media-client.ts';
import type { MediaEngine } from '../engine/media/media-engine.ts';
import type { Impairment } from '../engine/rtp/impairment.ts';
import { PhoneNetwork } from '../engine/phone-network.ts';
import { folders } from '../host/folders.ts';
import { launchPracticeLine } from '../host/practice-line.ts';
import { openSecretStore } from '../host/secret-store.ts';
import { openSettingsStore } from '../host/settings-store.ts';
import {
  type CallOptions,
  accountOf,
  passwordOf,
  settingsOf,
  turnPasswordOf,
  turnPasswordReference,
} from './line-options.ts';
import type { Output } from './output.ts';

declare const SIDETONE_VERSION: string;

/** A registration is answered within milliseconds; after so long a person wants to know what the tool waits for. */
const silenceNoticeMs = 5_000;

export interface LineSession {
  line: AccountLine;
  /** In force for this run. */
  settings: Settings;
  /** Resolves to null once registered (or at once without registration), else to the error that ended the attempt. */
  registered: Promise<PhoneError | null>;
  /** Ends calls, unregisters, frees everything. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the line that the options describe. Throws UsageError or PhoneFailure.
 * @param prepare gets the line before it sends anything
 */
export async function openLineSession(
  options: Partial<CallOptions>,
  output: Output,
  prepare: (line: AccountLine) => void = () => undefined,
): Promise<LineSession> {
  const password = passwordOf({ transport: 'udp', ...options });
  const turnPassword = turnPasswordOf({ transport: 'udp', ...options });
  const store = openSettingsStore(folders());
  const stored = store.load();
  const wanted = accountIn(store, options);
  const settings = {
    ...settingsOf(stored, options),
    // A run of the tool is an instance of its own: its registration shall not replace the phone's (RFC 5626 §4.1).
    instance_id: `urn:uuid:${randomUUID()}`,
  };
  const log = createLogger('sidetone', (level, module, message) => {
    if (level === 'error' || level === 'warn' || settings.verbose_logging)
      output.say(`${module}: ${message}`);
  });
  const ends: (() => unknown)[] = [() => store.close()];
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      for (const end of ends.reverse()) await end();
    })();
    return closing;
  };
  try {
    const { account, secret } =
      wanted === undefined
        ? await openPractice(ends, log, output)
        : { account: wanted, secret: password ?? (await storedPassword(wanted, output)) };
    const thread = createMediaThread({
      entry: join(__dirname, '../engine/media-thread.cjs'),
      log: log.child('media'),
    });
    const media = options.impair === undefined ? thread : overBadNetwork(thread, options.impair);
    ends.push(() => media.close());
    const line = new AccountLine({
      account,
      password: async () => secret,
      hasPassword: secret !== undefined,
      settings: () => settings,
      readSecret: async (reference) =>
        reference.service === turnPasswordReference.service ? turnPassword : storedSecret(reference, output),
      media,
      ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
      register: options.register !== false,
      userAgentName: `Sidetone/${SIDETONE_VERSION}`,
      log,
    });
    ends.push(async () => {
      const unconfirmed = await line.close();
      if (unconfirmed !== null) output.sayError(unconfirmed);
    });
    if (options.localAddress === undefined) ends.push(followNetwork(line, output, log));
    const registered = followRegistration(line, options.register !== false, output);
    prepare(line);
    await line.start();
    return { line, settings, registered, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Every session of the engine gets its packets over a bad network. */
function overBadNetwork(media: MediaEngine, impairment: Impairment): MediaEngine {
  return {
    openSession: (options) => media.openSession({ ...options, impairment }),
    fingerprint: () => media.fingerprint(),
    setVolumes: (volumes) => media.setVolumes(volumes),
    attachLink: (link) => media.attachLink(link),
    close: () => media.close(),
  };
}

/** Takes the line along when the computer's network changes; returns the end of it. */
function followNetwork({ userAgent }: AccountLine, output: Output, log: Logger): () => void {
  let shown = 'online';
  const network = new PhoneNetwork({
    lines: () => [userAgent.network],
    busy: () => true,
    onChanged: () => {
      const { state, address, lastChange } = network.state;
      if (state === shown) return;
      shown = state;
      const over = state === 'online' ? lastChange : null;
      output.event({ event: 'network', state, address, backAfterMs: over?.tookMs ?? null });
      if (over !== null) output.say(over.sentence);
    },
    log: log.child('network'),
  });
  userAgent.on('restored', () => network.check());
  network.start();
  return () => network.close();
}

/** Throws a UsageError, and closes the store then. */
function accountIn(store: SettingsStore, options: Partial<CallOptions>): AccountSettings | undefined {
  try {
    return accountOf({ transport: 'udp', ...options }, store.load().accounts);
  } catch (thrown) {
    store.close();
    throw thrown;
  }
}

/** The password that the keychain holds for one of the phone's accounts. */
async function storedPassword({ password }: AccountSettings, output: Output): Promise<Secret | undefined> {
  return password === undefined ? undefined : storedSecret(password, output);
}

async function storedSecret(reference: SecretReference, output: Output): Promise<Secret | undefined> {
  const secrets = await openSecretStore({ say: (sentence) => output.say(sentence) });
  return secrets.get(reference);
}

async function openPractice(
  ends: (() => unknown)[],
  log: ReturnType<typeof createLogger>,
  output: Output,
): Promise<{ account: AccountSettings; secret: Secret }> {
  output.say('No --server given: using the practice PBX on this computer.');
  const practice = await launchPracticeLine({ folders: folders(), log: log.child('practice-pbx') });
  ends.push(() => practice.close());
  return { account: practiceAccount(practice), secret: practice.password };
}

function followRegistration(line: AccountLine, wanted: boolean, output: Output): Promise<PhoneError | null> {
  if (!wanted) return Promise.resolve(null);
  return new Promise((resolve) => {
    let last = '';
    let said = '';
    const patience = setTimeout(
      () => output.say(`${line.account.server} has not answered yet.`),
      silenceNoticeMs,
    );
    line.userAgent.on('registration', () => {
      const { state, status, reason, error } = line.userAgent.registration;
      const shown = state === 'off' ? 'unregistered' : state;
      if (shown !== 'unregistering' && `${shown} ${status} ${reason}` !== last) {
        last = `${shown} ${status} ${reason}`;
        output.event({ event: 'registration', state: shown, code: status === 0 ? null : status, reason });
        if (shown === 'registered')
          output.say(`Registered as ${line.account.user} at ${line.account.server}.`);
      }
      if (state !== 'registering') clearTimeout(patience);
      if (state === 'registered') {
        said = '';
        resolve(null);
      }
      if (state === 'failed' && error !== null) {
        // The line goes on trying: one sentence for each trouble, not for each attempt.
        if (said !== error.message) {
          output.sayError(error);
          sayCertificate(line, output);
        }
        said = error.message;
        resolve(error);
      }
    });
  });
}

/** What an untrusted certificate says of itself, so that whoever runs the tool can decide about it. */
function sayCertificate(line: AccountLine, output: Output): void {
  const { certificate } = line.snapshot;
  if (certificate === null) return;
  const { subject, issuer, fingerprint } = certificate;
  output.event({ event: 'certificate', ...certificate });
  output.say(`It is for ${subject}, signed by ${issuer}. --trust ${fingerprint} trusts it.`);
}
