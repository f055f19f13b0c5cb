/** The whole phone without a window for tests: real files, a real practice PBX, a keychain in memory. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { handleRequest } from '../../../../contract/door.ts';
import type { PhoneEvent, RequestInput, RequestName, RequestOutput } from '../../../../contract/phone.ts';
import type { AccountSnapshot, PhoneSnapshot } from '../../../../contract/snapshot.ts';
import { completeSettings } from '../../../../contract/settings.ts';
import { createLogger } from '../../../../engine/log.ts';
import { createMediaThread } from '../../../../engine/media/media-client.ts';
import { Phone } from '../../../../engine/phone.ts';
import type { PhoneOptions } from '../../../../engine/phone.ts';
import { openCallLog } from '../../../../host/call-log.ts';
import { folders } from '../../../../host/folders.ts';
import { launchPracticeLine } from '../../../../host/practice-line.ts';
import type { RunningPracticeLine } from '../../../../host/practice-line.ts';
import { openSecretStore } from '../../../../host/secret-store.ts';
import { openSettingsStore } from '../../../../host/settings-store.ts';
import { openTextLog } from '../../../../host/text-log.ts';

const mediaThread = new URL('../../../../engine/media/media-thread.ts', import.meta.url);

export interface Bench {
  phone: Phone;
  practice: RunningPracticeLine;
  events: PhoneEvent[];
  /** What the keychain holds, by account. */
  keychain: Map<string, string>;
  logged: string[];
}

/** The folder of the test that runs: settings, call log, messages. */
export let home = '';
const closers: (() => Promise<void>)[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-phone-test-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(home, { recursive: true, force: true });
});

export async function makePhone(change: Partial<PhoneOptions> = {}): Promise<Bench> {
  const places = folders({ SIDETONE_HOME: home });
  const logged: string[] = [];
  const log = createLogger('test', (level, module, message) => logged.push(`${level} ${module} ${message}`));
  const keychain = new Map<string, string>();
  const secrets = await openSecretStore({
    say: () => undefined,
    loadKeychain: async () => ({
      get: async ({ account }) => keychain.get(account) ?? null,
      set: async ({ account }, value) => void keychain.set(account, value),
      delete: async ({ account }) => void keychain.delete(account),
    }),
  });
  const practice = await launchPracticeLine({ folders: places, log: log.child('practice-pbx') });
  const phone = new Phone({
    version: '0.0.0',
    settings: openSettingsStore(places),
    secrets,
    callLog: openCallLog(places),
    textLog: openTextLog(places),
    recordingsFolder: places.recordings,
    packetMark: async () => ({ kind: 'read', dscp: 46 }),
    media: createMediaThread({ entry: mediaThread, log }),
    practice: async () => practice,
    log,
    ...change,
  });
  closers.push(
    () => practice.close(),
    () => phone.close(),
  );
  const events: PhoneEvent[] = [];
  phone.onEvent((event) => events.push(event));
  return { phone, practice, events, keychain, logged };
}

export async function startPhone(change: Partial<PhoneOptions> = {}): Promise<Bench> {
  const bench = await makePhone(change);
  await bench.phone.start();
  return bench;
}

export const settingsFile = () => join(home, 'config/settings.json');
export const storedSettings = () => completeSettings(JSON.parse(readFileSync(settingsFile(), 'utf8')));

/** Asks through the door, as a shell does. */
export const ask = <N extends RequestName>(phone: Phone, name: N, input: RequestInput<N>) =>
  handleRequest(phone.handlers, name, input);

export async function askOk<N extends RequestName>(phone: Phone, name: N, input: RequestInput<N>) {
  const answer = await ask(phone, name, input);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value as RequestOutput<N>;
}

/** Waits until the phone's snapshot is so; fails with what it was when it never is. */
export async function until(
  phone: Phone,
  holds: (snapshot: PhoneSnapshot) => boolean,
): Promise<PhoneSnapshot> {
  await expect.poll(() => holds(phone.snapshot), { timeout: 10_000, interval: 20 }).toBe(true);
  return phone.snapshot;
}

export const accountOf = (snapshot: PhoneSnapshot, id: string) =>
  snapshot.accounts.find((each) => each.id === id);
export const isReady = (account: AccountSnapshot | undefined) => account?.registration.state === 'registered';
export const allReady = ({ accounts }: PhoneSnapshot) => accounts.length > 0 && accounts.every(isReady);

/** An extension of one's own: the practice PBX's, as a server like any other. */
export function ownExtension(
  { practice }: Bench,
  change: Partial<RequestInput<'account.add'>['account']> = {},
) {
  return {
    label: 'Office',
    user: practice.user,
    server: practice.host,
    port: practice.port,
    register_expires: 600,
    ...change,
  };
}
