/** What IT wants to know of a call: how the sound travels, and what it does on the way, in words. */
import type { CallSnapshot, MediaPathInfo, MediaStats, QualityPoint } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { callSecrecy } from './secrecy.ts';

export interface Fact {
  name: string;
  value: string;
}
/** The same measure at both ends; empty where it is not known. */
export interface TwoSided {
  name: string;
  here: string;
  there: string;
}

/** How the sound is carried. */
export function carriage({ media }: CallSnapshot, stats: MediaStats | undefined): Fact[] {
  const audio = media.find(({ kind }) => kind === 'audio');
  if (audio === undefined) return [];
  const codec = stats === undefined || stats.codec === '' ? audio.codec : stats.codec;
  const rate = audio.sampleRate > 0 ? en.units.khz(audio.sampleRate) : '';
  return [
    { name: en.details.codec, value: [codecLabel(codec), rate].filter(Boolean).join(' · ') },
    { name: en.details.path, value: audio.path === null ? en.details.pathUnknown : pathWords(audio.path) },
  ];
}

/** A codec as people know it: "G.711 µ-law"; one that has no such name by its own. */
export function codecLabel(name: string): string {
  const known: Record<string, { label: string }> = en.codecs.names;
  return known[name]?.label ?? name;
}

/** The way of the sound: "Through relay 192.0.2.7:3478 (tls)". */
export function pathWords({ local, remote, protocol, localAddress, remoteAddress }: MediaPathInfo): string {
  if (local === 'relay') {
    const how = protocol === 'udp' ? '' : ` (${protocol.toUpperCase()})`;
    return `${en.details.throughRelay(localAddress)}${how}`;
  }
  if (remote === 'relay') return en.details.throughTheirRelay(remoteAddress);
  if (local === 'srflx' || local === 'prflx' || remote === 'srflx' || remote === 'prflx')
    return en.details.throughRouter(remoteAddress);
  return en.details.straight(remoteAddress);
}

/** What both ends measure. */
export function measures(stats: MediaStats): TwoSided[] {
  const { remote } = stats;
  const { percent, ms, mos } = en.units;
  const orNothing = (value: number | null | undefined, words: (value: number) => string) =>
    value === null || value === undefined ? '' : words(value);
  return [
    {
      name: en.details.lost,
      here: percent(lostPercent(stats)),
      there: orNothing(remote && remote.lostPercent + (remote.discardedPercent ?? 0), percent),
    },
    { name: en.details.jitter, here: ms(stats.jitterMs), there: orNothing(remote?.jitterMs, ms) },
    { name: en.details.mos, here: orNothing(stats.mos, mos), there: orNothing(remote?.mos, mos) },
  ];
}

/** What is measured once. */
export function delays(stats: MediaStats): Fact[] {
  const { ms } = en.units;
  return [
    { name: en.details.delay, value: stats.delayMs === null ? '' : ms(stats.delayMs) },
    { name: en.details.roundTrip, value: stats.rttMs === null ? '' : ms(stats.rttMs) },
    { name: en.details.buffer, value: ms(stats.bufferMs) },
    { name: en.details.concealed, value: ms(stats.concealedMs) },
    {
      name: en.details.discarded,
      value: stats.discarded === 0 ? '' : en.details.packetCount(stats.discarded),
    },
    { name: en.details.packets, value: en.details.sentAndReceived(stats.sent, stats.received) },
  ].filter(({ value }) => value !== '');
}

/** Of all packets that were meant to come. */
function lostPercent({ received, lost, late }: MediaStats): number {
  const expected = received + lost;
  return expected === 0 ? 0 : ((lost + late) / expected) * 100;
}

interface Told {
  who: string;
  stats: MediaStats | undefined;
  points: readonly QualityPoint[];
  version: string;
}

/** All of it as plain text, for a mail to IT. */
export function factsAsText(call: CallSnapshot, { who, stats, points, version }: Told): string {
  const secrecy = callSecrecy(call);
  const facts: Fact[] = [
    { name: en.details.with, value: `${who} <${call.remote.uri}>` },
    { name: en.details.began, value: new Date(call.startedAt).toISOString() },
    ...carriage(call, stats),
    { name: en.details.encryption, value: secrecy === null ? '' : `${secrecy.word}. ${secrecy.meaning}` },
    ...(stats === undefined ? [] : delays(stats)),
    { name: en.details.problem, value: call.soundProblem?.sentence ?? '' },
  ];
  const both = stats === undefined ? [] : measures(stats);
  const worst = points.reduce<number | null>(
    (least, { mos }) => (mos === null ? least : Math.min(least ?? mos, mos)),
    null,
  );
  return [
    en.settings.version(version),
    ...facts.filter(({ value }) => value !== '').map(({ name, value }) => `${name}: ${value}`),
    ...both.map(
      ({ name, here, there }) =>
        `${name}: ${en.details.here} ${here || '–'}, ${en.details.there} ${there || '–'}`,
    ),
    ...(worst === null ? [] : [`${en.details.worst}: ${en.units.mos(worst)}`]),
  ].join('\n');
}
