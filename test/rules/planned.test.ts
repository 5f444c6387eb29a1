import { expect, test } from 'bun:test';
import { PlannedDatabase } from '../../src/db/planned.ts';
import { attachments } from '../../src/db/schema/files.ts';
import { audit_entries } from '../../src/db/schema/log.ts';

test('parameters keep their values and types, and question marks in texts are none', () => {
  using sqlite = new PlannedDatabase(':memory:', { strict: true });
  const row = sqlite
    .query(
      `SELECT ?1 AS text, typeof(?1) AS a, typeof(?2) AS b, typeof(?3) AS c, 'it''s ?' AS "d?"`,
    )
    .get('1', 2, null);
  expect(row).toEqual({ text: '1', a: 'text', b: 'integer', c: 'null', 'd?': "it's ?" });
  sqlite.run('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT) STRICT');
  sqlite.query('INSERT INTO notes (text) VALUES (?), (?)').run('one', 'two');
  const page = sqlite.prepare('SELECT text FROM notes WHERE id > ? ORDER BY text DESC LIMIT ?');
  expect(page.values(0, 1)).toEqual([['two']]);
  expect(page.values('0', 2)).toEqual([['two'], ['one']]);
});

test('a statement is prepared once, however many others there are', () => {
  using sqlite = new PlannedDatabase(':memory:');
  const first = sqlite.query('SELECT 0');
  for (let n = 1; n < 200; n += 1) sqlite.query(`SELECT ${n}`).get();
  expect(sqlite.query('SELECT 0')).toBe(first);
  expect(first.values()).toEqual([[0]]);
});

test('a closed connection lets go of its file', () => {
  const sqlite = new PlannedDatabase(':memory:');
  const statement = sqlite.query('SELECT 1');
  statement.get();
  sqlite.close();
  expect(() => statement.get()).toThrow();
});

test('a row is held against the shape that is named for it', () => {
  using sqlite = new PlannedDatabase(':memory:');
  const one = "SELECT 'a' AS id, 1 AS n, NULL AS gone";
  expect(sqlite.rows({ id: 'text', n: 'number', gone: 'text?' }, one).all()).toEqual([
    { id: 'a', n: 1, gone: null },
  ]);
  const { id, width } = attachments;
  expect(sqlite.rows({ id, n: width, gone: width }, one).get()).toEqual({
    id: 'a',
    n: 1,
    gone: null,
  });
  const misfits = [
    [{ id: 'text', n: 'number' }, 'has gone, which nobody asks for'],
    [{ id: 'text', n: 'number', gone: 'number' }, 'has null as gone: number'],
    [{ id: 'number', n: 'number', gone: 'number?' }, 'has a as id: number'],
    [{ id, n: id, gone: width }, 'has 1 as n: text'],
    [{ id, n: audit_entries.changes, gone: width }, 'has 1 as n: nothing that is read raw'],
    [{ id, n: width, gone: width, more: 'text?' }, 'has no more'],
  ] as const;
  for (const [shape, complaint] of misfits) {
    expect(() => sqlite.rows(shape, one).get()).toThrow(complaint);
    expect(() => sqlite.rows(shape, one).all()).toThrow(complaint);
  }
  expect(sqlite.rows({ id: 'text' }, 'SELECT 1 WHERE FALSE').get()).toBe(null);
});
