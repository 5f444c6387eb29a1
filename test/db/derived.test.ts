import { expect, test } from 'bun:test';
import { defaultsOf, insertOf } from '../../src/db/derived.ts';
import { openDatabase, type Tx } from '../../src/db/open.ts';
import { messages } from '../../src/db/schema/messages.ts';
import { users } from '../../src/db/schema/people.ts';

const { statement, bound } = insertOf(messages);

function opened(): Tx & Disposable {
  const db = openDatabase(':memory:', 'normal');
  db.orm
    .insert(users)
    .values({ id: '1', username: 'anna', created_at: 0 } as never)
    .run();
  return { ...(db as Tx), [Symbol.dispose]: () => db.sqlite.close() };
}

test('a row that is inserted whole is read as it was written', () => {
  using tx = opened();
  const row = {
    ...defaultsOf(messages),
    n: '385902',
    channel_id: '7',
    author_id: '1',
    content: 'it’s "all" there',
    tts: true,
    mentions: ['1', '2'],
    embeds: [{ title: 'one' }],
    reply_count: 3,
    flags: 4,
  };
  tx.sqlite.query(statement).run(...bound(row));
  const [found] = tx.orm.select().from(messages).all();
  expect<object | undefined>(found).toEqual({ ...row, n: Number(row.n) as never, id: row.n });
});

test('a row that lacks a column is refused', () => {
  const row = { ...defaultsOf(messages), n: '1', channel_id: '7', content: '' };
  expect(() => bound(row as never)).toThrow('a row of messages has no author_id');
});
