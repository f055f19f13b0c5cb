/**
 * Presence documents: PIDF (RFC 3863) with RPID's activities (RFC 4480), read and written.
 *
 *   <presence entity="sip:102@pbx">
 *     <tuple id="phone"><status><basic>open</basic></status></tuple>
 *     <dm:person id="me"><rpid:activities><rpid:away/></rpid:activities><dm:note>Back at two</dm:note></dm:person>
 *   </presence>
 */
import type { PresenceState } from '../../contract/snapshot.ts';
import type { Result } from '../result.ts';
import { bad, good } from '../result.ts';
import { childOf, escapeXml, parseXml } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';

export const presenceType = 'application/pidf+xml';

export interface Presence {
  state: PresenceState;
  note: string;
}

/** RPID activities (RFC 4480 §3.2) that mean one thing to a caller; others say nothing about answering. */
const busyActivities = ['busy', 'on-the-phone', 'appointment', 'meeting', 'performance', 'presentation'];
const awayActivities = ['away', 'breakfast', 'lunch', 'dinner', 'meal', 'holiday', 'vacation', 'travel'];
const goneActivities = ['permanent-absence', 'sleeping'];

const longestNote = 200;

/** Reads a document from untrusted text. */
export function parsePresence(body: string): Result<Presence, 'not XML' | 'not PIDF'> {
  const document = parseXml(body);
  if (!document.ok) return bad('not XML');
  const root = document.value;
  if (root.name !== 'presence') return bad('not PIDF');
  const tuples = root.children.filter(({ name }) => name === 'tuple');
  const person = childOf(root, 'person');
  // Asterisk puts them into the person's status, others into the person or into the tuple.
  const activities = [person, ...tuples]
    .flatMap((element) => [element, childOf(element, 'status')])
    .flatMap((element) => childOf(element, 'activities')?.children ?? [])
    .map(({ name }) => name);
  const open = tuples.some((tuple) => childOf(childOf(tuple, 'status'), 'basic')?.text === 'open');
  return good({ state: stateOf(activities, open), note: noteOf([person, ...tuples, root]) });
}

function stateOf(activities: readonly string[], open: boolean): PresenceState {
  const any = (names: readonly string[]) => activities.some((name) => names.includes(name));
  if (any(busyActivities)) return 'busy';
  if (!open || any(goneActivities)) return 'offline';
  return any(awayActivities) ? 'away' : 'available';
}

/** The first words of anybody; without control characters, since they are shown. */
function noteOf(elements: readonly (XmlElement | undefined)[]): string {
  const text = elements.map((element) => childOf(element, 'note')?.text ?? '').find((note) => note !== '');
  return (text ?? '').replace(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, longestNote);
}

/** The document that tells a person's state. */
export function formatPresence({ state, note }: Presence, entity: string): string {
  const activity = { available: '', away: '<rpid:away/>', busy: '<rpid:busy/>', offline: '' }[state];
  const words = note === '' ? '' : `<dm:note>${escapeXml(note)}</dm:note>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" ' +
      `xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="${escapeXml(entity)}">`,
    `<tuple id="phone"><status><basic>${state === 'offline' ? 'closed' : 'open'}</basic></status></tuple>`,
    `<dm:person id="person"><rpid:activities>${activity}</rpid:activities>${words}</dm:person>`,
    '</presence>',
    '',
  ].join('\r\n');
}
