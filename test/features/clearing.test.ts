import { expect, test } from 'bun:test';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetChannels } from '../../src/features/spaces/channels/queries.ts';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { startServer } from '../../src/server.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows, fill } from '../support/crowd.ts';
import { patience_ms } from '../support/patience.ts';
import { place } from '../support/place.ts';
import { startTest, testConfig, TestServer } from '../support/server.ts';
import { deny, empower, world } from '../support/world.ts';
import { tables } from '../support/tables.ts';

class Restarted extends TestServer implements AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Clears until nothing waits; answers how many slices it took. */
async function clearAll(server: TestServer): Promise<number> {
  let slices = 0;
  while (await server.turn(clearSlice)) slices += 1;
  return slices;
}

test('a deleted channel is cleared in slices of at most 500 messages, and leaves nothing but who could view it', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const channel = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'large' });
  await anna.does('PATCH', `/channels/${channel.id}`, { rate_limit: 1 });
  const parent = await bob.says(channel, 'parent');
  await fill(server, channel, anna, 1_100);
  await fill(server, channel, anna, 20, { thread_id: parent.id });
  const bobs = await bob.listens();
  await anna.does('DELETE', `/channels/${channel.id}`);
  expect(countRows(server, 'messages')).toBe(1_121);
  let before = countRows(server, 'messages');
  while (await server.turn(clearSlice)) {
    const now = countRows(server, 'messages');
    expect(before - now).toBeLessThanOrEqual(500);
    before = now;
  }
  for (const table of ['messages', 'slow_mode', 'clearings'])
    expect(countRows(server, table)).toBe(0);
  // As long as the audit log tells of the channel, its row says who may read that, and nothing else.
  const row = () =>
    server.app.db.sqlite.query('SELECT * FROM channels WHERE id = ?').get(channel.id);
  expect(row()).toMatchObject({ name: '', deleted_at: expect.any(Number), last_message_id: null });
  await server.turn(({ tx }) => forgetChannels(tx, [channel.id]));
  expect(row()).not.toBeNull();
  server.app.db.sqlite.run('DELETE FROM audit_entries');
  await server.turn(({ tx }) => forgetChannels(tx, [channel.id]));
  expect(row()).toBeNull();
  await server.turn(({ tx }) => forgetChannels(tx, [general.id]));
  expect(countRows(server, 'channels', `id = '${general.id}'`)).toBe(1);
  expect(countRows(server, 'events', `bytes LIKE '%"content":"parent"%'`)).toBe(0);
  // Of its messages nobody hears: the event of the channel says it all.
  await bobs.hearsExactly('channel.delete');
  expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a role of many is gone at once, and taken from its members in slices of at most 500', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const role = await empower(home, bob, 'manage_channels', 'view_audit_log');
  const hidden = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'hidden' });
  await deny(home, hidden, 'view_channel');
  await anna.does('PUT', `/channels/${hidden.id}/permissions/${role.id}`, {
    type: 'role',
    allow: ['view_channel'],
    deny: [],
  });
  const { sqlite } = server.app.db;
  // Their ids come before bob's: he is not among the first that are cleared.
  const many = `WITH RECURSIVE each(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM each WHERE n < 1200)
    INSERT INTO`;
  sqlite.run(`${many} users (id, username, created_at) SELECT '0' || n, '0' || n, 0 FROM each`);
  sqlite.run(`${many} members (space_id, user_id, joined_at) SELECT ?, '0' || n, 0 FROM each`, [
    space.id,
  ]);
  sqlite.run(`${many} member_roles (space_id, user_id, role_id) SELECT ?, '0' || n, ? FROM each`, [
    space.id,
    role.id,
  ]);
  expect(countRows(server, 'member_roles', `role_id = '${role.id}'`)).toBe(1_201);
  const bobs = await bob.listens();
  const path = `/spaces/${space.id}`;

  await anna.does('DELETE', `${path}/roles/${role.id}`);
  let left = countRows(server, 'member_roles', `role_id = '${role.id}'`);
  expect(left).toBe(701);
  await bobs.hearsExactly('role.delete', 'channel.delete');
  const roles = await anna.does('GET', `${path}/roles`);
  expect(roles.map(({ id }: any) => id)).not.toContain(role.id);
  const members = await anna.does('GET', `${path}/members?limit=1000`);
  expect(members.filter((one: any) => one.roles.includes(role.id))).toEqual([]);
  expect((await anna.does('GET', `${path}/members/${bob.id}`)).roles).toEqual([]);
  const ready = (await bob.listens()).ready;
  expect(JSON.stringify(ready)).not.toContain(role.id);
  await bob.isRefused(403, 'POST', `${path}/channels`, { name: 'x' });
  await bob.isRefused(403, 'GET', `/channels/${hidden.id}`);
  await bob.isRefused(403, 'GET', `${path}/audit-log`);
  await anna.isRefused(404, 'PUT', `${path}/members/${bob.id}/roles/${role.id}`);
  await anna.isRefused(404, 'PATCH', `${path}/roles/${role.id}`, { name: 'x' });
  await anna.isRefused(400, 'PATCH', `${path}/members/${bob.id}`, { roles: [role.id] });
  await anna.does('PATCH', `${path}/roles`, [{ id: roles.at(-1).id, position: 1 }]);
  await bob.says(general, 'still here');

  while (await server.turn(clearSlice)) {
    const now = countRows(server, 'member_roles', `role_id = '${role.id}'`);
    expect(left - now).toBeLessThanOrEqual(500);
    left = now;
  }
  expect(left).toBe(0);
  expect(countRows(server, 'roles', `id = '${role.id}'`)).toBe(0);
  expect(countRows(server, 'clearings')).toBe(0);
});

/** Tables whose rows outlive a space, or have no rows of one as yet. */
const outliving: Record<string, string> = {
  guest_tokens: 'open nothing without the space, and end within the hour',
  hidden_answers: 'work that is done first',
  hidden_authors: 'work that is done first',
  hidden_reactors: 'work that is done first',
  hidden_threads: 'work that is done first',
  hidden_reactions: 'work that is done first',
};

/** How many rows of each table name the space, or something that was in it. */
function rowsNaming(server: TestServer, named: Record<string, readonly string[]>) {
  const counts = tables.flatMap((table) => {
    const { name, columns } = getTableConfig(table);
    const holders = columns.filter((column) => column.name in named && !(name in outliving));
    if (holders.length === 0) return [];
    const where = holders.map(
      (column) =>
        `${column.name} IN (${(named[column.name] ?? []).map((id) => `'${id}'`).join(', ')})`,
    );
    return [[name, countRows(server, name, where.join(' OR '))] as const];
  });
  return Object.fromEntries(counts);
}

test('a deleted space leaves no row in any table that names it, or what was in it', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings: { ACCORD_TEST_MODE: 'on' } });
  const { sqlite } = server.app.db;
  const { anna, bob, ids } = await place(server);
  const { space_id = '', channel_id = '', message_id = '', role_id = '', emoji_id = '' } = ids;
  const path = `/spaces/${space_id}`;
  await anna.does('PATCH', path, { system_channel_id: channel_id });
  await anna.does('PATCH', `/channels/${channel_id}`, { rate_limit: 1 });
  for (const type of ['text', 'voice']) {
    await anna.does('POST', `${path}/channels`, { name: type, type });
  }
  await anna.does('PUT', `${path}/members/${bob.id}/roles/${role_id}`);
  await anna.does('PUT', `/channels/${channel_id}/permissions/${role_id}`, {
    type: 'role',
    allow: [],
    deny: ['view_channel'],
  });
  await anna.does('PATCH', `${path}/emojis/${emoji_id}`, { role_ids: [role_id] });
  await anna.does('PUT', `/channels/${channel_id}/messages/${message_id}/reactions/x/@me`);
  await anna.does('DELETE', `${path}/members/${bob.id}`);
  await fill(server, { id: channel_id, space_id }, anna, 700);
  for (const [table, values] of Object.entries({
    introductions: [space_id, bob.id],
    kept_sanctions: [space_id, bob.id, null, 1, 0],
    slow_mode: [channel_id, anna.id, 0],
    message_nonces: [anna.id, channel_id, 'n', message_id, 0],
    member_roles: [space_id, anna.id, role_id],
    read_states: [anna.id, channel_id, '', 1],
    message_mentions: [anna.id, channel_id, '', 1],
    channel_mutes: [anna.id, channel_id, 0],
  })) {
    const places = values.map(() => '?').join(', ');
    sqlite.run(`INSERT OR IGNORE INTO ${table} VALUES (${places})`, values);
  }
  sqlite.run(
    `INSERT INTO plugins (id, space_id, creator_id, name, type, runtime, created_at, updated_at)
     VALUES ('1', ?, ?, 'p', 'bot', 'native', 0, 0)`,
    [space_id, anna.id],
  );
  sqlite.run(
    `INSERT INTO voice_states (user_id, space_id, channel_id, session_id, since)
     SELECT ?1, ?2, id, 's', 0 FROM channels WHERE space_id = ?2 AND type = 'voice'`,
    [anna.id, space_id],
  );
  const idsIn = (table: string) =>
    sqlite
      .query<{ id: string }, [string]>(`SELECT id FROM ${table} WHERE space_id = ?`)
      .all(space_id)
      .map(({ id }) => id);
  const named = {
    space_id: [space_id],
    channel_id: idsIn('channels'),
    message_id: idsIn('messages'),
    role_id: idsIn('roles'),
    emoji_id: [emoji_id],
  };
  const before = rowsNaming(server, named);
  const annas = await anna.listens(['spaces']);
  await anna.does('DELETE', path);
  // Nothing is proved of a table that held nothing of the space: conversations stand in none, and
  // work is noted with the deletion.
  const empty = Object.keys(before).filter((table) => before[table] === 0);
  expect(empty).toEqual(['conversation_people', 'dm_pairs', 'clearings']);
  expect(await clearAll(server)).toBeGreaterThan(2);
  const after = rowsNaming(server, named);
  expect(Object.keys(after).filter((table) => after[table] !== 0)).toEqual([]);
  expect(countRows(server, 'spaces', `id = '${space_id}'`)).toBe(0);
  for (const table of ['overwrites', 'clearings']) expect(countRows(server, table)).toBe(0);
  expect(sqlite.query('PRAGMA foreign_key_check').all()).toEqual([]);
  await annas.hearsExactly('space.delete');
});

test('what was not cleared when the server stopped is cleared when it starts again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'accord-clearing-'));
  const settings = { DATABASE_URL: `sqlite:${join(folder, 'accord.db')}` };
  try {
    const clock = new FakeClock();
    await (async () => {
      await using server = await startTest({ settings, clock });
      const { anna, space, general } = await world(server, 'anna', 'bob');
      await fill(server, general, anna, 1_200);
      await anna.does('DELETE', `/spaces/${space.id}`);
      expect(countRows(server, 'messages')).toBeGreaterThan(0);
    })();
    const silent = { debug() {}, info() {}, warn() {}, error() {}, notice() {} };
    const running = await startServer({ config: testConfig(settings), log: silent });
    await using again = new Restarted(running, []);
    const until = Date.now() + patience_ms;
    while (countRows(again, 'clearings') > 0 && Date.now() < until) await Bun.sleep(5);
    for (const table of ['messages', 'clearings']) expect(countRows(again, table)).toBe(0);
    expect(countRows(again, 'spaces', "slug = 'home'")).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('who leaves and wants their traces gone has them erased, here and nowhere else', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const { space: other, general: elsewhere } = await anna.founds('Other');
  await bob.joins(other);
  const kept = await bob.says(elsewhere, 'stays');
  const answered = await bob.says(general, 'answered');
  const answer = await anna.says(general, 'answer', { reply_to: answered.id });
  const parent = await anna.says(general, 'parent');
  await bob.says(general, 'reply', { thread_id: parent.id });
  const ids = await fill(server, general, bob, 250);
  const annas = await anna.listens();
  await bob.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`);
  await annas.hearsExactly('member.leave');
  const back = await (async () => {
    await bob.joins(space);
    return bob.says(general, 'back again');
  })();
  await annas.unread();
  const before = countRows(server, 'messages');
  await server.turn(clearSlice);
  expect(before - countRows(server, 'messages')).toBe(100);
  await clearAll(server);
  const told = await annas.unread();
  const bulk = told.filter(({ type }) => type === 'message.delete_bulk');
  expect(bulk.every(({ data }) => data['ids'].length <= 100)).toBe(true);
  expect(bulk.flatMap(({ data }) => data['ids'])).toHaveLength(252);
  const left = await anna.does('GET', `/channels/${general.id}/messages?limit=100`);
  expect(left.map(({ id }: { id: string }) => id)).toEqual([back.id, parent.id, answer.id]);
  expect(left[1]).toMatchObject({ reply_count: 0 });
  expect(left[2]).toMatchObject({ reply_to: null });
  await anna.does('GET', `/channels/${elsewhere.id}/messages/${kept.id}`);
  const last = ids.at(-1);
  expect(
    countRows(server, 'events', `subject = '${last}' OR bytes LIKE '%"content":"answered"%'`),
  ).toBe(0);
  expect((await anna.does('GET', `/channels/${general.id}`)).last_message_id).toBe(back.id);
});

test('who leaves without a word of it leaves their messages where they are', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  await bob.says(general, 'stays');
  await bob.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=false`);
  await clearAll(server);
  expect(await anna.does('GET', `/channels/${general.id}/messages`)).toHaveLength(1);
  await bob.joins(space);
  await bob.isRefused(400, 'DELETE', `/spaces/${space.id}/members/@me?delete_data=maybe`);
});

test('reactions of who wants their traces gone are taken back, and the messages are told anew', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const { space: other, general: elsewhere } = await anna.founds('Other');
  await bob.joins(other);
  const [here, there] = [await anna.says(general, 'here'), await anna.says(elsewhere, 'there')];
  for (const [channel, message] of [
    [general, here],
    [elsewhere, there],
  ] as const) {
    for (const person of [anna, bob]) {
      await person.does('PUT', `/channels/${channel.id}/messages/${message.id}/reactions/x/@me`);
    }
  }
  const annas = await anna.listens();
  await bob.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`);
  await clearAll(server);
  await annas.hears('message.update', ({ id }) => id === here.id);
  const reactions = async (channel: { id: string }, { id }: { id: string }) => {
    const message = await anna.does('GET', `/channels/${channel.id}/messages/${id}`);
    return message.reactions[0].count as number;
  };
  expect(await reactions(general, here)).toBe(1);
  expect(await reactions(elsewhere, there)).toBe(2);
});

test('what cannot be cleared holds nothing else up', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const [one, two] = [
    await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'one' }),
    await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'two' }),
  ];
  await anna.does('DELETE', `/channels/${one.id}`);
  await anna.does('DELETE', `/channels/${two.id}`);
  // What still points at the first one forbids it to go; the audit log would only keep it.
  server.app.db.sqlite.run('DELETE FROM audit_entries');
  server.app.db.sqlite.run('CREATE TABLE holds (id TEXT REFERENCES channels (id))');
  server.app.db.sqlite.run('INSERT INTO holds VALUES (?)', [one.id]);
  const left = (channel: { id: string }) => countRows(server, 'channels', `id = '${channel.id}'`);
  for (let second = 0; second < 500 && left(two) > 0; second += 1) await clock.pass(1_000);
  expect([left(one), left(two)]).toEqual([1, 0]);
  server.app.db.sqlite.run('DELETE FROM holds');
  await clearAll(server);
  expect(left(one)).toBe(0);
  await anna.does('GET', `/channels/${general.id}`);
});

test('what a leaver made stays for the others, and names them no more', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space } = home;
  await empower(home, bob, 'manage_emojis');
  const pixel =
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const emoji = await bob.does('POST', `/spaces/${space.id}/emojis`, { name: 'dot', image: pixel });
  const invite = await bob.does('POST', `/spaces/${space.id}/invites`, {});
  expect([emoji.creator_id, invite.inviter_id]).toEqual([bob.id, bob.id]);
  const annas = await anna.listens();
  await bob.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`);
  const [, told] = await annas.hearsExactly('member.leave', 'emoji.update');
  expect(told?.data['emoji']).toEqual({ ...emoji, creator_id: null });
  const read = await anna.does('GET', `/invites/${invite.code}`);
  expect(read.inviter_id).toBeNull();
});
