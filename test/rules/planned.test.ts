import { expect, test } from 'bun:test';
import { PlannedDatabase } from '../../src/db/planned.ts';

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
