// What the server holds and does, as instance admins read it; and how long their log is kept.
import { expect, test } from 'bun:test';
import { acts, botOf } from '../support/admins.ts';
import { FakeClock } from '../support/clock.ts';
import { FakeLiveKit } from '../support/fake-livekit.ts';
import { uploads } from '../support/forms.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { voiceChannel, world } from '../support/world.ts';

const file = (size: number) => [{ filename: 'a', bytes: Buffer.alloc(size, 1) }];

function login(server: TestServer, user_id: string, last_used_at: number): Promise<unknown> {
  return server.turn((turn) => {
    const insert = `INSERT OR REPLACE INTO logins
      (token_hash, user_id, address, device, created_at, last_used_at) VALUES (?, ?, '', '', 0, ?)`;
    turn.tx.sqlite.query(insert).run(`${user_id} ${last_used_at}`, user_id, last_used_at);
    return null;
  });
}

test('only instance admins get in', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  await anna.isRefused(403, 'GET', '/admin/stats');
  await anna.isRefused(403, 'GET', '/admin/storage');
});

test('the figures tell what there is, and are taken once a minute', async () => {
  const clock = new FakeClock();
  const livekit = new FakeLiveKit();
  await using server = await startTest({ clock, settings: livekit.settings });
  const { admin } = server;
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  await botOf(anna);
  const gone = await server.person('gone');
  await admin.does('PATCH', `/admin/users/${gone.id}`, { disabled: true });
  await anna.says(general, 'old soup');
  await clock.leap(2 * 86_400_000);
  await anna.says(general, 'soup');
  const pair = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  await anna.says(pair, 'between us');
  expect((await uploads(bob, general, {}, file(100))).status).toBe(200);
  expect((await uploads(anna, pair, {}, file(23))).status).toBe(200);
  server.app.db.sqlite.run('DELETE FROM logins');
  await login(server, anna.id, clock.now() - 1_000);
  await login(server, anna.id, clock.now() - 2_000);
  await login(server, bob.id, clock.now() - 8 * 86_400_000);
  const lounge = await voiceChannel(home);
  await bob.does('POST', `/channels/${lounge.id}/voice/join`, {});
  const ears = await anna.listens();
  const away = await bob.listens();
  away.drop();
  await away.closes();
  await until(async () => server.app.hub.size === 1);

  const stats = await admin.does('GET', '/admin/stats');

  expect(stats).toEqual({
    accounts: 3,
    accounts_active_7d: 1,
    spaces: 2,
    channels: expect.any(Number),
    messages: expect.any(Number),
    messages_24h: 2,
    attachments: 2,
    storage_bytes: 123,
    database_bytes: expect.any(Number),
    log: { events: expect.any(Number), bytes: expect.any(Number), oldest_at: expect.any(String) },
    sessions: { live: 1, held: 1 },
    voice: { states: 1 },
    requests_per_minute: expect.any(Number),
    uptime_s: 2 * 86_400,
    version: server.app.version.version,
  });
  const count = (sql: string) =>
    server.app.db.sqlite.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${sql}`).get()?.n;
  expect(stats.messages).toBe(count('messages WHERE space_id IS NOT NULL'));
  expect(stats.channels).toBe(count('channels WHERE space_id IS NOT NULL'));
  expect(stats.log.events).toBe(count('events'));
  expect(stats.database_bytes).toBeGreaterThan(100_000);
  expect(stats.requests_per_minute).toBeGreaterThan(3);
  const oldest = server.app.db.sqlite
    .query<{ at: number }, []>('SELECT min(at) AS at FROM events')
    .get();
  expect(Date.parse(stats.log.oldest_at)).toBe(oldest?.at ?? 0);

  await server.person('emil');
  expect(await admin.does('GET', '/admin/stats')).toEqual(stats);
  await clock.leap(60_000);
  const later = await admin.does('GET', '/admin/stats');
  expect(later).toMatchObject({ accounts: 4, uptime_s: 2 * 86_400 + 60, requests_per_minute: 1 });
  expect(ears.closed).toBeNull();
});

test('storage is listed by account and by space, the largest first, page by page', async () => {
  await using server = await startTest();
  const { admin } = server;
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const { space: other, general: there } = await bob.founds('Cellar');
  const pair = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  await uploads(anna, general, {}, file(10));
  await uploads(bob, general, {}, file(20));
  await uploads(bob, there, {}, file(5));
  await uploads(anna, pair, {}, file(15));
  const accounts = await admin.does('GET', '/admin/storage');
  // Both take as much: then the higher id comes first.
  expect(accounts).toEqual([
    { id: bob.id, name: 'bob', bytes: 25, files: 2 },
    { id: anna.id, name: 'anna', bytes: 25, files: 2 },
  ]);
  const spaces = await admin.does('GET', '/admin/storage?by=space');
  expect(spaces).toEqual([
    { id: space.id, name: 'Home', bytes: 30, files: 2 },
    { id: other.id, name: 'Cellar', bytes: 5, files: 1 },
  ]);
  const first = await admin.call('GET', '/admin/storage?by=account&limit=1');
  expect(first.data).toEqual(accounts.slice(0, 1));
  const { cursor } = first.body;
  expect(cursor.has_more).toBe(true);
  for (const after of [cursor.after, bob.id]) {
    const second = await admin.call('GET', `/admin/storage?limit=1&after=${after}`);
    expect([second.data, second.body.cursor]).toEqual([accounts.slice(1), undefined]);
  }
  // What the page before ended with does not come again if it grows meanwhile.
  await uploads(bob, general, {}, file(100));
  expect(await admin.does('GET', `/admin/storage?after=${cursor.after}`)).toEqual([accounts[1]]);
  await admin.isRefused(400, 'GET', '/admin/storage?by=colour');
  await admin.isRefused(400, 'GET', '/admin/storage?after=x');
  await bob.does('DELETE', `/spaces/${other.id}`);
  // Its files are cleared in later turns.
  await until(async () => {
    const left: any[] = await admin.does('GET', '/admin/storage?by=space');
    return left.every(({ id }) => id !== other.id);
  });
});

test('the log of admins goes back as far as the audit logs', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { AUDIT_LOG_DAYS: '10' } });
  const { admin } = server;
  await admin.does('PATCH', '/admin/settings', { motd: 'one' });
  await clock.leap(9 * 86_400_000);
  await admin.does('PATCH', '/admin/settings', { motd: 'two' });
  expect(await acts(admin)).toHaveLength(2);
  await until(async () => {
    await clock.leap(3_600_000);
    await Bun.sleep(10);
    return (await acts(admin)).length < 2;
  });
  expect((await acts(admin)).map(([, , changes]) => changes)).toEqual([
    { motd: { old: 'one', new: 'two' } },
  ]);
});
