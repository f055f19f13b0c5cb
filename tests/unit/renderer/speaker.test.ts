import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Speaker } from '../../../renderer/audio/speaker.ts';

/** What the source is connected to, after each step. */
let heard: Set<string>;
let steps: string[];
/** Resolves the next `play()`. */
let playing: (() => void)[];
let refused: string;

const step = (what: string) => steps.push(`${what}: ${[...heard].sort().join(' and ') || 'nothing'}`);

class Element {
  srcObject: { name: string } | null = null;
  setSinkId(id: string): Promise<void> {
    return id === refused ? Promise.reject(new Error('no such device')) : Promise.resolve();
  }
  play(): Promise<void> {
    return new Promise((resolve) => playing.push(resolve));
  }
  pause(): void {
    step('paused');
  }
}

const source = {
  connect: ({ name }: { name: string }) => {
    heard.add(name);
    step('connected');
  },
  disconnect: (from?: { name: string }) => {
    if (from === undefined) heard.clear();
    else if (!heard.delete(from.name)) throw new Error(`not connected to ${from.name}`);
    step('disconnected');
  },
} as unknown as AudioNode;

/** A context as before Chromium 110: it plays on the system's own device alone. */
function oldContext(): AudioContext {
  let made = 0;
  return {
    destination: { name: 'system' },
    createMediaStreamDestination: () => ({ name: `element ${++made}`, stream: {} }),
  } as unknown as AudioContext;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  [heard, steps, playing, refused] = [new Set(), [], [], 'gone'];
  vi.stubGlobal('Audio', Element);
});
afterEach(() => void vi.unstubAllGlobals());

it('leaves a device only when the next one plays, so that the sound is never nowhere', async () => {
  const speaker = new Speaker(oldContext(), source);
  const first = speaker.choose('headset');
  await turn();
  expect([...heard]).toEqual(['system', 'element 1']);
  playing.shift()?.();
  expect(await first).toBe(true);
  const second = speaker.choose('loudspeaker');
  await turn();
  playing.shift()?.();
  await second;
  expect(await speaker.choose('')).toBe(true);
  expect([...heard]).toEqual(['system']);
  expect(steps.filter((each) => each.endsWith('nothing'))).toEqual([]);
});

it('plays on the system’s own device when the chosen one is gone, and says so', async () => {
  const speaker = new Speaker(oldContext(), source);
  const chosen = speaker.choose('headset');
  await turn();
  playing.shift()?.();
  await chosen;
  expect(await speaker.choose('gone')).toBe(false);
  expect([...heard]).toEqual(['system']);
});

it('lets the last choice win, however long an earlier one takes', async () => {
  const speaker = new Speaker(oldContext(), source);
  const slow = speaker.choose('headset');
  await turn();
  await speaker.choose('');
  playing.shift()?.();
  await slow;
  expect([...heard]).toEqual(['system']);
});

it('hands the choice to a context that can choose by itself', async () => {
  const chosen: string[] = [];
  const setSinkId = async (id: string) => {
    chosen.push(id);
    if (id === refused) throw new Error('no such device');
  };
  const speaker = new Speaker({ ...oldContext(), setSinkId } as unknown as AudioContext, source);
  expect(await speaker.choose('headset')).toBe(true);
  expect(await speaker.choose('gone')).toBe(false);
  expect(chosen).toEqual(['headset', 'gone', '']);
  expect([...heard]).toEqual(['system']);
});
