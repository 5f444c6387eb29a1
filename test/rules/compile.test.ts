// The mistakes that must not compile are still there; that they do not is what `bun run types` finds.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { root } from '../support/sources.ts';

test('the type checker is shown many mistakes', async () => {
  const mistakes = await Bun.file(join(root, 'test/rules/mistakes.ts')).text();
  expect(mistakes.match(/@ts-expect-error \w/g)?.length).toBeGreaterThan(30);
});
