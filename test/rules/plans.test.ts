// No statement that the server runs reads a large table from end to end, or what is deleted or hidden.
import { expect, test } from 'bun:test';
import { features } from '../../src/features.ts';
import { FakeClock } from '../support/clock.ts';
import { callAll, place } from '../support/place.ts';
import { pastViews } from '../support/past-views.ts';
import { planned, scansOf } from '../support/plans.ts';
import { startTest } from '../support/server.ts';
import { befriend, blocks } from '../support/strangers.ts';
import { seen } from '../support/witness.ts';

const sqlite = planned(false);
const filtering = planned(true);

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
  // A view is no hiding place, whatever it looks like at the moment.
  const byContent = 'SELECT m.id FROM shown_messages m WHERE m.content = ?';
  for (const state of [sqlite, filtering]) expect(scansOf(state, [byContent])).toHaveLength(1);
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

test('a statement that reads what is deleted or hidden is found, in whatever spelling', () => {
  const bad = [
    'SELECT id FROM messages WHERE n = ?',
    'select "id" from "messages" where "messages"."n" = ?',
    'SELECT m.id FROM main.messages AS m WHERE m.n = ?',
    'SELECT u.id FROM users u, messages m WHERE m.author_id = u.id AND u.id = ?',
    'SELECT 1 FROM users WHERE EXISTS (SELECT 1 FROM [messages] WHERE author_id = users.id)',
    'WITH own AS (SELECT n FROM `messages` WHERE author_id = ?) SELECT n FROM own',
    'UPDATE users SET bio = (SELECT content FROM messages WHERE n = ?)',
    'DELETE FROM messages WHERE n IN (SELECT n FROM messages WHERE reply_to = ?)',
  ];
  for (const statement of bad) {
    const [complaint] = pastViews(new Map([[statement, 'src/features/talk/pins/queries.ts']]));
    expect(complaint).toStartWith(
      'src/features/talk/pins/queries.ts reads messages, not shown_messages',
    );
  }
  const others = {
    'UPDATE messages SET pinned_at = ? WHERE messages.n = ?': 'writes messages',
    'select "id" from "channels" where "deleted_at" is null': 'reads channels',
    'SELECT count(*) FROM reactions WHERE message_id = ?': 'reads reactions',
    'select "name" from "roles" where "position" < 0': 'reads roles',
    'SELECT name FROM members JOIN spaces ON spaces.id = members.space_id': 'reads spaces',
  };
  for (const [statement, complaint] of Object.entries(others)) {
    const found = pastViews(new Map([[statement, 'src/features/talk/pins/queries.ts']]));
    expect(found.join()).toContain(`src/features/talk/pins/queries.ts ${complaint}`);
  }
  const good = [
    'SELECT m.id FROM shown_messages m JOIN live_channels c ON c.id = m.channel_id WHERE m.n = ?',
    'WITH messages AS (SELECT n FROM shown_messages) SELECT n FROM messages',
    'SELECT message_id FROM attachments WHERE id = ?',
    'PRAGMA busy_timeout = 0',
  ];
  expect(pastViews(new Map(good.map((one) => [one, 'src/features/talk/pins/queries.ts'])))).toEqual(
    [],
  );
});

test('no statement reads a whole table: all endpoints, the gateway, what clears and prunes', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const endpoints = features.flatMap((feature) => feature.endpoints);
  await callAll(server, endpoints, (_, { anna }) => anna);
  const { anna, bob, ids } = await place(server);
  const pair = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  await anna.does('DELETE', `/channels/${pair.id}`);
  await bob.says(pair, 'soup');
  await befriend(anna, bob);
  await blocks(anna, bob);
  const ears = await anna.listens();
  ears.send(10, { space_id: ids['space_id'], query: 'a' });
  ears.send(8, { status: 'idle' });
  await ears.hears('member.chunk');
  ears.drop();
  await anna.does('DELETE', `/spaces/${ids['space_id']}`);
  await clock.pass(3_600_000);
  await anna.call('GET', '/gateway/bot');
  expect(seen.statements.size).toBeGreaterThan(100);
  expect(seen.statements.keys().toArray()).toContain('SELECT 1 FROM hidden_authors LIMIT 1');
  for (const state of [sqlite, filtering]) {
    expect(scansOf(state, seen.statements.keys())).toEqual([]);
  }
  expect(pastViews(seen.statements)).toEqual([]);
});

test('a search before a date looks for ids that ran ahead in the index of those alone', async () => {
  await using server = await startTest();
  const { anna, ids } = await place(server);
  const before = '2025-01-01T00:00:00Z';
  await anna.does('GET', `/spaces/${ids['space_id']}/messages/search?query=a&before=${before}`);
  const statements = seen.statements.keys().toArray();
  const asked = statements.filter((text) => /max\(.*WHERE sent_at < \?/s.test(text));
  expect(asked).toHaveLength(1);
  for (const statement of asked) {
    for (const state of [sqlite, filtering]) {
      const plan = state.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${statement}`).all();
      expect(plan[0]?.detail).toMatch(/USING (COVERING )?INDEX messages_sent \(sent_at<\?\)/);
    }
  }
});
