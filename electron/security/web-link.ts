/** Only https goes out to the person's browser: other schemes could start other programs. */
export function isWebLink(url: string): boolean {
  try {
    return new URL(url).protocol === 'https:';
  } catch {
    return false;
  }
}
