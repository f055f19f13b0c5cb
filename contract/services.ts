/**
 * What a computer lends to the phone, as interfaces: `host/` implements them, `engine/phone.ts` uses them, shells wire the
 * two together. Everything may fail; failures are PhoneFailures.
 */
import type { Secret } from './secret.ts';
import type { SecretReference, Settings } from './settings.ts';
import type { HistoryEntry, TextMessage } from './snapshot.ts';

/** The one settings document on disk. */
export interface SettingsStore {
  /** Complete, validated settings; a damaged document is set aside and reported through `problem`. */
  load(): Settings;
  /** Replaces the document by rename, under a lock. Throws `settings.locked` or `internal`. */
  save(settings: Settings): Promise<void>;
  /** Called when another process has changed the document. Returns the function that ends it. */
  watch(listener: (settings: Settings) => void): () => void;
  /** What was wrong with the document when it was loaded, or null. */
  readonly problem: string | null;
  close(): void;
}

/** Passwords: the system's keychain, or the memory of this run where there is none. */
export interface SecretStore {
  readonly kind: 'keychain' | 'session';
  /** Why there is no keychain; empty for a keychain. */
  readonly reason: string;
  get(reference: SecretReference): Promise<Secret | undefined>;
  set(reference: SecretReference, secret: Secret): Promise<void>;
  delete(reference: SecretReference): Promise<void>;
}

/** The calls of the past, newest first. */
export interface CallLog {
  load(): HistoryEntry[];
  append(entry: HistoryEntry): Promise<void>;
  clear(): Promise<void>;
}

/** The texts of the past, newest first. */
export interface TextLog {
  load(): TextMessage[];
  /** Writes a text down once it is known how it went. */
  append(text: TextMessage): Promise<void>;
}

/** The practice PBX as the phone reaches it. */
export interface PracticeLine {
  /** Always a loopback address. */
  host: string;
  port: number;
  user: string;
  password: Secret;
  /** PIN of the practice mailbox. */
  pin: string;
}

/** How packets of calls leave this computer: their differentiated services code point (RFC 2474), or why it could not be read. */
export type PacketMark = { kind: 'read'; dscp: number } | { kind: 'unknown'; reason: string; cure: string };

/** Reads the mark back from the system; the range is that of the RTP ports. Never rejects; takes some seconds. */
export type PacketMarkReader = (ports: { portMin: number; portMax: number }) => Promise<PacketMark>;
