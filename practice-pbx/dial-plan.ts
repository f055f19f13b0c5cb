/** What is reached by which number. Pure. */
export const practiceUser = '1000';
export const practicePin = '1000';

export type ServiceName = 'attendant' | 'operator' | 'echo' | 'clock' | 'mailbox';

export type Destination =
  /** `name`: as the caller's phone shows it. `ringMs`: how long it rings before it answers. */
  | { kind: 'service'; service: ServiceName; name: string; ringMs: number }
  | { kind: 'message'; box: string; name: string }
  /** Rings until the caller gives up. */
  | { kind: 'no-answer'; name: string }
  | { kind: 'refused'; statusCode: 404 | 486 | 603 };

const services: ReadonlyMap<string, Destination> = new Map<string, Destination>([
  ['0', { kind: 'service', service: 'attendant', name: 'Auto attendant', ringMs: 200 }],
  ['1001', { kind: 'service', service: 'operator', name: 'Operator', ringMs: 1_000 }],
  ['1002', { kind: 'refused', statusCode: 486 }],
  ['1003', { kind: 'no-answer', name: 'Never answers' }],
  ['1004', { kind: 'refused', statusCode: 603 }],
  ['*43', { kind: 'service', service: 'echo', name: 'Echo test', ringMs: 0 }],
  ['*60', { kind: 'service', service: 'clock', name: 'Speaking clock', ringMs: 200 }],
  ['*97', { kind: 'service', service: 'mailbox', name: 'Mailbox', ringMs: 200 }],
  // The only phone that could ring is the one that is calling.
  [practiceUser, { kind: 'refused', statusCode: 486 }],
]);

/** Extensions; each has a mailbox. */
const boxes: ReadonlySet<string> = new Set([practiceUser, '1001', '1002', '1003', '1004']);

/** Exact codes first, then `*<extension>`. */
export function findDestination(number: string): Destination {
  const exact = services.get(number);
  if (exact !== undefined) return exact;
  const box = number.startsWith('*') ? number.slice(1) : '';
  if (boxes.has(box)) return { kind: 'message', box, name: `Mailbox of ${box}` };
  return { kind: 'refused', statusCode: 404 };
}

/** The number belongs to somebody, not to a service. */
export const isExtension = (number: string) => boxes.has(number);

/** Who calls there always hears that it is busy. */
export const isAlwaysBusy = (number: string) => number === '1002';
