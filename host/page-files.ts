/** The built renderer's files for a shell that serves them: looked up by path, never outside their folder. */
import { readFile, realpath } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';

export interface PageFile {
  body: Buffer;
  contentType: string;
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wav': 'audio/wav',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/**
 * The file that a URL's path means (`/` is index.html), or null: not there, of a kind that the page does not use, or outside
 * the folder by any trick (`..`, encoded separators, NUL, symbolic links).
 */
export async function readPageFile(folder: string, urlPath: string): Promise<PageFile | null> {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  if (path.includes('\0') || path.includes('\\') || path.split('/').includes('..')) return null;
  const name = path === '/' || path === '' ? '/index.html' : path;
  const contentType = contentTypes[extname(name)];
  if (contentType === undefined) return null;
  try {
    const root = await realpath(resolve(folder));
    const file = await realpath(join(root, name));
    if (!file.startsWith(root + sep)) return null;
    return { body: await readFile(file), contentType };
  } catch {
    return null;
  }
}
