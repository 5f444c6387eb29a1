// No statement that the server runs reads a large table from end to end.
import { expect, test } from 'bun:test';
import { openDatabase } from '../../src/db/open.ts';
import { features } from '../../src/features.ts';
import { FakeClock } from '../support/clock.ts';
import { callAll, place } from '../support/place.ts';
import { scansOf } from '../support/plans.ts';
import { startTest } from '../support/server.ts';
import { seen } from '../support/witness.ts';

const { sqlite } = openDatabase(':memory:', 'full');

test('a statement that reads a whole table is found, under whatever name', () => {
  const bad = [
    'SELECT * FROM messages WHERE content = ?',
    'SELECT m.n FROM messages AS m WHERE m.content LIKE ?',
    'select "id" from "users" where "users"."bio" = ?',
    'SELECT u.id FROM members x, users u WHERE u.id = x.user_id',
    'DELETE FROM event_scopes WHERE seq % 2 = 0',
    'UPDATE tokens SET expires_at = 0',
    "SELECT rowid FROM message_search WHERE content = 'x'",
  ];
  for (const statement of bad) expect(scansOf(sqlite, [statement])).toHaveLength(1);
  const good = [
    'SELECT * FROM messages WHERE n = ?',
    'SELECT m.id FROM members x JOIN messages m ON m.author_id = x.user_id WHERE x.user_id = ?',
    'SELECT max(seq) FROM events',
    "SELECT rowid FROM message_search WHERE message_search MATCH 'x' ORDER BY rowid DESC LIMIT 5",
    'SELECT value FROM json_each(?)',
    'BEGIN',
  ];
  expect(scansOf(sqlite, good)).toEqual([]);
});

test('no statement reads a whole table: all endpoints, the gateway, what clears and prunes', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const endpoints = features.flatMap((feature) => feature.endpoints ?? []);
  await callAll(server, endpoints, (_, { anna }) => anna);
  const { anna, ids } = await place(server);
  const ears = await anna.listens();
  ears.send(10, { space_id: ids['space_id'], query: 'a' });
  ears.send(8, { status: 'idle' });
  await ears.hears('member.chunk');
  ears.drop();
  await anna.does('DELETE', `/spaces/${ids['space_id']}`);
  await clock.pass(3_600_000);
  await anna.call('GET', '/gateway/bot');
  expect(seen.statements.size).toBeGreaterThan(100);
  expect(scansOf(sqlite, seen.statements.keys())).toEqual([]);
}, 60_000);
