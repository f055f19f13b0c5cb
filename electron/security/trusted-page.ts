/** Who counts as our page: a document of our own scheme, in a window's main frame. Pure, so that every door can ask. */

export const appScheme = 'sidetone';
const appHost = 'app';
/** Where the page lives. */
export const appOrigin = `${appScheme}://${appHost}`;

/** True for a URL of our own scheme and host. */
export function isAppUrl(url: string): boolean {
  try {
    const { protocol, host, username, port } = new URL(url);
    return protocol === `${appScheme}:` && host === appHost && username === '' && port === '';
  } catch {
    return false;
  }
}

/** What is asked of a frame; Electron's WebFrameMain has it. */
export interface Frame {
  readonly url: string;
  readonly parent: unknown;
}

/** True when a message comes from our own page's main frame. A frame that is gone by now is not trusted. */
export function isTrustedSender(frame: Frame | null | undefined): boolean {
  return frame !== null && frame !== undefined && frame.parent === null && isAppUrl(frame.url);
}
