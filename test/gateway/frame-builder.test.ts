import { expect, test } from 'bun:test';
import { z } from 'zod';
import { event } from '../../src/events/event.ts';
import { FrameBuilder } from '../../src/events/frame-builder.ts';

const Entry = z.object({ n: z.number(), text: z.string() });
const listed = event('test.listed', {
  summary: '',
  intent: null,
  audience: 'session',
  data: z.object({ of: z.string(), entries: z.array(Entry), others: z.array(z.string()) }),
});
const strict = { strict: true };
const entry = (n: number, text = 'x') => ({ n, text, secret: 'not in the schema' });
const read = (frame: string) => JSON.parse(frame);

test('a frame holds what was added, every list, and nothing that the schema does not name', () => {
  const builder = new FrameBuilder(listed);
  const fields = { of: 'y', secret: 'nor this' };
  const empty = { op: 0, type: 'test.listed', data: { of: 'y', entries: [], others: [] } };
  expect(read(builder.frame(strict, null, fields))).toEqual(empty);
  expect(builder.add({ entries: entry(1), others: 'one' })).toBe(true);
  expect(builder.add({ entries: entry(2) })).toBe(true);
  const entries = [1, 2].map((n) => ({ n, text: 'x' }));
  const data = { of: 'y', entries, others: ['one'] };
  expect(read(builder.frame(strict, 7, fields))).toEqual({ ...empty, seq: 7, data });
});

test('what was added takes exactly its bytes, and what does not fit is left out as a whole', () => {
  const [text, fields] = ['ü"😀', { of: 'y' }];
  const bytesOf = (builder: FrameBuilder<typeof listed.data>) =>
    Buffer.byteLength(builder.frame(strict, 1, fields));
  const builder = new FrameBuilder(listed, 200);
  const empty_bytes = bytesOf(builder);
  let count = 0;
  while (builder.add({ entries: entry(count, text), others: text })) count += 1;
  // Each list has one comma less than entries.
  expect(bytesOf(builder) - empty_bytes).toBe(200 - builder.left_bytes - 2);
  expect(read(builder.frame(strict, 1, fields)).data).toMatchObject({
    entries: { length: count },
    others: { length: count },
  });
  expect(builder.add({ entries: entry(count, text), others: text }, true)).toBe(true);
  expect(read(builder.frame(strict, 1, fields)).data.entries).toHaveLength(count + 1);
});

test('where it is strict, what does not fit the schema is an error', () => {
  const builder = new FrameBuilder(listed);
  builder.add({ entries: JSON.parse('{ "n": "1", "text": "x" }') });
  expect(() => builder.frame(strict, 1, { of: 'y' })).toThrow();
  expect(read(builder.frame({ strict: false }, 1, { of: 'y' })).data.entries).toHaveLength(1);
});
