import { expect, it } from 'vitest';
import { ladderHead, ladderRung } from '../../../cli/ladder.ts';
import type { TraceEntry } from '../../../engine/sip/message-trace.ts';

const entry = (parts: Partial<TraceEntry>): TraceEntry => ({
  ...{
    direction: 'sent',
    at: new Date(2026, 0, 1, 9, 5, 7, 42).getTime(),
    summary: 'INVITE 600',
    remark: '',
    callId: 'a',
  },
  text: '',
  ...parts,
});

it('puts the poles below the heads, whichever way an arrow points', () => {
  const rungs = [
    entry({}),
    entry({ direction: 'received', summary: '200 OK to INVITE' }),
    entry({ summary: 'x'.repeat(99) }),
  ];
  const poles = rungs.map((rung) =>
    [...ladderRung(rung)].flatMap((letter, at) => (letter === '│' ? [at] : [])),
  );
  expect(poles).toEqual([poles[0], poles[0], poles[0]]);
  const head = ladderHead('pbx.example.com');
  const [left = 0, right = 0] = poles[0] ?? [];
  expect(Math.abs(head.indexOf('phone') - left)).toBeLessThan(3);
  expect(Math.abs(head.indexOf('pbx') - right)).toBeLessThan(3);
});

it('says when, what and what it carries', () => {
  const text = ladderRung(entry({ direction: 'received', summary: '200 OK to INVITE', remark: 'SDP PCMU' }));
  expect(text).toMatch(/^09:05:07\.042 {2}│ ◄─+ 200 OK to INVITE ── │ {2}SDP PCMU$/);
});
