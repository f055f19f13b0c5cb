/** `sidetone://app/`: the page's own privileged scheme, so that it has a secure origin and no file access. */
import { join } from 'node:path';
import { type Session, protocol } from 'electron';
import { readPageFile } from '../../host/page-files.ts';
import { pageHeaders } from '../../host/page-policy.ts';
import { appScheme, isAppUrl } from '../security/trusted-page.ts';

const rendererFolder = join(__dirname, '../renderer');

/** Must run before the app is ready. */
export function setupPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ]);
}

/** Serves the built renderer to this session's pages. */
export function setupPageProtocol(session: Session): void {
  const headers = pageHeaders();
  session.protocol.handle(appScheme, async (request) => {
    const file =
      isAppUrl(request.url) && request.method === 'GET'
        ? await readPageFile(rendererFolder, new URL(request.url).pathname)
        : null;
    if (file === null) return new Response('Not found', { status: 404, headers });
    return new Response(new Uint8Array(file.body), {
      headers: { ...headers, 'Content-Type': file.contentType },
    });
  });
}
