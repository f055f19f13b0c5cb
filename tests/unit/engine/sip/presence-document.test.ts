import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPresence, parsePresence } from '../../../../engine/sip/presence-document.ts';

const asterisk = (basic: string, activity: string, note: string) => `<?xml version="1.0" encoding="UTF-8"?>
<presence entity="sip:102@pbx" xmlns="urn:ietf:params:xml:ns:pidf" xmlns:pp="urn:ietf:params:xml:ns:pidf:person" xmlns:es="urn:ietf:params:xml:ns:pidf:rpid:status:rpid-status" xmlns:ep="urn:ietf:params:xml:ns:pidf:rpid:rpid-person">
 <note>${note}</note>
 <tuple id="102"><status><basic>${basic}</basic></status><contact priority="1">sip:102@pbx</contact></tuple>
 <pp:person><status>${activity}</status></pp:person>
</presence>`;

describe('a presence document', () => {
  it.each([
    ['open', '', 'available'],
    ['closed', '', 'offline'],
    ['open', '<r:activities><r:on-the-phone/></r:activities>', 'busy'],
    ['closed', '<r:activities><r:busy/></r:activities>', 'busy'],
    ['open', '<r:activities><r:away/></r:activities>', 'away'],
    ['open', '<r:activities><r:looking-for-work/></r:activities>', 'available'],
    ['open', '<r:activities><r:permanent-absence/></r:activities>', 'offline'],
  ])('that is %s with %j is %s', (basic, activities, state) => {
    const body = `<presence entity="sip:a@b"><tuple id="t"><status><basic>${basic}</basic></status></tuple>
<dm:person id="p">${activities}<dm:note>Back  soon</dm:note></dm:person></presence>`;
    expect(parsePresence(body)).toEqual({ ok: true, value: { state, note: 'Back  soon' } });
  });

  it.each([
    ['open', '', 'Ready', 'available'],
    ['open', '<ep:activities><ep:busy/></ep:activities>', 'On the phone', 'busy'],
    ['closed', '<ep:activities><ep:away/></ep:activities>', 'Unavailable', 'offline'],
  ])('as Asterisk writes it (%s, %j, %s) is %s', (basic, activity, note, state) => {
    expect(parsePresence(asterisk(basic, activity, note))).toEqual({ ok: true, value: { state, note } });
  });

  it('reads what it writes', () => {
    const state = fc.constantFrom('available', 'away', 'busy', 'offline');
    const note = fc.string({ unit: 'grapheme-ascii', maxLength: 100 }).map((text) => text.trim());
    fc.assert(
      fc.property(state, note, (wanted, words) => {
        const read = parsePresence(formatPresence({ state: wanted, note: words }, 'sip:a&b@c'));
        expect(read).toEqual({ ok: true, value: { state: wanted, note: words } });
      }),
    );
  });

  it('never throws, whatever the text, and shows no control characters', () => {
    fc.assert(fc.property(fc.string(), (text) => void parsePresence(`<presence>${text}</presence>`)));
    expect(parsePresence('<presence><note>a\u202Eb</note></presence>')).toMatchObject({
      value: { note: 'a b' },
    });
    expect(parsePresence('<x/>')).toEqual({ ok: false, problem: 'not PIDF' });
  });
});
