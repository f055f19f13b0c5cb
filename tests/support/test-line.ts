/** An account line of the engine for tests: one extension at a server, with a media thread that several lines can share. */
import { AccountLine } from '../../engine/account-line.ts';
import { type LogSink, createLogger } from '../../engine/log.ts';
import { createMediaThread } from '../../engine/media/media-client.ts';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import { Secret } from '../../contract/secret.ts';
import { type Settings, accountSettings, defaultSettings } from '../../contract/settings.ts';

export interface TestLineOptions {
  host: string;
  port: number;
  user: string;
  password: string;
  media: MediaEngine;
  settings?: Settings;
  transport?: 'udp' | 'tcp' | 'ws';
  /** Calls go out without saying who calls. */
  anonymous?: boolean;
  sink?: LogSink;
}

/** The media thread, run from its source. */
export function testMediaThread(): MediaEngine {
  return createMediaThread({
    entry: new URL('../../engine/media/media-thread.ts', import.meta.url),
    log: createLogger('media', () => undefined),
  });
}

/** A line that is not started yet. */
export function testLine(options: TestLineOptions): AccountLine {
  return new AccountLine({
    readSecret: async () => undefined,
    account: accountSettings.parse({
      id: `test-${options.user}`,
      label: options.user,
      kind: 'sip',
      user: options.user,
      server: options.host,
      port: options.port,
      transport: options.transport ?? 'udp',
      anonymous: options.anonymous ?? false,
    }),
    password: async () => new Secret(options.password),
    hasPassword: true,
    settings: () => options.settings ?? defaultSettings,
    media: options.media,
    userAgentName: 'Sidetone/test',
    log: createLogger('test', options.sink ?? (() => undefined)),
  });
}

/** Resolves to true once the line is registered, to false when the given number of attempts has failed. */
export function registeredWithin(line: AccountLine, attempts: number): Promise<boolean> {
  return new Promise((resolve) => {
    let failures = 0;
    const stop = line.userAgent.on('registration', () => {
      const { state } = line.userAgent.registration;
      if (state === 'failed') failures += 1;
      if (state !== 'registered' && failures < attempts) return;
      stop();
      resolve(state === 'registered');
    });
    void line.start();
  });
}
