import { describe, expect, it } from 'vitest';
import { meaningOf, type KeyPress, type KeySituation } from '../../../renderer/keyboard/shortcut.ts';

const press = (key: string, parts: Partial<KeyPress> = {}): KeyPress => ({
  key,
  command: false,
  alt: false,
  focus: 'none',
  ...parts,
});
const idle: KeySituation = {
  sheet: false,
  incoming: false,
  call: false,
  callInView: true,
  transferring: false,
  singleKeys: true,
};
const inCall = { ...idle, call: true };
const ringing = { ...idle, incoming: true };

describe('the keyboard', () => {
  it('types anywhere into the number field', () => {
    expect(meaningOf(press('1'), idle)).toEqual({ do: 'type', text: '1' });
    expect(meaningOf(press('a'), idle)).toEqual({ do: 'type', text: 'a' });
    expect(meaningOf(press('4', { focus: 'control' }), idle)).toEqual({ do: 'type', text: '4' });
  });

  it('leaves what is written in a field alone', () => {
    expect(meaningOf(press('1', { focus: 'number-field' }), idle)).toBeNull();
    expect(meaningOf(press('m', { focus: 'other-field' }), inCall)).toBeNull();
  });

  it('sends digits of a call as keys', () => {
    expect(meaningOf(press('#'), inCall)).toEqual({ do: 'digit', digit: '#' });
    expect(meaningOf(press('7', { focus: 'control' }), inCall)).toEqual({ do: 'digit', digit: '7' });
  });

  it('dials again while the call is folded away', () => {
    expect(meaningOf(press('7'), { ...inCall, callInView: false })).toEqual({ do: 'type', text: '7' });
  });

  it('mutes by M, unless single letters are switched off', () => {
    expect(meaningOf(press('m'), inCall)).toEqual({ do: 'mute' });
    expect(meaningOf(press('M'), inCall)).toEqual({ do: 'mute' });
    expect(meaningOf(press('m'), { ...inCall, singleKeys: false })).toBeNull();
  });

  it('holds by H and transfers by T, unless single letters are switched off', () => {
    expect(meaningOf(press('h'), inCall)).toEqual({ do: 'hold' });
    expect(meaningOf(press('T'), inCall)).toEqual({ do: 'transfer' });
    for (const letter of ['h', 't']) {
      expect(meaningOf(press(letter), { ...inCall, singleKeys: false })).toBeNull();
      expect(meaningOf(press(letter, { focus: 'other-field' }), inCall)).toBeNull();
    }
  });

  it('keeps letters and digits from the call while it asks whom to transfer to; Escape goes back to the call', () => {
    const transferring = { ...inCall, transferring: true };
    for (const key of ['m', 'h', '5', '#']) expect(meaningOf(press(key), transferring)).toBeNull();
    expect(meaningOf(press('Escape'), transferring)).toEqual({ do: 'close-transfer' });
    expect(meaningOf(press('Escape'), { ...transferring, callInView: false })).toEqual({
      do: 'escape-hang-up',
    });
  });

  it('answers by Enter, also from the number field, but not over a focused button', () => {
    expect(meaningOf(press('Enter'), ringing)).toEqual({ do: 'answer' });
    expect(meaningOf(press('Enter', { focus: 'number-field' }), ringing)).toEqual({ do: 'answer' });
    expect(meaningOf(press('Enter', { focus: 'control' }), ringing)).toBeNull();
  });

  it('means the incoming call first by Escape', () => {
    expect(meaningOf(press('Escape'), { ...inCall, incoming: true })).toEqual({ do: 'escape-reject' });
    expect(meaningOf(press('Escape'), inCall)).toEqual({ do: 'escape-hang-up' });
    expect(meaningOf(press('Escape'), idle)).toBeNull();
  });

  it('finds people by Ctrl or Cmd F and leaves other commands to the browser', () => {
    expect(meaningOf(press('f', { command: true }), inCall)).toEqual({ do: 'find-people' });
    expect(meaningOf(press('c', { command: true }), idle)).toBeNull();
  });

  it('leaves everything to an open sheet', () => {
    for (const key of ['Enter', 'Escape', '1', 'm']) {
      expect(meaningOf(press(key), { ...inCall, incoming: true, sheet: true })).toBeNull();
    }
  });
});
