/** The twelve keys of a telephone with their letters (ITU-T E.161). */
export interface Key {
  digit: string;
  letters: string;
}

export const keys: readonly Key[] = [
  { digit: '1', letters: '' },
  { digit: '2', letters: 'ABC' },
  { digit: '3', letters: 'DEF' },
  { digit: '4', letters: 'GHI' },
  { digit: '5', letters: 'JKL' },
  { digit: '6', letters: 'MNO' },
  { digit: '7', letters: 'PQRS' },
  { digit: '8', letters: 'TUV' },
  { digit: '9', letters: 'WXYZ' },
  { digit: '*', letters: '' },
  { digit: '0', letters: '+' },
  { digit: '#', letters: '' },
];

/** What a typed text dials when its letters are keys: "an" is 26, "Sales 1" is 725371. Null when something is no key. */
export function typedAsLetters(text: string): string | null {
  const accentless = text.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase();
  let digits = '';
  for (const character of accentless) {
    if (/[\s().-]/.test(character)) continue;
    const key = keys.find(({ digit, letters }) => digit === character || letters.includes(character));
    if (key === undefined) return null;
    digits += character === '+' ? '+' : key.digit;
  }
  return digits === '' ? null : digits;
}

/** True for what cannot be a number any more: a name or an address. A lone + or * is a number that begins. */
export const isName = (text: string) => /[\p{L}@]/u.test(text) && !/^tel:/i.test(text.trim());

/** What was pasted or typed as a number without the signs that people write into it: "+49 (30) 555-01" → "+493055501". */
export function plainNumber(text: string): string | null {
  const number = text
    .trim()
    .replaceAll('✱', '*')
    .replace(/^tel:/i, '')
    .replace(/[\s()./-]/g, '');
  return /^\+?[0-9*#]+$/.test(number) ? number : null;
}
