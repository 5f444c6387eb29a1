import { expect, test } from 'bun:test';
import { unmarkedText } from '../../src/client/unmarked.ts';

const names = {
  person: (id: string) => `person ${id}`,
  role: (id: string) => `role ${id}`,
  channel: (id: string) => `channel ${id}`,
};
const plain = (text: string) => unmarkedText(text, names);

test('marks go, and what they mark stays, in one short line', () => {
  expect(plain('**bold _and slanted_** ~~no~~ `a*b*c` \\*so\\*')).toBe(
    'bold and slanted no a*b*c *so*',
  );
  expect(plain('> quoted\n\n```ts\nconst one = 1;\n```\nend')).toBe('quoted const one = 1; end');
  expect(plain('see [the plan](https://example.org/a_b_c) or <https://example.org/_x_>')).toBe(
    'see the plan or https://example.org/_x_',
  );
  expect(plain('https://example.org/_a_b_ 2 * 3 * 4 snake_case_name')).toBe(
    'https://example.org/_a_b_ 2 * 3 * 4 snake_case_name',
  );
  expect(plain('a'.repeat(500))).toHaveLength(201);
});

test('people, roles, channels and emojis have their names', () => {
  expect(plain('**<@1>** <@&2> <#3> <a:leaf:4>')).toBe('@person 1 @role 2 #channel 3 :leaf:');
});

test('what is hidden is not told, however it is written', () => {
  expect(plain('The killer is ||the gardener||!')).toBe('The killer is …!');
  expect(plain('**||the gardener||** or ||**the cook**||')).toBe('… or …');
  expect(plain('||https://example.org/gardener||')).toBe('…');
  expect(plain('`||` is the mark of ||the gardener||')).not.toContain('gardener');
  expect(plain('`x\n> ||the` gardener||')).not.toContain('gardener');
  expect(plain('https://example.org||the gardener||')).not.toContain('gardener');
});
