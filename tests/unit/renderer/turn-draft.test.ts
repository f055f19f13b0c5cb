import { expect, it } from 'vitest';
import { settings } from '../../../contract/settings.ts';
import {
  emptyTurnDraft,
  stunList,
  stunProblem,
  turnDraftOf,
  turnProblem,
  turnServerOf,
} from '../../../renderer/features/settings/turn-draft.ts';

it.each([
  'turn:turn.example.com',
  'turn:192.0.2.1:3478?transport=tcp',
  'turns:[2001:db8::1]:5349',
  'TURN:turn.example.com',
])('takes the address %s', (url) => {
  expect(turnProblem({ ...emptyTurnDraft, url })).toBeUndefined();
});

it.each(['turn:', 'turn.example.com', 'http://turn.example.com', 'turn:a b', 'turn:host?transport=sctp'])(
  'refuses the address "%s"',
  (url) => {
    expect(turnProblem({ ...emptyTurnDraft, url })).toEqual(expect.any(String));
  },
);

it('keeps a stored credential while the rest changes, and never holds one itself', () => {
  const credential = { service: 'sidetone', account: 'turn' };
  const stored = { url: 'turn:old', username: 'mia', credential_type: 'password' as const, credential };
  const draft = { ...turnDraftOf(stored), url: ' turn:new.example.com ', credential: 'a secret' };
  const server = turnServerOf(draft, stored);
  expect(server).toEqual({ ...stored, url: 'turn:new.example.com' });
  expect(settings.shape.turn_servers.parse([server])).toEqual([server]);
  expect(turnServerOf({ ...draft, credentialType: 'secret' })).not.toHaveProperty('credential');
});

it('reads a list of STUN servers', () => {
  expect(stunList(' stun:a.example.com, 192.0.2.1:3478  b ')).toEqual([
    'stun:a.example.com',
    'stun:192.0.2.1:3478',
    'stun:b',
  ]);
  expect(stunList('')).toEqual([]);
  expect(stunProblem('a.example.com, [2001:db8::1]:3478')).toBeUndefined();
  expect(stunProblem('http://a')).toEqual(expect.any(String));
});
