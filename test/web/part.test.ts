import { expect, test } from 'bun:test';
import { viewAt, type Parts } from '../../src/web/page/views/part.ts';
import { shelved } from '../client/shelved.ts';

const parts: Parts<string> = {
  home: { View: 'home' },
  space: {
    View: 'settings of a space',
    mayOpen: (state, id) => state.spaces.get(id ?? '')?.owner_id === state.user?.id,
  },
  admin: { View: 'administration', mayOpen: (state) => state.user?.is_admin === true },
};

const own = { id: '1', username: 'anna' };

/** A member of space 5. */
const stateOf = (more: object = {}) => shelved({ user: own, ...more });

const at = (view: string, id: string | null = null) => ({ view, id });

test('who may open a part finds it, and others find nothing, as where there is no part', () => {
  const [member, admin] = [stateOf(), stateOf({ user: { ...own, is_admin: true } })];
  for (const state of [member, admin]) {
    expect(viewAt(parts, at('home'), state)).toBe('home');
    for (const name of ['', 'nowhere', 'toString', '__proto__']) {
      expect(viewAt(parts, at(name), state)).toBeNull();
    }
  }
  expect(viewAt(parts, at('admin'), member)).toBeNull();
  expect(viewAt(parts, at('space', '5'), member)).toBeNull();
  expect(viewAt(parts, at('space'), admin)).toBeNull();
  expect(viewAt(parts, at('admin'), admin)).toBe('administration');
});

test('a right that is given or taken opens a part or closes it', () => {
  const owner = stateOf({ spaces: [{ id: '5', owner_id: '1' }] });
  const [space] = owner.spaces.values();
  expect(viewAt(parts, at('space', '5'), owner)).toBe('settings of a space');
  expect(space).toBeDefined();
  if (space !== undefined) owner.spaces.set('5', { ...space, owner_id: '2' });
  expect(viewAt(parts, at('space', '5'), owner)).toBeNull();
});
