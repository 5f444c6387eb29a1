import { expect, test } from 'bun:test';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';

const settings = { ACCORD_TEST_MODE: 'true' };

async function seeded(server: TestServer) {
  const { status, data } = await server.call('POST', '//test/seed', {});
  expect(status).toBe(200);
  const user = new Person(server, { ...data.user, name: 'test_user' });
  const bot = new Person(server, { ...data.bot, name: 'bot' });
  bot.scheme = 'Bot';
  return { data, user, bot };
}

test('the seed is what the clients’ test suites start from', async () => {
  await using server = await startTest({ settings });
  const { data, user, bot } = await seeded(server);
  expect(data).toEqual({
    user: {
      id: user.id,
      username: 'test_user',
      token: expect.stringMatching(/^[0-9a-f]{64}$/),
      token_type: 'Bearer',
    },
    bot: {
      id: bot.id,
      username: 'TestBot Bot',
      token: expect.stringMatching(/^[0-9a-f]{64}$/),
      token_type: 'Bot',
      application_id: expect.any(String),
    },
    space: {
      id: expect.any(String),
      name: 'Test Space',
      slug: 'test-space',
      owner_id: user.id,
    },
    channels: [
      expect.objectContaining({ name: 'general', type: 'text' }),
      expect.objectContaining({ name: 'testing', type: 'text', topic: 'Test channel' }),
    ],
    plugin: {
      id: expect.any(String),
      name: 'Test Plugin',
      type: 'activity',
      runtime: 'scripted',
      version: '1.0.0',
      space_id: data.space.id,
    },
  });
  expect(await user.does('GET', '/users/@me')).toMatchObject({
    username: 'test_user',
    display_name: 'Test User',
    is_admin: false,
  });
  expect(await bot.does('GET', '/users/@me')).toMatchObject({ id: bot.id, bot: true });
  const members = await bot.does('GET', `/spaces/${data.space.id}/members`);
  const roles = members.find(({ user_id }: any) => user_id === bot.id).roles;
  expect(roles).toEqual([]);
});

test('the plugin of the seed is listed like any other', async () => {
  await using server = await startTest({ settings });
  const { data, user, bot } = await seeded(server);
  const at = `/spaces/${data.space.id}/plugins`;
  const [plugin, ...others] = await user.does('GET', at);
  expect(others).toEqual([]);
  expect(plugin).toMatchObject({
    ...data.plugin,
    creator_id: user.id,
    lobby: true,
    max_participants: 8,
    max_spectators: -1,
    canvas_size: [480, 360],
  });
  // Clients break on text that is null.
  for (const [key, value] of Object.entries(plugin)) {
    expect({ key, isNull: value === null }).toEqual({ key, isNull: false });
  }
  expect(await bot.does('GET', `${at}?type=activity`)).toEqual([plugin]);
  expect(await bot.does('GET', `${at}?type=bot`)).toEqual([]);
  expect(await bot.does('GET', `${at}?type=nonsense`)).toEqual([]);
  expect(await bot.does('GET', `${at}?after=${plugin.id}`)).toEqual([]);
});

test('every call gives the same ids and new tokens, and ends the old ones', async () => {
  await using server = await startTest({ settings });
  const first = await seeded(server);
  await first.user.does('POST', '/spaces', { name: 'Test Space' });
  await first.user.does('PATCH', '/users/@me', { display_name: 'Updated Name' });
  const ears = await first.bot.listens();
  const second = await seeded(server);
  const ids = ({ data }: typeof first) => [
    data.user.id,
    data.bot.id,
    data.bot.application_id,
    data.space.id,
    data.plugin.id,
    ...data.channels.map(({ id }: any) => id),
  ];
  expect(ids(second)).toEqual(ids(first));
  expect(await ears.closes()).toBe(4004);
  for (const who of [first.user, first.bot]) await who.isRefused(401, 'GET', '/users/@me');
  for (const who of [second.user, second.bot]) await who.does('GET', '/users/@me');
});

test('what a test has taken away is made again', async () => {
  await using server = await startTest({ settings });
  const first = await seeded(server);
  for (const { id } of first.data.channels) await first.user.does('DELETE', `/channels/${id}`);
  await first.user.does('PUT', `/spaces/${first.data.space.id}/bans/${first.bot.id}`);
  await first.user.does('DELETE', `/spaces/${first.data.space.id}/bans/${first.bot.id}`);
  const second = await seeded(server);
  const names = second.data.channels.map(({ name }: any) => name);
  expect(names).toEqual(['general', 'testing']);
  await second.bot.says(second.data.channels[0], 'back again');
});

test('without test mode the path does not exist', async () => {
  await using server = await startTest();
  for (const method of ['POST', 'GET']) {
    const reply = await fetch(`${server.origin}/test/seed`, { method });
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ error: { code: 'not_found' } });
  }
  const { body: document } = await server.call('GET', '/openapi.json');
  expect(Object.keys(document.paths)).not.toContain('/test/seed');
  const rows = server.app.db.sqlite.query("SELECT * FROM users WHERE username = 'test_user'").all();
  expect(rows).toEqual([]);
});

test('a seed that cannot be laid says so', async () => {
  await using server = await startTest({ settings });
  const { data, user } = await seeded(server);
  await user.does('PUT', `/spaces/${data.space.id}/bans/${data.bot.id}`);
  const reply = await server.call('POST', '//test/seed', {});
  expect({ status: reply.status, code: reply.code }).toEqual({ status: 500, code: 'seed_failed' });
});
