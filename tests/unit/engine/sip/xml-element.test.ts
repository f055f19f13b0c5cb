import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childOf, escapeXml, parseXml } from '../../../../engine/sip/xml-element.ts';

const problemOf = (text: string) => {
  const read = parseXml(text);
  return read.ok ? 'none' : read.problem;
};

describe('an XML document', () => {
  it('is read as a tree whose names have no prefix, bound or not', () => {
    const read = parseXml(
      '\r\n<?xml version="1.0"?><a:x v="1 &amp; 2"><b:y> one <![CDATA[<two>]]> </b:y></a:x>',
    );
    expect(read).toEqual({
      ok: true,
      value: {
        name: 'x',
        attributes: { v: '1 & 2' },
        children: [{ name: 'y', attributes: {}, children: [], text: 'one <two>' }],
        text: '',
      },
    });
    if (read.ok) expect(childOf(read.value, 'z')).toBeUndefined();
  });

  it('with a document type is refused, before an entity of it could grow', () => {
    const bomb =
      '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;&b;&b;&b;</x>';
    expect(problemOf(bomb)).toBe('document type');
    expect(problemOf('<x>&b;</x>')).toBe('not XML');
  });

  it('that is too long, too deep, cut off or empty is a value, not a throw', () => {
    expect(problemOf(`<x>${' '.repeat(70_000)}</x>`)).toBe('too long');
    expect(problemOf(`${'<x>'.repeat(40)}${'</x>'.repeat(40)}`)).toBe('too deep');
    expect(problemOf('<x><y></x>')).toBe('not XML');
    expect(problemOf('')).toBe('not XML');
  });

  it('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseXml(text)));
    const pieces = fc.constantFrom(
      '<x>',
      '</x>',
      '<',
      '>',
      '&',
      '"',
      '<!--',
      ']]>',
      '<?',
      ' ',
      'a',
      '\0',
      '=',
    );
    fc.assert(fc.property(fc.array(pieces), (list) => void parseXml(list.join(''))));
  });

  it('holds any text that was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const read = parseXml(`<x v="${escapeXml(text)}">${escapeXml(text)}</x>`);
        expect(read.ok).toBe(true);
      }),
    );
    expect(escapeXml('a<b & "c">\u0000')).toBe('a&lt;b &amp; &quot;c&quot;&gt;');
  });
});
