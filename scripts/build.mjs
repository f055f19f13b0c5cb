/**
 * `npm run build`: WebAssembly, bundles and renderer into dist/, in this order. Every entry becomes one CommonJS file,
 * with others beside it for what it imports only when it needs it (`import()`).
 *
 *   --target=product   (default) dist/: for the newest Electron and Node 20 or newer, nothing lowered, nothing added
 *   --target=test      dist-test/: the same sources for the test runtime, lowered to Node 16 and Chrome 108 with polyfills in front
 *   --quick            bundles only: WebAssembly and renderer are left as they are
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const { version, productName } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const { values } = parseArgs({
  options: { target: { type: 'string', default: 'product' }, quick: { type: 'boolean', default: false } },
});
const targets = {
  product: { folder: 'dist', runtime: 'node20', polyfills: [] },
  test: { folder: 'dist-test', runtime: 'node16', polyfills: [join(root, 'scripts/old-runtime.mjs')] },
};
const target = targets[values.target];
if (target === undefined) fail(`--target is ${Object.keys(targets).join(' or ')}`);
const out = join(root, target.folder);

/** Bundle (without its ending) → source. */
const entries = {
  'electron/main': 'electron/main.ts',
  'electron/preload': 'electron/preload.ts',
  'electron/engine-process': 'electron/engine-process.ts',
  'electron/practice-process': 'electron/practice-process.ts',
  'engine/media-thread': 'engine/media/media-thread.ts',
  'cli/sidetone': 'cli/main.ts',
  'web/main': 'web/main.ts',
};

/** What the bundles may not contain: the runtime itself, and the keychain's binaries. */
const external = ['electron', '@napi-rs/keyring'];

function fail(reason) {
  process.stderr.write(`build: ${reason}\n`);
  process.exit(1);
}

function run(what, command, commandArguments) {
  const { status, error } = spawnSync(command, commandArguments, {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
  if (error !== undefined) fail(`${what}: ${error.message}`);
  if (status !== 0) fail(`${what} failed`);
}

function buildWasm() {
  run('native-wasm', process.execPath, [join(root, 'native-wasm/build.mjs')]);
}

function buildRenderer() {
  const folder = join(out, 'renderer');
  run('renderer', join(bin, 'vite'), ['build', '--logLevel', 'warn', '--outDir', folder, '--emptyOutDir']);
}

async function buildBundles() {
  const present = Object.entries(entries).filter(([, source]) => existsSync(join(root, source)));
  for (const source of Object.values(entries)) {
    if (!existsSync(join(root, source))) process.stderr.write(`build: ${source} is not there, left out\n`);
  }
  for (const [name] of present) rmSync(join(out, dirname(name)), { recursive: true, force: true });
  // esbuild has already said what is wrong, and where.
  await Promise.all(present.map(([name, source]) => bundle(name, source))).catch(() =>
    fail('bundles failed'),
  );
}

/**
 * One entry and its parts. A part is a file of its own, so that what a run does not need is not even read: V8 keeps the source of a
 * file as long as the program runs. Only ES modules can be split, and only CommonJS starts everywhere: so they are split, then
 * converted one by one. The parts lie beside their entry, where `__dirname` means the same.
 */
async function bundle(name, source) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { [name]: source },
    outdir: out,
    outExtension: { '.js': '.cjs' },
    chunkNames: `${name}-[name]-[hash]`,
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: target.runtime,
    external,
    // A sandboxed preload runs in the page's engine and must stay small: no polyfills for Node there.
    inject: name === 'electron/preload' ? [] : target.polyfills,
    define: {
      SIDETONE_VERSION: JSON.stringify(version),
      'import.meta.dirname': '__dirname',
      // The optional native parts of `ws` are not shipped.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    sourcemap: 'inline',
    sourcesContent: false,
    legalComments: 'external',
    logLevel: 'warning',
  });
  mkdirSync(join(out, dirname(name)), { recursive: true });
  for (const { path, text } of outputFiles) {
    if (path.endsWith('.cjs')) await writeCommonJs(path, text);
    else if (text !== '') writeFileSync(path, text);
  }
}

async function writeCommonJs(path, text) {
  const { code, map } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: target.runtime,
    // `require` instead: Node's loader of ES modules does not look into the archive of a packaged app.
    supported: { 'dynamic-import': false },
    // Names stay as they are, for stack traces and for whoever compares them; `keepNames` would keep those of esbuild's own
    // renaming too, at the cost of a megabyte.
    minifyWhitespace: true,
    sourcefile: basename(path),
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'warning',
  });
  writeFileSync(path, `${code}//# sourceMappingURL=${basename(path)}.map\n`);
  writeFileSync(`${path}.map`, map);
}

function copyResources() {
  const source = join(root, 'resources');
  if (!existsSync(source)) return;
  const folder = join(out, 'resources');
  rmSync(folder, { recursive: true, force: true });
  cpSync(source, folder, { recursive: true, filter: (file) => !/\.(mjs|ts|md)$/.test(file) });
}

/** Makes the folder something that Node and Electron can start: its files are CommonJS, its main is the desktop app. */
function writeManifest() {
  const manifest = { name: 'sidetone', productName, version, main: 'electron/main.cjs', type: 'commonjs' };
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

const startedAt = new Date();
mkdirSync(out, { recursive: true });
rmSync(join(out, '.stamp'), { force: true });
if (!values.quick) buildWasm();
await buildBundles();
copyResources();
writeManifest();
if (!values.quick) buildRenderer();
// Dated to the build's start: a source that was edited meanwhile is newer than the stamp.
writeFileSync(join(out, '.stamp'), `${version}\n`);
utimesSync(join(out, '.stamp'), startedAt, startedAt);
const seconds = ((Date.now() - startedAt.getTime()) / 1000).toFixed(1);
process.stderr.write(`build: ${target.folder}/ in ${seconds} s\n`);
