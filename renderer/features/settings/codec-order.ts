/** The codecs as a person orders them: the first is the one that is liked best. Keys (telephone-event) keep their own place. */
import type { Settings } from '../../../contract/settings.ts';

type Codecs = Settings['codecs'];
export type CodecName = Codecs[number]['name'];

/** What carries a voice, the best liked first. */
export const voiceCodecs = (codecs: Codecs): Codecs =>
  codecs.filter(({ name }) => name !== 'telephone-event').sort((a, b) => a.priority - b.priority);

/** The codec at place `from` comes to place `to` of {@link voiceCodecs}. The same codecs where there is no such place. */
export function reordered(codecs: Codecs, from: number, to: number): Codecs {
  const order = voiceCodecs(codecs);
  const priorities = order.map(({ priority }) => priority);
  const [taken] = order.splice(from, 1);
  if (taken === undefined || to < 0 || to > order.length) return codecs;
  order.splice(to, 0, taken);
  return codecs.map((codec) => {
    const place = order.findIndex(({ name }) => name === codec.name);
    return { ...codec, priority: priorities[place] ?? codec.priority };
  });
}

/** Switches a codec on or off. Null when it is the last one: without any there is no call. */
export function switched(codecs: Codecs, name: CodecName, enabled: boolean): Codecs | null {
  const next = codecs.map((codec) => (codec.name === name ? { ...codec, enabled } : codec));
  return voiceCodecs(next).some((codec) => codec.enabled) ? next : null;
}
