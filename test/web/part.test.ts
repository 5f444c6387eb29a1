import { expect, test } from 'bun:test';
import { computed, signal } from '@preact/signals';
import { viewAt, type Parts } from '../../src/web/page/views/part.ts';

const own = signal<readonly string[]>(['5']);
const isAdmin = signal(false);

const parts: Parts<string> = {
  home: { View: 'home' },
  space: { View: 'settings of a space', mayOpen: (id) => own.value.includes(id ?? '') },
  admin: { View: 'administration', mayOpen: () => isAdmin.value },
};

const at = (view: string, id: string | null = null) => viewAt(parts, { view, id });

test('who may open a part finds it, and others find nothing, as where there is no part', () => {
  expect(at('home')).toBe('home');
  expect(at('home', '1')).toBe('home');
  for (const name of ['', 'nowhere', 'toString', '__proto__']) expect(at(name)).toBeNull();
  expect(at('space', '5')).toBe('settings of a space');
  expect(at('space', '6')).toBeNull();
  expect(at('space')).toBeNull();
  expect(at('admin')).toBeNull();
});

test('a right that is given opens a part, and one that is taken closes it', () => {
  const shown = computed(() => at('admin'));
  expect(shown.value).toBeNull();
  isAdmin.value = true;
  expect(shown.value).toBe('administration');
  isAdmin.value = false;
  expect(shown.value).toBeNull();
});
