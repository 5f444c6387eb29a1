// What must not compile does not: the type checker refuses every line of mistakes.ts that is marked as one.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { root } from '../support/sources.ts';

test('the type checker refuses every mistake, and nothing that is right', async () => {
  const checker = Bun.spawn(
    [join(root, 'node_modules/.bin/tsc'), '--noEmit', '--pretty', 'false'],
    {
      cwd: root,
      stdout: 'pipe',
      stderr: 'ignore',
    },
  );
  const output = await new Response(checker.stdout).text();
  const ended = await checker.exited;
  // It ran to its end: either all is well, or it names what is not.
  expect(ended === 0 || output.includes('error TS')).toBe(true);
  const here = output.split('\n').filter((line) => line.startsWith('test/rules/mistakes.ts'));
  expect(here).toEqual([]);
  const mistakes = await Bun.file(join(root, 'test/rules/mistakes.ts')).text();
  expect(mistakes.match(/@ts-expect-error \w/g)?.length).toBeGreaterThan(30);
}, 120_000);
