/**
 * A phone in a process of its own, so that it can live in another network namespace and its resources can be counted. It takes the
 * contract's requests over the process's message channel and tells snapshots and log entries; `measure` counts what it holds.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { handleRequest } from '../../contract/door.ts';
import type { PhoneEvent } from '../../contract/phone.ts';
import { type AccountSettings, completeSettings } from '../../contract/settings.ts';
import type { HistoryEntry, PhoneSnapshot } from '../../contract/snapshot.ts';
import { createLogger } from '../../engine/log.ts';
import { Phone } from '../../engine/phone.ts';
import { memoryServices } from '../support/memory-services.ts';
import { testMediaThread } from '../support/test-line.ts';

export interface PhoneStart {
  account: AccountSettings;
  password: string;
}

/** What a phone holds of its computer. */
export interface Measure {
  /** Open sockets of the process. */
  sockets: number;
  /** UDP sockets in the range of RTP ports. */
  rtpSockets: number;
  /** Timers that will still fire. */
  timers: number;
  /** Bytes, after a garbage collection. */
  heap: number;
  /** Bytes of memory that the process has. */
  resident: number;
}

export type ToPhone =
  | { type: 'start'; start: PhoneStart }
  | { type: 'ask'; id: number; name: string; input: unknown }
  | { type: 'measure'; id: number }
  | { type: 'close'; id: number };
export type FromPhone =
  | { type: 'snapshot'; snapshot: PhoneSnapshot }
  | { type: 'log'; entry: HistoryEntry }
  | { type: 'said'; line: string }
  | { type: 'answer'; id: number; answer: unknown };

const tell = (message: FromPhone) => void process.send?.(message);
let phone: Phone | undefined;

function measure(): Measure {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
  const links = readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      // The descriptor that lists the folder is gone by now.
      return '';
    }
  });
  const ports = ['/proc/self/net/udp', '/proc/self/net/udp6'].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) /gm)].map((match) =>
      Number.parseInt(match[1] ?? '0', 16),
    ),
  );
  const { heapUsed, rss } = process.memoryUsage();
  return {
    sockets: links.filter((link) => link.startsWith('socket:')).length,
    rtpSockets: ports.filter((port) => port >= 10_000 && port <= 20_001).length,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    heap: heapUsed,
    resident: rss,
  };
}

function start({ account, password }: PhoneStart): Phone {
  const settings = completeSettings({
    accounts: [{ ...account, password: { service: 'day', account: 'day' } }],
  });
  const opened = new Phone({
    version: 'day',
    ...memoryServices(settings, password),
    callLog: {
      load: () => [],
      append: async (entry) => tell({ type: 'log', entry }),
      clear: async () => undefined,
    },
    media: testMediaThread(),
    log: createLogger(account.user, (level, module, message) => {
      if (level !== 'debug') tell({ type: 'said', line: `${level} ${module}: ${message}` });
    }),
  });
  opened.onEvent((event: PhoneEvent) => {
    if (event.name === 'snapshot') tell({ type: 'snapshot', snapshot: event.data });
  });
  void opened.start();
  return opened;
}

async function answer(message: ToPhone): Promise<void> {
  switch (message.type) {
    case 'start':
      phone = start(message.start);
      break;
    case 'ask':
      if (phone === undefined) return;
      tell({
        type: 'answer',
        id: message.id,
        answer: await handleRequest(phone.handlers, message.name, message.input),
      });
      break;
    case 'measure':
      tell({ type: 'answer', id: message.id, answer: measure() });
      break;
    case 'close':
      await phone?.close();
      tell({ type: 'answer', id: message.id, answer: null });
      process.disconnect();
  }
}

process.on('message', (message: ToPhone) => void answer(message));
