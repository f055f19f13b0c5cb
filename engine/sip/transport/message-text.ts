/**
 * A SIP message as its three parts (RFC 3261 §7): start line, header fields in their order, body. Nothing is interpreted
 * here beyond where one part ends and the next begins, so that odd but legal text survives a round trip.
 */

export interface HeaderField {
  /** As written, without the white space around it. Empty for a line that has no colon. */
  name: string;
  /** Unfolded: continuation lines are joined with one space (§7.3.1). */
  value: string;
}

export interface SipMessage {
  startLine: string;
  headers: HeaderField[];
  body: string;
  /** The bytes end before Content-Length says they do. */
  truncated: boolean;
}

/** Most header fields one message may have; more is an attack or a fault. */
const headerFieldsMax = 512;

/**
 * Splits one whole message. Leading empty lines are skipped (§7.5); lines may end in LF alone; bytes beyond Content-Length are
 * dropped (§18.3); without Content-Length the body is all that follows.
 * @returns undefined when there is no start line or there are more than 512 header fields.
 */
export function readMessage(bytes: Uint8Array): SipMessage | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  while (data[start] === 0x0d || data[start] === 0x0a) start += 1;
  const { headEnd, bodyStart } = findBlankLine(data, start);
  const lines = data.toString('utf8', start, headEnd).split(/\r?\n/);
  const startLine = lines.shift();
  if (startLine === undefined || startLine === '') return undefined;
  const headers = readHeaderFields(lines);
  if (headers === undefined) return undefined;
  const body = data.subarray(bodyStart);
  const length = contentLength(headers);
  if (length === undefined) return { startLine, headers, body: body.toString('utf8'), truncated: false };
  return {
    startLine,
    headers,
    body: body.toString('utf8', 0, Math.min(length, body.length)),
    truncated: length > body.length,
  };
}

function findBlankLine(data: Buffer, start: number): { headEnd: number; bodyStart: number } {
  for (let at = data.indexOf(0x0a, start); at !== -1; at = data.indexOf(0x0a, at + 1)) {
    if (data[at + 1] === 0x0a) return { headEnd: at, bodyStart: at + 2 };
    if (data[at + 1] === 0x0d && data[at + 2] === 0x0a) return { headEnd: at, bodyStart: at + 3 };
  }
  return { headEnd: data.length, bodyStart: data.length };
}

function readHeaderFields(lines: string[]): HeaderField[] | undefined {
  const headers: HeaderField[] = [];
  for (const line of lines) {
    const last = headers[headers.length - 1];
    if (last !== undefined && (line.startsWith(' ') || line.startsWith('\t'))) {
      last.value = `${last.value} ${line.trim()}`.trim();
      continue;
    }
    if (line.trim() === '') continue;
    if (headers.length === headerFieldsMax) return undefined;
    const colon = line.indexOf(':');
    if (colon === -1) headers.push({ name: '', value: line.trim() });
    else headers.push({ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() });
  }
  return headers;
}

/** The value of Content-Length in bytes; undefined when absent or not a number. */
function contentLength(headers: readonly HeaderField[]): number | undefined {
  const value = headers.find(({ name }) => /^(?:content-length|l)$/i.test(name))?.value;
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** The same for text that our own side wrote. */
export function readText(text: string): SipMessage | undefined {
  return readMessage(Buffer.from(text, 'utf8'));
}

/** Writes the message with CRLF line ends; the header fields are written as they stand. */
export function writeMessage(message: SipMessage): string {
  const fields = message.headers.map(({ name, value }) => `${name}: ${value}\r\n`).join('');
  return `${message.startLine}\r\n${fields}\r\n${message.body}`;
}

/** The first value of a header field, by its long name (the message must have its compact names expanded). */
export function headerValue(message: SipMessage, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return message.headers.find((field) => field.name.toLowerCase() === wanted)?.value;
}

/** The same message with the first field of that name replaced. */
export function withHeader(message: SipMessage, name: string, value: string): SipMessage {
  const wanted = name.toLowerCase();
  const at = message.headers.findIndex((field) => field.name.toLowerCase() === wanted);
  if (at === -1) return message;
  const headers = message.headers.map((field, index) => (index === at ? { name: field.name, value } : field));
  return { ...message, headers };
}
