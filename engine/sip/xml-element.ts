/**
 * XML documents of the event packages (PIDF, dialog-info) as a tree of elements. The reader (saxes) knows only XML's own five
 * entities, so that no document can grow while it is read; one with a document type is refused.
 */
import { SaxesParser } from 'saxes';
import type { Result } from '../result.ts';
import { bad, good } from '../result.ts';

export interface XmlElement {
  /** Without its prefix: PBXs bind different ones, and some none. */
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: XmlElement[];
  /** Character data directly inside, trimmed. */
  text: string;
}

const longestDocument = 65_536;
const deepestElement = 32;

const localName = (name: string) => name.slice(name.indexOf(':') + 1);

/** Reads a document from untrusted text. */
export function parseXml(
  text: string,
): Result<XmlElement, 'too long' | 'too deep' | 'document type' | 'not XML'> {
  if (text.length > longestDocument) return bad('too long');
  const parser = new SaxesParser();
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let problem: 'too deep' | 'document type' | 'not XML' | undefined;
  parser.on('error', () => (problem ??= 'not XML'));
  parser.on('doctype', () => (problem ??= 'document type'));
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name: localName(name), attributes, children: [], text: '' };
    if (open.length >= deepestElement) problem ??= 'too deep';
    if (problem !== undefined) return;
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const addText = (characters: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += characters;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element !== undefined) element.text = element.text.trim();
  });
  parser.write(text.trimStart()).close();
  if (problem !== undefined) return bad(problem);
  return root === undefined ? bad('not XML') : good(root);
}

/** The first child of a name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** Text as it may stand between tags and in quoted attributes. */
export function escapeXml(text: string): string {
  // Control characters other than tab and line ends cannot be written in XML 1.0 at all.
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}
