/**
 * Logging for the engine: a logger per module, one sink per process, secrets taken out before a line leaves
 * (Authorization headers, crypto attributes, passwords and tokens).
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogSink = (level: LogLevel, module: string, message: string) => void;

export interface Logger {
  /** Written only while `verbose_logging` is on. */
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** A logger for a part of this module: `sip` → `sip.registration`. */
  child(name: string): Logger;
}

const redactions: [RegExp, string][] = [
  // The header may stand in the middle of a line, be folded over several (RFC 3261 §7.3.1) or be quoted with `\\r\\n` as text.
  [/((?:proxy-)?authorization\s*:)[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*/gi, '$1 [redacted]'],
  // Keys for SRTP, however the rest of their a=crypto line is written (RFC 4568 §9.1).
  [/(\binline:)[^\s\\]+/gi, '$1[redacted]'],
  [/(a=ice-pwd:)[^\s\\]+/gi, '$1[redacted]'],
  [/\b((?:set-)?cookie\s*:)[^\r\n]*/gi, '$1 [redacted]'],
  // A quoted value goes to its closing quote, a bare one to the next separator.
  [
    /((?:password|passwd|pwd|secret|token|credential)["']?\s*[:=]\s*)(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|[^\s"',;&]+)/gi,
    '$1[redacted]',
  ],
  // Keys in the body of SIP INFO (application/dtmf-relay): they may be a PIN.
  [/^(Signal\s*=\s*).*$/gim, '$1[redacted]'],
];

/** The text without what must not be read: RFC 3261 credentials, RFC 4568 keys, RFC 8839 passwords, keys, `password=…`. */
export function redact(text: string): string {
  return redactions.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), text);
}

/** A logger that writes redacted lines to the sink. */
export function createLogger(module: string, sink: LogSink): Logger {
  const write = (level: LogLevel) => (message: string) => sink(level, module, redact(message));
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (name) => createLogger(`${module}.${name}`, sink),
  };
}

/** For callers that want no log. */
export const silentLogger: Logger = createLogger('silent', () => undefined);
