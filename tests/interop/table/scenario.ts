/** The rows and columns of the interop table, and what a far side brings to it. */

/** One column: how our phone reaches the far side's server. */
export interface Link {
  transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  family: 4 | 6;
}

const transports = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;

/** Every column there is, in the table's order. */
export const allLinks: readonly Link[] = ([4, 6] as const).flatMap((family) =>
  transports.map((transport) => ({ transport, family })),
);

/** `TLS, IPv6`. */
export function linkName({ transport, family }: Link): string {
  return `${transport.toUpperCase()}, IPv${family}`;
}

/** Loopback address of a link's family. */
export function loopback({ family }: Pick<Link, 'family'>): '127.0.0.1' | '::1' {
  return family === 4 ? '127.0.0.1' : '::1';
}

/** The rows: what is done, in one sentence each, in the table's order. */
export const scenarioTitles = {
  register: 'registers with a password',
  'wrong-password': 'is refused with a wrong password, and says so',
  call: 'calls: sound heard both ways, this side hangs up',
  'be-called': 'is called: sound heard both ways, the far side hangs up',
  echo: 'hears its own speech come back whole',
  digits: 'sends keys, all of which arrive',
  'digits-received': 'receives keys',
  hold: 'holds and resumes; the sound comes back',
  'be-held': 'is held and resumed by the far side',
  'blind-transfer': 'transfers a call blindly',
  'attended-transfer': 'talks first, then transfers',
  'be-transferred': 'is transferred by the far side',
  cancel: 'cancels a call that rings',
  'be-cancelled': 'is called and the caller gives up',
  reject: 'rejects a call',
  'be-rejected': 'calls somebody who rejects',
  busy: 'calls somebody who is busy',
  unknown: 'calls a number that does not exist',
  'long-ring': 'hangs up on a call that is never answered',
  congestion: 'calls and the network is congested',
  refresh: 'keeps a call alive by refreshing its session (RFC 4028)',
  'message-waiting': 'shows a message that waits in the mailbox',
  lamp: 'shows whether a colleague talks',
  'early-media': 'hears an announcement before the answer',
  fork: 'takes one of several forked answers, and ends the other',
  'record-route': 'routes in the dialog by Record-Route',
  'several-challenges': 'chooses the strongest of several digest challenges',
  redirect: 'follows a 3xx',
  glare: 'backs off when both sides re-INVITE at once (491)',
  update: 'takes an UPDATE',
  reliable: 'acknowledges reliable provisional answers (PRACK)',
  'cancel-race': 'ends a call that is answered while it cancels',
  unavailable: 'tells that the server is overloaded (503 with Retry-After)',
} as const;

export type ScenarioId = keyof typeof scenarioTitles;

export interface Scenario<Bench> {
  id: ScenarioId;
  /** Rejects with why it failed. */
  run: (bench: Bench) => Promise<void>;
  /** Takes a minute or more: left out of `npm test`. */
  slow?: boolean;
}

/** A far side: a program, the links it offers, and what can be tried with it. */
export interface FarSide<Bench> {
  /** For choosing it: `asterisk`. */
  name: string;
  /** Heading of its part of the table. */
  title: string;
  /** One sentence: how it stands in the call. */
  role: string;
  /** Why it cannot be had here, or undefined when it can. */
  missing: () => Promise<string | undefined>;
  /** As the program itself tells. */
  version: () => Promise<string>;
  links: readonly Link[];
  /** Links that the short run takes. */
  shortLinks: readonly Link[];
  scenarios: readonly Scenario<Bench>[];
  open: (link: Link) => Promise<Bench>;
  /** After each scenario: ends what goes on, so that the next one starts from rest. */
  settle: (bench: Bench) => Promise<void>;
  close: (bench: Bench) => Promise<void>;
  /** After the last link: ends servers that several links shared. */
  end: () => Promise<void>;
}
