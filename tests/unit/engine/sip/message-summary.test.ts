import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMessageSummary, parseMessageSummary } from '../../../../engine/sip/message-summary.ts';

describe('a message summary', () => {
  it.each([
    [
      "RFC 3842's example",
      'Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (0/2)\r\n',
      { waiting: true, new: 2, old: 8 },
    ],
    ['no numbers', 'Messages-Waiting: yes\r\n', { waiting: true, new: 0, old: 0 }],
    ['no word about waiting', 'Voice-Message: 3/1', { waiting: true, new: 3, old: 1 }],
    [
      'other case and bare line ends',
      'messages-waiting : NO\nVOICE-MESSAGE:0/4 (0/0)',
      { waiting: false, new: 0, old: 4 },
    ],
  ])('is read with %s', (_case, body, mailbox) => {
    expect(parseMessageSummary(body)).toEqual(mailbox);
  });

  it.each(['', 'hello', 'Messages-Waiting: perhaps', 'Voice-Message: many'])(
    '%j tells nothing about messages',
    (body) => {
      expect(parseMessageSummary(body)).toBeUndefined();
    },
  );

  it('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseMessageSummary(text)));
    fc.assert(
      fc.property(fc.string(), (text) => void parseMessageSummary(`Messages-Waiting: yes\r\n${text}`)),
    );
  });

  it('reads what it writes', () => {
    const count = fc.nat(99_999);
    fc.assert(
      fc.property(fc.boolean(), count, count, (waiting, fresh, old) => {
        const mailbox = { waiting, new: fresh, old };
        expect(parseMessageSummary(formatMessageSummary(mailbox, 'sip:*97@pbx'))).toEqual(mailbox);
      }),
    );
  });
});
