// A damaged page in the database fails the turns that need it, and nobody else.
import { expect, test } from 'bun:test';
import { note, openWriter } from '../support/turns.ts';

function damaged(): never {
  throw Object.assign(new Error('database disk image is malformed'), { code: 'SQLITE_CORRUPT' });
}

test('a turn that meets a damaged page fails alone', async () => {
  using all = openWriter();
  const outcomes = await Promise.allSettled([
    all.writer.write(note('a')),
    all.writer.write(damaged),
    all.writer.write(note('b')),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(all.notes()).toEqual(['a', 'b']);
});

test('a record that can never be written does not keep everybody else from writing', async () => {
  using all = openWriter();
  const outcome = all.writer
    .write(damaged, { wait_ms: Infinity, again: true })
    .catch((error: unknown) => error);
  expect(await all.writer.write(note('a'))).toBe('a');
  expect(await outcome).toMatchObject({ code: 'SQLITE_CORRUPT' });
  expect(all.writer.trouble).toBeNull();
});
