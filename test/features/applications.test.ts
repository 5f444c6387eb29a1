import { expect, test } from 'bun:test';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { FakeClock } from '../support/clock.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { listening, world } from '../support/world.ts';

const one = (application: any, more = '') => `/applications/${application.id}${more}`;

/** Makes an application; answers it with its bot. */
async function madeBy(owner: Person, name = 'Ping') {
  const { application, token } = await owner.does('POST', '/applications', { name });
  const bot = new Person(owner.server, { id: application.bot_user_id, name, token });
  bot.scheme = 'Bot';
  return { application, bot };
}

function applicationsIn(server: TestServer): unknown[] {
  return server.app.db.sqlite.query('SELECT * FROM applications').all();
}

test('an application has an account of its own, and a token that is shown once', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const made = await anna.does('POST', '/applications', { name: '  Ping ', description: 'pongs' });
  expect(made).toEqual({
    application: {
      id: expect.stringMatching(/^\d+$/),
      name: 'Ping',
      icon: null,
      description: 'pongs',
      bot_public: true,
      owner_id: anna.id,
      flags: 0,
      bot_user_id: expect.stringMatching(/^\d+$/),
    },
    token: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const bot = new Person(server, {
    id: made.application.bot_user_id,
    name: 'Ping',
    token: made.token,
  });
  bot.scheme = 'Bot';
  expect(await bot.does('GET', '/users/@me')).toMatchObject({
    id: bot.id,
    username: 'Ping Bot',
    display_name: 'Ping Bot',
    bot: true,
    is_admin: false,
  });
  const kept = server.app.db.sqlite.query('SELECT hash FROM tokens WHERE kind = ?').all('bot');
  expect(JSON.stringify(kept)).not.toContain(made.token);
  // Each token goes with its own word.
  bot.scheme = 'Bearer';
  await bot.isRefused(401, 'GET', '/users/@me');
  expect(await anna.does('GET', '/applications')).toEqual([made.application]);
});

test('a bot joins, writes and listens as people do', async () => {
  await using server = await startTest();
  const { owner, space, general } = await world(server, 'olga');
  const { bot } = await madeBy(owner);
  await bot.joins(space);
  const [bots] = await listening([bot]);
  await owner.says(general, 'hello');
  await bots.hearsExactly('message.create');
  const said = await bot.says(general, 'pong');
  expect(said.author_id).toBe(bot.id);
});

test('with @me one means the newest application of one’s own', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  await anna.isRefused(404, 'GET', '/applications/@me');
  expect(await anna.does('GET', '/applications')).toEqual([]);
  const first = await madeBy(anna, 'First');
  const second = await madeBy(anna, 'Second');
  expect((await anna.does('GET', '/applications/@me')).id).toBe(second.application.id);
  const names = (await anna.does('GET', '/applications')).map(({ name }: any) => name);
  expect(names).toEqual(['Second', 'First']);
  expect(await anna.does('GET', one(first.application))).toEqual(first.application);
  await anna.does('DELETE', '/applications/@me');
  expect((await anna.does('GET', '/applications/@me')).id).toBe(first.application.id);
});

test('the list of applications comes in pages', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const made = [await madeBy(anna, 'A'), await madeBy(anna, 'B'), await madeBy(anna, 'C')];
  const [a, b, c] = made.map(({ application }) => application.id);
  const page = async (query: string) => {
    const applications = await anna.does('GET', `/applications?${query}`);
    return applications.map(({ id }: { id: string }) => id);
  };
  expect(await page('limit=2')).toEqual([c, b]);
  expect(await page(`limit=2&after=${b}`)).toEqual([a]);
  await anna.does('DELETE', `/applications/${b}`);
  expect(await page(`after=${b}`)).toEqual([c, a]);
  await anna.isRefused(400, 'GET', '/applications?after=b');
});

const botOf = async ({ bot }: { bot: Person }) => {
  const { username, display_name } = await bot.does('GET', '/users/@me');
  return { username, display_name };
};

test('applications of one name have bots of one display name, each with a username of its own', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  const first = await madeBy(anna);
  const others = [await madeBy(anna), await madeBy(bob), await madeBy(bob)];
  const display_name = 'Ping Bot';
  expect(await botOf(first)).toEqual({ username: 'Ping Bot', display_name });
  for (const other of others) {
    expect(other.application.name).toBe('Ping');
    expect(await botOf(other)).toEqual({ username: `Ping Bot ${other.bot.id}`, display_name });
  }
  // Neither a name that looks like such a username nor deleting one of them gets in the way.
  const [second] = others;
  await madeBy(bob, `Ping Bot ${second?.bot.id}`);
  await anna.does('DELETE', one(second?.application));
  const deleted = await madeBy(anna, 'Deleted');
  const again = await madeBy(anna, 'Deleted');
  await anna.does('DELETE', one(again.application));
  await anna.does('DELETE', one(deleted.application));
  expect((await botOf(await madeBy(bob, 'Deleted'))).username).toBe('Deleted Bot');
});

test('a renamed application neither frees a name nor takes one', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  const first = await madeBy(anna);
  await anna.does('PATCH', one(first.application), { name: 'Pong' });
  expect((await botOf(first)).username).toBe('Ping Bot');
  const ping = await madeBy(bob, 'Ping');
  expect((await botOf(ping)).username).toBe(`Ping Bot ${ping.bot.id}`);
  expect((await botOf(await madeBy(bob, 'Pong'))).username).toBe('Pong Bot');
  await bob.does('PATCH', one(ping.application), { name: 'Pong' });
});

test('names are one line of 1 to 100 characters', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  await madeBy(anna, 'Ping');
  for (const name of ['', '   ', 'x'.repeat(101), 'a\nb', '\u202Egnp']) {
    await anna.isRefused(400, 'POST', '/applications', { name });
  }
  await anna.isRefused(400, 'POST', '/applications', { name: 'a', description: 'x'.repeat(1001) });
  for (const body of [{}, { name: null }, { name: 7 }, { name: 'a', description: 7 }, []]) {
    await anna.isRefused(422, 'POST', '/applications', body);
  }
  expect(applicationsIn(server)).toHaveLength(1);
  const long = await madeBy(anna, '🏓'.repeat(100));
  expect((await long.bot.does('GET', '/users/@me')).username).toBe(`${'🏓'.repeat(100)} Bot`);
});

test('a name does not begin as those of webhooks do: the user name of the bot would, too', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (const name of ['webhook-1', ' Webhook-1-2 ', '\uff37ebhook-1', 'w\u00e9bhook-1']) {
    await anna.isRefused(400, 'POST', '/applications', { name });
  }
  await anna.does('POST', '/applications', { name: 'My webhook-1' });
});

test('an account has at most 25 applications', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (let n = 0; n < 25; n += 1) await madeBy(anna, `App ${n}`);
  await anna.isRefused(400, 'POST', '/applications', { name: 'One more' });
  await anna.does('DELETE', '/applications/@me');
  await madeBy(anna, 'One more');
});

test('bots have none, strangers see none, nobody without a token', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  const { application, bot } = await madeBy(anna);
  await bot.isRefused(403, 'POST', '/applications', { name: 'Own' });
  expect(await bot.does('GET', '/applications')).toEqual([]);
  for (const [method, path] of [
    ['GET', ''],
    ['PATCH', ''],
    ['POST', '/reset-token'],
    ['DELETE', ''],
  ] as const) {
    for (const who of [bot, bob]) {
      await who.isRefused(404, method, `/applications/@me${path}`);
      await who.isRefused(404, method, one(application, path));
      await who.isRefused(404, method, one({ id: 'nothing' }, path));
    }
    expect((await server.call(method, one(application, path))).status).toBe(401);
  }
  expect((await server.call('POST', '/applications', { name: 'x' })).status).toBe(401);
  expect(applicationsIn(server)).toHaveLength(1);
});

test('a changed name or description is kept; the bot keeps its own name', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { application, bot } = await madeBy(anna);
  const changed = { ...application, name: 'Pong', description: 'new' };
  const patch = { name: 'Pong', description: 'new', owner_id: bot.id, bot_public: false };
  expect(await anna.does('PATCH', one(application), patch)).toEqual(changed);
  expect(await anna.does('PATCH', '/applications/@me', {})).toEqual(changed);
  const cleared = await anna.does('PATCH', '/applications/@me', { description: null });
  expect(cleared).toEqual({ ...changed, description: '' });
  expect((await bot.does('GET', '/users/@me')).username).toBe('Ping Bot');
  await anna.isRefused(400, 'PATCH', one(application), { name: ' ' });
  await anna.isRefused(422, 'PATCH', one(application), { name: 7 });
});

test('a new token ends the old one and its sockets at once', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  const { application, bot } = await madeBy(owner);
  await bot.joins(space);
  const [bots] = await listening([bot]);
  const { token } = await owner.does('POST', one(application, '/reset-token'));
  expect(token).not.toBe(bot.token);
  expect(await bots.closes()).toBe(4004);
  await bot.isRefused(401, 'GET', '/users/@me');
  bot.token = token;
  await bot.does('GET', '/users/@me');
  const again = await owner.does('POST', '/applications/@me/reset-token');
  await bot.isRefused(401, 'GET', '/users/@me');
  bot.token = again.token;
  await bot.listens();
});

test('deleting one takes the bot out of every space and keeps what it wrote', async () => {
  await using server = await startTest();
  const { owner, space, general, bob } = await world(server, 'olga', 'bob');
  const { application, bot } = await madeBy(owner);
  await bot.joins(space);
  const said = await bot.says(general, 'I was here');
  const bots = await bot.listens();
  const [bobs] = await listening([bob], ['members', 'messages']);
  await owner.does('DELETE', one(application));
  expect(await bots.closes()).toBe(4004);
  await bot.isRefused(401, 'GET', '/users/@me');
  await bobs.hears('member.leave', ({ user_id }) => user_id === bot.id);
  const read = await bob.does('GET', `/channels/${general.id}/messages/${said.id}`);
  expect(read).toMatchObject({ content: 'I was here', author_id: bot.id });
  const author = await bob.does('GET', `/users/${bot.id}`);
  expect(author.display_name).toBe('Ping Bot');
  await owner.isRefused(404, 'GET', one(application));
  await owner.isRefused(404, 'GET', '/applications/@me');
  // The name is free again.
  await madeBy(owner, 'Ping');
});

test('what was denied to a bot goes with its application, also where it had left', async () => {
  await using server = await startTest();
  const { owner, space, general, bob } = await world(server, 'olga', 'bob');
  const { application, bot } = await madeBy(owner);
  await bot.joins(space);
  for (const { id } of [bot, bob]) {
    const mute = { type: 'member', allow: [], deny: ['send_messages'] };
    await owner.does('PUT', `/channels/${general.id}/permissions/${id}`, mute);
  }
  await bot.does('DELETE', `/spaces/${space.id}/members/@me`);
  const denied = async (): Promise<string[]> =>
    (await owner.does('GET', `/channels/${general.id}/permissions`)).map((one: any) => one.id);
  expect((await denied()).toSorted()).toEqual([bot.id, bob.id].toSorted());
  await owner.does('DELETE', one(application));
  while (await server.turn(clearSlice));
  expect(await denied()).toEqual([bob.id]);
});

test('a bot in many spaces leaves them in slices', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const anna = await server.person('anna');
  const { application, bot } = await madeBy(anna);
  const { space } = await anna.founds('Home');
  await bot.joins(space);
  await server.turn(({ tx, now, id }) => {
    for (let n = 0; n < 45; n += 1) {
      const space_id = id();
      tx.sqlite
        .query('INSERT INTO spaces (id, name, slug, owner_id, created_at) VALUES (?, ?, ?, ?, ?)')
        .run(space_id, `s${n}`, `s-${n}`, anna.id, now);
      tx.sqlite
        .query(
          'INSERT INTO roles (id, space_id, name, position, permissions) VALUES (?, ?, ?, 0, ?)',
        )
        .run(id(), space_id, '@everyone', '[]');
      tx.sqlite
        .query('INSERT INTO members (space_id, user_id, joined_at) VALUES (?, ?, ?)')
        .run(space_id, bot.id, now);
    }
  });
  await anna.does('DELETE', one(application));
  const left = () =>
    server.app.db.sqlite
      .query<{ n: number }, [string]>('SELECT count(*) AS n FROM members WHERE user_id = ?')
      .get(bot.id)?.n;
  // Twenty of forty-six in the turn of the deletion.
  expect(left()).toBe(26);
  await clock.pass(1_000);
  await until(async () => left() === 0);
});

test('an application whose bot owns a space stays until that is gone', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { application, bot } = await madeBy(anna);
  const { space } = await bot.founds('Robots');
  await anna.isRefused(400, 'DELETE', one(application));
  await bot.does('DELETE', `/spaces/${space.id}`);
  await anna.does('DELETE', one(application));
});
