/**
 * The desktop shell around the page: who may ask what, where the sound goes, what happens when a process is busy or dies, and
 * how the app ends. Everything is asked through the bridge, so that no test here depends on what the page looks like.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type ElectronApplication, type Page } from '@playwright/test';
import type { PhoneEvent } from '../../../contract/phone.ts';
import type { DesktopBridge } from '../../../contract/shell.ts';
import type { PhoneSnapshot } from '../../../contract/snapshot.ts';
import { electronAppFolder, electronExecutable } from '../../support/electron-executable.ts';
import { startDesktopApp } from '../desktop-app.ts';

declare global {
  interface Window {
    sidetone: DesktopBridge;
    seenEvents: PhoneEvent[];
  }
}

let home: string;
let app: ElectronApplication;
let page: Page;
const environment = () => ({ ...(process.env as Record<string, string>), SIDETONE_HOME: home });
const launchArguments = ['--no-sandbox', '--use-fake-device-for-media-stream'];

test.beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-shell-'));
  app = await startDesktopApp(home);
  page = await app.firstWindow();
  await page.evaluate(() => {
    window.seenEvents = [];
    window.sidetone.subscribe((event) => window.seenEvents.push(event));
  });
});

test.afterEach(async () => {
  await app?.close();
  rmSync(home, { recursive: true, force: true });
});

async function snapshot(): Promise<PhoneSnapshot> {
  const answer = await page.evaluate(() => window.sidetone.request('phone.snapshot', {}));
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value as PhoneSnapshot;
}

const registration = async () =>
  (await page
    .evaluate(() => window.sidetone.request('phone.snapshot', {}))
    .then((answer) =>
      answer.ok ? (answer.value as PhoneSnapshot).accounts[0]?.registration.state : 'none',
    )) ?? 'none';

async function call(target: string): Promise<void> {
  await expect.poll(registration).toBe('registered');
  await page.evaluate((number) => window.sidetone.request('call.start', { target: number }), target);
  await expect.poll(async () => (await snapshot()).calls[0]?.state).toBe('connected');
}

test('gives the page a bridge and nothing of Node or Electron', async () => {
  const found = await page.evaluate(() => ({
    bridge: Object.keys(window.sidetone).sort(),
    leaks: ['require', 'process', 'module', 'Buffer', '__dirname', 'electron'].filter(
      (name) => name in window,
    ),
    origin: location.origin,
    secure: isSecureContext,
  }));
  expect(found).toEqual({
    bridge: ['microphoneAccess', 'onDialRequest', 'request', 'requestAudio', 'showRecording', 'subscribe'],
    leaks: [],
    origin: 'sidetone://app',
    secure: true,
  });
});

test('holds the page to its policy', async () => {
  const headers = await page.evaluate(async () => {
    const answer = await fetch('/index.html');
    return answer.headers.get('content-security-policy');
  });
  expect(headers).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
  const outcome = await page.evaluate(async () => {
    const blocked: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.inlineRan = true';
    document.head.append(script);
    await fetch('https://example.invalid/').catch(() => undefined);
    const frame = document.createElement('iframe');
    frame.src = 'data:text/html,x';
    document.body.append(frame);
    const wanted = ['connect-src', 'frame-src', 'script-src-elem'];
    for (let wait = 0; wait < 50 && !wanted.every((each) => blocked.includes(each)); wait++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return { blocked: blocked.sort(), ran: 'inlineRan' in window };
  });
  expect(outcome.ran).toBe(false);
  // Among them may be `script-src`: the schema library of the page tries whether it may compile code, and may not.
  expect(outcome.blocked).toEqual(expect.arrayContaining(['connect-src', 'frame-src', 'script-src-elem']));
  const lost = await page.evaluate(async () => (await fetch('/../package.json')).status);
  expect(lost).toBe(404);
});

test('gives the microphone, and neither camera, place nor another page', async () => {
  const outcomes = await page.evaluate(async () => {
    const attempt = (wanted: Promise<unknown>) =>
      wanted.then(
        () => 'granted',
        (error: Error) => error.name,
      );
    return {
      microphone: await attempt(navigator.mediaDevices.getUserMedia({ audio: true })),
      camera: await attempt(navigator.mediaDevices.getUserMedia({ video: true })),
      both: await attempt(navigator.mediaDevices.getUserMedia({ audio: true, video: true })),
      geolocation: await new Promise((resolve) => {
        navigator.geolocation.getCurrentPosition(
          () => resolve('granted'),
          ({ code }) => resolve(code),
        );
      }),
      opened: window.open('https://example.invalid/', '_self2') === null,
    };
  });
  expect(outcomes).toEqual({
    microphone: 'granted',
    camera: 'NotAllowedError',
    both: 'NotAllowedError',
    geolocation: 1,
    opened: true,
  });
  await page.evaluate(() => {
    location.href = 'https://example.invalid/';
  });
  await page.waitForTimeout(300);
  expect(page.url()).toMatch(/^sidetone:\/\/app\//);
  expect(app.windows()).toHaveLength(1);
});

test('refuses what is not in the contract, at one door', async () => {
  const answers = await page.evaluate(() =>
    Promise.all([
      window.sidetone.request('phone.explode', {}),
      window.sidetone.request('__proto__', {}),
      window.sidetone.request('call.start', { target: 7 }),
      window.sidetone.request('call.start', { target: '1001', extra: true }),
    ]),
  );
  for (const answer of answers)
    expect(answer).toMatchObject({ ok: false, error: { code: 'request.invalid' } });
});

/** Asks the engine for a frame every 20 ms for a while; tells how long each answer took and how many never came. */
function pullFrames(count: number): Promise<{ answersMs: number[]; missing: number }> {
  return page.evaluate(async (wanted) => {
    const port = await new Promise<MessagePort>((resolve) => {
      window.addEventListener('message', ({ data, ports }) => {
        if (data === 'sidetone:audio-port' && ports[0] !== undefined) resolve(ports[0]);
      });
      window.sidetone.requestAudio();
    });
    const sentAt = new Map<number, number>();
    const answersMs: number[] = [];
    port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const sequence = new DataView(data).getUint32(4, true);
      answersMs.push(performance.now() - (sentAt.get(sequence) ?? 0));
      sentAt.delete(sequence);
    };
    for (let sequence = 1; sequence <= wanted; sequence++) {
      const pull = new ArrayBuffer(16);
      new DataView(pull).setUint8(0, 2);
      new DataView(pull).setUint32(4, sequence, true);
      sentAt.set(sequence, performance.now());
      port.postMessage(pull);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { answersMs, missing: sentAt.size };
  }, count);
}

test('answers each pull of the sound card with one frame while the main process is busy for 500 ms', async () => {
  // Outside a call the page itself asks for no sound, so that this port is the only one.
  await expect.poll(registration).toBe('registered');
  const pulled = pullFrames(75);
  await page.waitForTimeout(600);
  const blocked = await app.evaluate(() => {
    const until = Date.now() + 500;
    while (Date.now() < until);
    return true;
  });
  expect(blocked).toBe(true);
  const { answersMs, missing } = await pulled;
  expect(missing).toBe(0);
  // Were the main process in the way, twenty would wait for longer than 100 ms; other programs hold up one or two.
  const late = answersMs.filter((ms) => ms > 100);
  expect(late.length, late.join(' ms, ')).toBeLessThan(10);
});

test('carries the microphone to the engine and the echo back to the page', async () => {
  await call('*43');
  const loudest = () =>
    page.evaluate(() => {
      const levels = window.seenEvents.flatMap((event) => (event.name === 'levels' ? [event.data] : []));
      return {
        microphoneDb: Math.max(-127, ...levels.map((level) => level.microphoneDb)),
        speakerDb: Math.max(-127, ...levels.map((level) => level.speakerDb)),
      };
    });
  // The fake microphone beeps once a second.
  await expect.poll(async () => (await loudest()).microphoneDb, { timeout: 5_000 }).toBeGreaterThan(-40);
  await expect.poll(async () => (await loudest()).speakerDb, { timeout: 8_000 }).toBeGreaterThan(-40);
});

test('comes back by itself when the engine dies, says so, and calls again', async () => {
  await expect.poll(registration).toBe('registered');
  const enginePid = await app.evaluate(
    ({ app: self }) => self.getAppMetrics().find((each) => each.name === 'Sidetone engine')?.pid,
  );
  expect(enginePid).toBeGreaterThan(1);
  process.kill(enginePid ?? Number.NaN, 'SIGKILL');
  await expect
    .poll(() =>
      page.evaluate(() =>
        window.seenEvents.flatMap((event) => (event.name === 'notice' ? [event.data.error.code] : [])),
      ),
    )
    .toContain('engine.stopped');
  await call('*43');
});

test('keeps the call when the page dies, and the page comes back to it', async () => {
  await call('*43');
  const crashed = page.waitForEvent('crash');
  await app.evaluate(({ webContents }) => webContents.getAllWebContents()[0]?.forcefullyCrashRenderer());
  await crashed;
  // Playwright's handle of a crashed page stays crashed: the page is asked through the app.
  const states = () =>
    app.evaluate(({ webContents }) => {
      const question =
        "window.sidetone.request('phone.snapshot', {}).then((answer) => answer.value.calls.map((each) => each.state))";
      const contents = webContents.getAllWebContents()[0];
      const asked = contents?.executeJavaScript(question).catch((error: Error) => [error.message]);
      // A page that is just coming back may swallow the question.
      const late = new Promise<string[]>((resolve) => setTimeout(() => resolve([]), 500));
      return Promise.race([asked, late]);
    });
  await expect.poll(states).toEqual(['connected']);
});

test('hands a second start over to the first: its number arrives, no second phone opens', async () => {
  const dialled = page.evaluate(
    () => new Promise<string>((resolve) => void window.sidetone.onDialRequest(resolve)),
  );
  await page.waitForTimeout(300);
  const second = spawn(electronExecutable(), [...launchArguments, electronAppFolder(), 'tel:+49-30-1001'], {
    env: environment(),
    stdio: 'ignore',
  });
  const left = new Promise<number | null>((resolve) => second.once('exit', resolve));
  expect(await dialled).toBe('+49301001');
  expect(await left).toBe(0);
  expect(app.windows()).toHaveLength(1);
});

test('ends within two seconds in a call, with BYE and unregistration behind it', async () => {
  await call('*43');
  const child = app.process();
  const before = Date.now();
  const left = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await left).toBe(0);
  expect(Date.now() - before).toBeLessThan(2_500);
});
