/** What a computer lends a phone, for a phone in a test: settings that nobody else changes, one password, logs that are not kept. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../contract/secret.ts';
import type { PacketMarkReader, SecretStore, SettingsStore, TextLog } from '../../contract/services.ts';
import type { Settings } from '../../contract/settings.ts';

interface MemoryServices {
  settings: SettingsStore;
  secrets: SecretStore;
  textLog: TextLog;
  recordingsFolder: string;
  packetMark: PacketMarkReader;
  /** There is no practice PBX beside a phone that has a server. */
  practice: () => Promise<never>;
}

/** @param password that of every account */
export function memoryServices(settings: Settings, password: string): MemoryServices {
  return {
    settings: {
      load: () => settings,
      save: async () => undefined,
      watch: () => () => undefined,
      problem: null,
      close: () => undefined,
    },
    secrets: {
      kind: 'session',
      reason: 'a test',
      get: async () => new Secret(password),
      set: async () => undefined,
      delete: async () => undefined,
    },
    textLog: { load: () => [], append: async () => undefined },
    recordingsFolder: join(tmpdir(), 'sidetone-test-recordings'),
    packetMark: async () => ({ kind: 'unknown', reason: 'a test', cure: 'None.' }),
    practice: () => Promise.reject(new Error('this phone has a server of its own')),
  };
}
