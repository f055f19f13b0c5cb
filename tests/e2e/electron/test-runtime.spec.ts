/**
 * The runtime these tests run on, with a throwaway app: what the product relies on is there, whether Electron brings it or the shim
 * puts it in. What fails here is the test's runtime, not the phone.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, expect, test, type ElectronApplication } from '@playwright/test';
import { electronExecutable } from '../../support/electron-executable.ts';

const manifest = { name: 'throwaway', productName: 'Throwaway', version: '3.2.1', main: 'main.cjs' };

const main = `
const { app, BrowserWindow, ipcMain, MessageChannelMain, net, protocol, utilityProcess } = require('electron');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
protocol.registerSchemesAsPrivileged([
  { scheme: 'phone', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
]);
app.whenReady().then(async () => {
  protocol.handle('phone', async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/') {
      return new Response('<title>Thrown</title><p>Hello from the handler', {
        headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'self'" },
      });
    }
    if (pathname === '/file') return net.fetch(pathToFileURL(path.join(__dirname, 'package.json')).toString());
    if (pathname === '/body') return new Response(request.method + ' ' + (await request.text()), { status: 201 });
    return new Response('nothing here', { status: 404 });
  });
  const engine = utilityProcess.fork(path.join(__dirname, 'engine.cjs'));
  const window = new BrowserWindow({ webPreferences: { preload: path.join(__dirname, 'preload.cjs'), sandbox: true } });
  window.webContents.on('will-navigate', (event) => {
    globalThis.wantedUrl = event.url;
    event.preventDefault();
  });
  ipcMain.on('connect', (event) => {
    const { port1, port2 } = new MessageChannelMain();
    engine.postMessage('audio', [port1]);
    event.sender.postMessage('audio', null, [port2]);
  });
  await window.loadURL('phone://app/');
});
`;

const preload = `
const { contextBridge, ipcRenderer } = require('electron');
contextBridge.exposeInMainWorld('throwaway', { connect: () => ipcRenderer.send('connect') });
ipcRenderer.on('audio', (event) => window.postMessage('audio', '*', event.ports));
`;

const engine = `
process.parentPort.on('message', (event) => {
  const [port] = event.ports;
  port.on('message', (message) => port.postMessage(message.data * 2));
  port.start();
});
`;

let folder: string;
let app: ElectronApplication;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'throwaway-app-'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'main.cjs'), main);
  writeFileSync(join(folder, 'preload.cjs'), preload);
  writeFileSync(join(folder, 'engine.cjs'), engine);
  app = await _electron.launch({
    executablePath: electronExecutable(),
    args: ['--no-sandbox', `--user-data-dir=${join(folder, 'data')}`, folder],
  });
});

test.afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('shows a page that protocol.handle answers, with its headers', async () => {
  const page = await app.firstWindow();
  await expect(page.locator('p')).toHaveText('Hello from the handler');
  const headers = await page.evaluate(async () => {
    const answer = await fetch('phone://app/');
    return [answer.headers.get('content-security-policy'), answer.headers.get('content-type')];
  });
  expect(headers).toEqual(["default-src 'self'", 'text/html; charset=utf-8']);
});

test('answers with a file through net.fetch, with other statuses, and reads a request with a body', async () => {
  const page = await app.firstWindow();
  const answers = await page.evaluate(async () => {
    const file = await (await fetch('phone://app/file')).json();
    const posted = await fetch('phone://app/body', { method: 'POST', body: 'keys 1 2 3' });
    const lost = await fetch('phone://app/nowhere');
    return [file.version, posted.status, await posted.text(), lost.status];
  });
  expect(answers).toEqual(['3.2.1', 201, 'POST keys 1 2 3', 404]);
});

test('hands a port from the page to a utility process past the main process', async () => {
  const page = await app.firstWindow();
  const doubled = await page.evaluate(
    () =>
      new Promise((resolve) => {
        window.addEventListener('message', ({ ports: [port] }) => {
          if (port === undefined) return;
          port.onmessage = (message) => resolve(message.data);
          port.postMessage(21);
        });
        (window as unknown as { throwaway: { connect(): void } }).throwaway.connect();
      }),
  );
  expect(doubled).toBe(42);
});

test('tells will-navigate where to', async () => {
  const page = await app.firstWindow();
  await page.evaluate(() => {
    location.href = 'https://elsewhere.invalid/';
  });
  await expect
    .poll(() => app.evaluate(() => (globalThis as { wantedUrl?: string }).wantedUrl))
    .toBe('https://elsewhere.invalid/');
});

test('starts the app under its own name and version', async () => {
  expect(await app.evaluate(({ app: self }) => [self.getName(), self.getVersion()])).toEqual([
    'Throwaway',
    '3.2.1',
  ]);
});
