/** Builds the gallery the way the product's window is built, and serves it on loopback. */
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const configFile = fileURLToPath(new URL('../../../vite.config.ts', import.meta.url));
/** One for each worker: they build it at the same time. */
const page = `gallery-page-${process.env['TEST_PARALLEL_INDEX'] ?? 0}`;
const outDir = fileURLToPath(new URL(`../../../test-results/${page}`, import.meta.url));

export interface Gallery {
  /** Where a scene stands. */
  address(scene: string, theme: 'light' | 'dark'): string;
  close(): Promise<void>;
}

export async function openGallery(): Promise<Gallery> {
  const options = { configFile, root, logLevel: 'error' as const, build: { outDir, emptyOutDir: true } };
  await build(options);
  const server = await preview({ ...options, preview: { host: '127.0.0.1', port: 0 } });
  const base = server.resolvedUrls?.local[0];
  if (base === undefined) throw new Error('the gallery has no address');
  return {
    address: (scene, theme) => `${base}?scene=${scene}&theme=${theme}`,
    close: () => server.close(),
  };
}
