import { expect, test } from 'bun:test';
import { createRecurrence } from '../../src/lib/recurrence.ts';

function counted(window_ms: number) {
  let now_ms = 0;
  const passed: string[] = [];
  const recurrence = createRecurrence(window_ms, () => now_ms);
  return {
    passed,
    at: (ms: number) => void (now_ms = ms),
    offer: (kind: string, name: string) =>
      recurrence.offer(kind, (others) => passed.push(`${name} ${others}`)),
  };
}

test('the first of a kind passes; others are counted until the window is over', () => {
  const { passed, at, offer } = counted(60_000);
  offer('full', 'a');
  offer('full', 'b');
  offer('busy', 'c');
  at(59_999);
  offer('full', 'd');
  expect(passed).toEqual(['a 0', 'c 0']);
  at(60_000);
  offer('full', 'e');
  offer('full', 'f');
  at(120_000);
  offer('busy', 'g');
  expect(passed).toEqual(['a 0', 'c 0', 'e 2', 'g 0']);
});

test('the last of a kind passes when the window is over, also when no other comes', async () => {
  const passed: string[] = [];
  const recurrence = createRecurrence(50, () => performance.now());
  for (const name of 'abcd') recurrence.offer('full', (others) => passed.push(`${name} ${others}`));
  expect(passed).toEqual(['a 0']);
  while (passed.length < 2) await Bun.sleep(5);
  await Bun.sleep(200);
  expect(passed).toEqual(['a 0', 'd 2']);
});
