import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { rnnoiseWasmFile } from './scripts/rnnoise-wasm.ts';

/**
 * The page is served from 127.0.0.1 and from the desktop app's own scheme. There `crossorigin` would ask for CORS headers
 * that a page's own files do not need.
 */
const sameOriginTags: Plugin = {
  name: 'same-origin-tags',
  transformIndexHtml: { order: 'post', handler: (html) => html.replaceAll(' crossorigin', '') },
};

export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react(), sameOriginTags, rnnoiseWasmFile()],
  worker: { format: 'es' },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'chrome108',
    // The content security policy allows no data: scripts or fonts, so nothing is written into other files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
