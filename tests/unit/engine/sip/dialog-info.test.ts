import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyDialogInfo,
  dialogState,
  emptyDialogTable,
  leadingDialog,
  parseDialogInfo,
  replaceableDialog,
} from '../../../../engine/sip/dialog-info.ts';
import type { DialogTable } from '../../../../engine/sip/dialog-info.ts';

const document = (version: number, state: string, dialogs: string) =>
  `<?xml version="1.0"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="${state}" entity="sip:102@pbx">
${dialogs}</dialog-info>`;

const early = `<dialog id="1" call-id="a84b4c@pbx" local-tag="bob" remote-tag="anna" direction="recipient">
  <state>early</state>
  <remote><identity display="Anna">sip:101@pbx</identity><target uri="sip:101@10.0.0.7:5062"/></remote>
</dialog>`;
const dialog = (id: string, state: string, more = '') =>
  `<dialog id="${id}" direction="initiator"><state>${state}</state>${more}</dialog>`;
const onHold =
  '<local><target uri="sip:102@10.0.0.8"><param pname="+sip.rendering" pvalue="no"/></target></local>';

function take(table: DialogTable, text: string) {
  const read = parseDialogInfo(text);
  if (!read.ok) throw new Error(read.problem);
  return applyDialogInfo(table, read.value);
}
const lampOf = (...texts: string[]) => {
  let table = emptyDialogTable;
  for (const text of texts) ({ table } = take(table, text));
  const leading = leadingDialog(table);
  return leading === undefined ? 'idle' : dialogState(leading);
};

describe('dialog-info', () => {
  it('names the caller, the dialog and where to pick it up', () => {
    const { table } = take(emptyDialogTable, document(0, 'full', early));
    const leading = leadingDialog(table);
    expect(leading).toMatchObject({
      state: 'early',
      incoming: true,
      remote: { number: '101', name: 'Anna', uri: 'sip:101@pbx' },
    });
    expect(leading && replaceableDialog(leading)).toEqual({
      replaces: { callId: 'a84b4c@pbx', toTag: 'anna', fromTag: 'bob', earlyOnly: true },
      target: 'sip:101@10.0.0.7:5062',
    });
  });

  it('has nothing to replace when the PBX leaves the dialog unnamed or names it oddly', () => {
    for (const text of [
      early.replace(' call-id="a84b4c@pbx"', ''),
      early.replace('"bob"', '"bob;x"'),
      early.replace(/<remote>.*<\/remote>/, ''),
    ]) {
      const leading = leadingDialog(take(emptyDialogTable, document(0, 'full', text)).table);
      expect(leading && replaceableDialog(leading)).toBeUndefined();
    }
  });

  it.each([
    ['idle', ''],
    ['idle', dialog('1', 'terminated')],
    ['busy', dialog('1', 'trying')],
    ['busy', dialog('1', 'confirmed')],
    ['ringing', early],
    ['held', dialog('1', 'confirmed', onHold)],
    ['busy', dialog('1', 'confirmed', onHold) + dialog('2', 'confirmed')],
    ['ringing', dialog('1', 'confirmed') + early.replace('id="1"', 'id="2"')],
  ])('is %s with %j', (state, dialogs) => {
    expect(lampOf(document(0, 'full', dialogs))).toBe(state);
  });

  it('keeps dialogs that a partial document does not name, and replaces all by a full one', () => {
    const first = document(0, 'full', dialog('1', 'confirmed'));
    expect(lampOf(first, document(1, 'partial', dialog('2', 'terminated')))).toBe('busy');
    expect(lampOf(first, document(1, 'partial', dialog('1', 'terminated')))).toBe('idle');
    expect(lampOf(first, document(1, 'full', ''))).toBe('idle');
  });

  it('asks for the whole when a partial document was lost, and drops one that comes again', () => {
    const { table, gap } = take(emptyDialogTable, document(3, 'full', dialog('1', 'confirmed')));
    expect(gap).toBe(false);
    expect(take(table, document(4, 'partial', '')).gap).toBe(false);
    expect(take(table, document(5, 'partial', '')).gap).toBe(true);
    expect(take(emptyDialogTable, document(7, 'partial', '')).gap).toBe(true);
    expect(take(table, document(3, 'partial', dialog('1', 'terminated'))).table).toBe(table);
  });

  it('believes a full document of a PBX that never counts', () => {
    expect(lampOf(document(0, 'full', dialog('1', 'confirmed')), document(0, 'full', ''))).toBe('idle');
  });

  it('is refused when it is something else', () => {
    expect(parseDialogInfo('<presence/>')).toEqual({ ok: false, problem: 'not dialog-info' });
    expect(parseDialogInfo('{}')).toEqual({ ok: false, problem: 'not XML' });
  });

  it('never throws, whatever the document holds', () => {
    const word = fc.constantFrom('early', 'confirmed', 'terminated', 'x', '');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), word, fc.string())), fc.string(), (list, tail) => {
        const text = list
          .map(([id, state, inner]) => dialog(id.replace(/["<&]/g, ''), state, inner))
          .join('');
        parseDialogInfo(document(1, 'full', text + tail));
      }),
    );
  });

  it('keeps a bounded number of dialogs', () => {
    let table = emptyDialogTable;
    for (let version = 0; version < 100; version += 1) {
      ({ table } = take(table, document(version, 'partial', dialog(`${version}`, 'early'))));
    }
    expect(table.dialogs.size).toBe(64);
  });
});
