/**
 * Messages waiting (RFC 3842): the body of a `message-summary` NOTIFY.
 *
 *   Messages-Waiting: yes
 *   Message-Account: sip:*97@pbx
 *   Voice-Message: 2/8 (0/2)        new/old (urgent new/old)
 */
import type { Mailbox } from '../../contract/snapshot.ts';

export const messageSummaryType = 'application/simple-message-summary';

/** More messages than that are a fault of the sender. */
const mostMessages = 99_999;

/**
 * Reads a summary from untrusted text; undefined when it tells nothing about messages. PBXs differ in line ends, case and in what
 * they leave out: counts alone say whether messages wait, and "yes" alone says so without a number.
 */
export function parseMessageSummary(body: string): Mailbox | undefined {
  const values = new Map<string, string>();
  for (const line of body.slice(0, 4096).split(/\r\n|\r|\n/)) {
    const [, name, value] = /^\s*([\w-]{1,40})\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(name.toLowerCase(), value);
  }
  const said = /^(yes|no)\b/i.exec(values.get('messages-waiting') ?? '')?.[1]?.toLowerCase();
  const counts = /^(\d{1,9})\s*\/\s*(\d{1,9})/.exec(values.get('voice-message') ?? '');
  if (said === undefined && counts === null) return undefined;
  const count = (digits: string | undefined) => Math.min(Number(digits ?? 0), mostMessages);
  const fresh = count(counts?.[1]);
  return { waiting: said === undefined ? fresh > 0 : said === 'yes', new: fresh, old: count(counts?.[2]) };
}

/** The body that says what a mailbox holds; `account`: the SIP address to call for it. */
export function formatMessageSummary({ waiting, new: fresh, old }: Mailbox, account: string): string {
  return [
    `Messages-Waiting: ${waiting ? 'yes' : 'no'}`,
    `Message-Account: ${account}`,
    `Voice-Message: ${fresh}/${old} (0/0)`,
    '',
  ].join('\r\n');
}
