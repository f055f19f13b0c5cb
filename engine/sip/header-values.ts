/** Values of headers whose form several methods share. */

interface HeaderSource {
  getHeader(name: string): string | undefined;
}

/** A header that holds a number of seconds, such as Retry-After with its comment and parameters; undefined when it does not. */
export function secondsOf(message: HeaderSource | undefined, name: string): number | undefined {
  const digits = /^\s*(\d{1,9})/.exec(message?.getHeader(name) ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** What stands before the parameters of a header, in small letters: a media type, an event package. Empty without a header. */
export function withoutParameters(value: string | undefined): string {
  return value?.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The members of a list that may be spread over several headers of one name (RFC 3261 §7.3.1), for members without commas. */
export function listOf(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((member) => member.trim())
    .filter((member) => member !== '');
}
