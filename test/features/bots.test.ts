// How bots come into spaces, and what they share with the account that owns them.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { migrations } from '../../src/db/migrations.ts';
import { openDatabase } from '../../src/db/open.ts';
import { clearLater } from '../../src/features/base/clearing/rows.ts';
import { FakeClock } from '../support/clock.ts';
import { FakeLiveKit } from '../support/fake-livekit.ts';
import { Folder } from '../support/folder.ts';
import { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { empower, voiceChannel, world } from '../support/world.ts';

/** Makes an application; answers its bot. */
async function botOf(owner: Person, name = 'Ping'): Promise<Person & { application_id: string }> {
  const { application, token } = await owner.does('POST', '/applications', { name });
  const bot = new Person(owner.server, { id: application.bot_user_id, name, token });
  bot.scheme = 'Bot';
  return Object.assign(bot, { application_id: application.id as string });
}

const farOff = '2090-01-01T00:00:00Z';

test('a bot joins a public space only where its owner manages it', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space } = home;
  const bot = await botOf(bob);
  await bot.isRefused(403, 'POST', `/spaces/${space.id}/join`);
  await bot.isRefused(403, 'POST', `/spaces/${space.slug}/join`);
  await empower(home, bob, 'manage_space');
  await bot.joins(space);
  await bot.joins(space);
  await (await botOf(anna)).joins(space);
});

test('an invite brings a bot if its maker manages the space, and costs no use otherwise', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, space } = home;
  await anna.does('PATCH', `/spaces/${space.id}`, { public: false });
  const bot = await botOf(cleo);
  const { code } = await bob.does('POST', `/spaces/${space.id}/invites`, { max_uses: 1 });
  await bot.isRefused(403, 'POST', `/invites/${code}/accept`);
  // What counts is what the maker may do now.
  const role = await empower(home, bob, 'manage_space');
  const { uses } = await bot.does('POST', `/invites/${code}/accept`);
  expect(uses).toBe(1);
  await anna.does('DELETE', `/spaces/${space.id}/members/${bot.id}`);
  const again = await bob.does('POST', `/spaces/${space.id}/invites`, {});
  await anna.does('DELETE', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  await bot.isRefused(403, 'POST', `/invites/${again.code}/accept`);
  const annas = await anna.does('POST', `/spaces/${space.id}/invites`, {});
  await bot.does('POST', `/invites/${annas.code}/accept`);
});

test('a bot stays out while its owner is banned or under timeout, whoever brings it', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const { code } = await anna.does('POST', `/spaces/${space.id}/invites`, {});
  const member = `/spaces/${space.id}/members/${bob.id}`;
  const banned = `/spaces/${space.id}/bans/${bob.id}`;
  const before = await botOf(bob);
  await anna.does('PATCH', member, { timed_out_until: farOff });
  const after = await botOf(bob);
  const accept = `/invites/${code}/accept`;
  for (const bot of [before, after]) await bot.isRefused(403, 'POST', accept);
  // A timeout goes on for who has left.
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  for (const bot of [before, after]) await bot.isRefused(403, 'POST', accept);
  await anna.does('PUT', banned, {});
  for (const bot of [before, after]) await bot.isRefused(403, 'POST', accept);
  await anna.does('DELETE', banned);
  await bob.joins(space);
  await anna.does('PATCH', member, { timed_out_until: null });
  for (const bot of [before, after]) await bot.does('POST', accept);
});

test('a ban of the owner removes the bots that are in', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const { code } = await anna.does('POST', `/spaces/${space.id}/invites`, {});
  const bot = await botOf(bob);
  await bot.does('POST', `/invites/${code}/accept`);
  const bots = await bot.listens();
  await anna.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, {});
  await bots.hears('space.delete');
  await bot.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'for bob' });
  const { data } = await anna.call('GET', `/spaces/${space.id}/audit-log`);
  const kicks = data.filter((entry: any) => entry.action_type === 'member_kick');
  expect(kicks).toMatchObject([{ target_id: bot.id, user_id: anna.id }]);
});

test('bots that came before the ban of their owner held for them leave when the server is updated', async () => {
  using folder = new Folder();
  const path = join(folder.path, 'older.db');
  const isStep = (sql: string) => sql.includes('applications_bot');
  const older = openDatabase(
    path,
    'full',
    migrations.slice(0, migrations.findIndex(isStep)),
  ).sqlite;
  older.run('PRAGMA foreign_keys = OFF');
  older.run(`INSERT INTO users (id, username, bot, created_at) VALUES
    ('1', 'anna', 0, 0), ('2', 'bob', 0, 0), ('3', 'Ping Bot', 1, 0), ('4', 'Pong Bot', 1, 0)`);
  older.run(`INSERT INTO applications (id, name, owner_id, bot_user_id, created_at) VALUES
    ('5', 'Ping', '2', '3', 0), ('6', 'Pong', '1', '4', 0)`);
  older.run(`INSERT INTO spaces (id, name, slug, owner_id, created_at) VALUES
    ('7', 'Home', 'home', '1', 0), ('8', 'Own', 'own', '3', 0), ('9', 'Other', 'other', '1', 0)`);
  for (const space_id of ['7', '8', '9']) {
    for (const user_id of ['3', '4']) {
      older.run('INSERT INTO members (space_id, user_id, joined_at) VALUES (?, ?, 0)', [
        space_id,
        user_id,
      ]);
    }
  }
  older.run(`INSERT INTO bans (space_id, user_id, created_at) VALUES ('7', '2', 0), ('8', '2', 0)`);
  older.run('DELETE FROM clearings');
  older.close();
  const { sqlite } = openDatabase(path, 'full');
  const work = sqlite
    .query("SELECT kind, target_id FROM clearings WHERE kind = 'banned_bot'")
    .all();
  sqlite.close();
  expect(work).toEqual([{ kind: 'banned_bot', target_id: '7 3' }]);

  await using server = await startTest();
  const { anna, space } = await world(server, 'anna');
  const bot = await botOf(anna);
  await bot.joins(space);
  const bots = await bot.listens();
  await server.turn(({ tx }) => {
    clearLater(tx, 'banned_bot', `${space.id} ${bot.id}`);
    return null;
  });
  await bots.hears('space.delete');
});

test('a timeout of the owner holds for the bots, also when the owner has left', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const { code } = await anna.does('POST', `/spaces/${space.id}/invites`, {});
  const bot = await botOf(bob);
  await bot.does('POST', `/invites/${code}/accept`);
  await empower(home, bot, 'administrator');
  const member = `/spaces/${space.id}/members/${bob.id}`;
  const says = { content: 'for bob' };
  const messages = `/channels/${general.id}/messages`;
  await anna.does('PATCH', member, { timed_out_until: farOff });
  await bot.isRefused(403, 'POST', messages, says);
  await bot.isRefused(403, 'PATCH', member, { timed_out_until: null });
  await bot.does('GET', messages);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bot.does('GET', messages);
  await bot.isRefused(403, 'POST', messages, says);
  await bob.joins(space);
  await bot.isRefused(403, 'POST', messages, says);
  await anna.does('PATCH', member, { timed_out_until: null });
  await bot.does('POST', messages, says);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bot.does('POST', messages, says);
});

test('the bots of an instance admin are under no timeout, as the admin is not', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const { admin } = server;
  const { code } = await anna.does('POST', `/spaces/${space.id}/invites`, {});
  const [bot, late] = [await botOf(bob), await botOf(bob)];
  await bot.does('POST', `/invites/${code}/accept`);
  await anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, { timed_out_until: farOff });
  const sends = ['POST', `/channels/${general.id}/messages`, { content: 'for bob' }] as const;
  await bot.isRefused(403, ...sends);
  await admin.does('PATCH', `/admin/users/${bob.id}`, { is_admin: true });
  await bot.does(...sends);
  await late.does('POST', `/invites/${code}/accept`);
  await admin.does('PATCH', `/admin/users/${bob.id}`, { is_admin: false });
  for (const one of [bot, late]) await one.isRefused(403, ...sends);
});

test('a timeout of the owner ends the call of a bot', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space } = home;
  const { code } = await anna.does('POST', `/spaces/${space.id}/invites`, {});
  const bot = await botOf(bob);
  await bot.does('POST', `/invites/${code}/accept`);
  const lounge = await voiceChannel(home);
  await bot.does('POST', `/channels/${lounge.id}/voice/join`, {});
  const inVoice = () => server.app.db.sqlite.query('SELECT user_id FROM voice_states').all();
  expect(inVoice()).toHaveLength(1);
  await anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, { timed_out_until: farOff });
  expect(inVoice()).toEqual([]);
});

test('an account and its bots share one budget of requests', async () => {
  const settings = { RATE_LIMIT_PER_MINUTE: '60', RATE_LIMIT_BURST: '0' };
  await using server = await startTest({ settings, clock: new FakeClock() });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  const bots = [await botOf(anna, 'One'), await botOf(anna, 'Two')];
  const everybody = [anna, ...bots];
  const statuses: number[] = [];
  for (let n = 0; n < 60; n += 1) {
    const one = everybody[n % everybody.length] ?? anna;
    statuses.push((await one.call('GET', '/users/@me')).status);
  }
  // Making the two bots took two.
  expect(statuses.filter((status) => status === 200)).toHaveLength(58);
  for (const one of everybody) await one.isRefused(429, 'GET', '/users/@me');
  await bob.does('GET', '/users/@me');
});

test('an account makes so many applications in a day, deleted ones included', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  for (let n = 0; n < 50; n += 1) {
    const { application_id } = await botOf(anna);
    await anna.does('DELETE', `/applications/${application_id}`);
  }
  const refused = await anna.isRefused(429, 'POST', '/applications', { name: 'More' });
  expect(refused.body.error.retry_after).toBeGreaterThan(60);
  // Clients would sleep it out.
  expect(refused.headers.get('retry-after')).toBeNull();
  await botOf(bob);
  await clock.leap(86_400_000);
  await botOf(anna);
});

test('the account of a deleted bot goes if it has written nothing, and stays if it has', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna');
  const [idle, reacting, writing] = [await botOf(anna), await botOf(anna), await botOf(anna)];
  const message = await anna.says(general, 'hello');
  for (const bot of [reacting, writing]) await bot.joins(space);
  await reacting.does(
    'PUT',
    `/channels/${general.id}/messages/${message.id}/reactions/%F0%9F%8D%B2/@me`,
  );
  const said = await writing.says(general, 'pong');
  for (const { application_id } of [idle, reacting, writing]) {
    await anna.does('DELETE', `/applications/${application_id}`);
  }
  const accounts = () =>
    server.app.db.sqlite
      .query<{ id: string }, []>('SELECT id FROM users WHERE bot = 1 ORDER BY id')
      .all()
      .map(({ id }) => id);
  await until(async () => server.app.db.sqlite.query('SELECT 1 FROM clearings').get() === null);
  expect(accounts()).toEqual([reacting.id, writing.id]);
  const kept = await anna.does('GET', `/channels/${general.id}/messages/${said.id}`);
  expect(kept.author_id).toBe(writing.id);
});

test('the account of a deleted bot goes when the last trace of it has gone', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, space } = await world(server, 'anna');
  // Its coming stands in the audit log.
  const [bot, other] = [await botOf(anna), await botOf(anna, 'Deleted Bot 1')];
  await bot.joins(space);
  await anna.does('DELETE', `/applications/${bot.application_id}`);
  const { sqlite } = server.app.db;
  const isThere = ({ id }: Person) => sqlite.query('SELECT 1 FROM users WHERE id = ?').get(id);
  await clock.leap(86_400_000);
  expect(isThere(bot)).not.toBeNull();
  await server.turn(({ tx }) => {
    tx.sqlite.run('DELETE FROM audit_entries');
    return null;
  });
  await until(async () => {
    await clock.leap(86_400_000);
    return isThere(bot) === null;
  });
  await other.does('GET', '/users/@me');
});

test('what a deleted bot has read and muted, and where it was named, is forgotten in slices', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna');
  const [bot, other] = [await botOf(anna), await botOf(anna)];
  for (const one of [bot, other]) {
    await one.joins(space);
    const { id } = await anna.says(general, `hello <@${one.id}>`);
    await one.does('POST', `/channels/${general.id}/ack`, { message_id: id });
    await one.does('PUT', `/channels/${general.id}/mute`);
  }
  const { sqlite } = server.app.db;
  await server.turn(({ tx }) => {
    for (let n = 1; n <= 1_200; n += 1) {
      tx.sqlite
        .query('INSERT INTO message_mentions (user_id, channel_id, n) VALUES (?, ?, ?)')
        .run(bot.id, general.id, n);
    }
    return null;
  });
  const left = ({ id }: Person) =>
    ['read_states', 'message_mentions', 'channel_mutes'].map((table) =>
      Object.values(sqlite.query(`SELECT count(*) FROM ${table} WHERE user_id = ?`).get(id) as {}),
    );
  expect(left(bot).flat()).toEqual([1, 1_201, 1]);
  await anna.does('DELETE', `/applications/${bot.application_id}`);
  await until(async () => sqlite.query('SELECT 1 FROM clearings').get() === null);
  expect(left(bot).flat()).toEqual([0, 0, 0]);
  expect(left(other).flat()).toEqual([1, 1, 1]);
});

test('a deleted bot leaves no overwrites and no sanctions behind', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna');
  const bot = await botOf(anna);
  await bot.joins(space);
  await anna.does('PUT', `/channels/${general.id}/permissions/${bot.id}`, {
    type: 'member',
    allow: [],
    deny: ['send_messages'],
  });
  await anna.does('PATCH', `/spaces/${space.id}/members/${bot.id}`, { mute: true });
  await anna.does('DELETE', `/applications/${bot.application_id}`);
  expect(await anna.does('GET', `/channels/${general.id}/permissions`)).toEqual([]);
  const kept = server.app.db.sqlite.query('SELECT user_id FROM kept_sanctions').all();
  expect(kept).toEqual([]);
});
