import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

test('anybody joins a public space by id or slug, once; a private one takes nobody', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const [annas, bobs, cleos] = [await anna.listens(), await bob.listens(), await cleo.listens()];
  for (const ears of [annas, bobs, cleos]) await ears.unread();
  const joined = await cleo.call('POST', `/spaces/${space.slug}/join`);
  expect([joined.status, joined.body]).toEqual([200, { data: { space_id: space.id } }]);
  const member = await anna.does('GET', `/spaces/${space.id}/members/${cleo.id}`);
  for (const ears of [annas, bobs]) {
    const told = await ears.hears('member.join');
    expect(told.data).toEqual(member);
    expect(Object.keys(told.data['user'])).not.toContain('is_admin');
  }
  const first = await cleos.unread();
  expect(first.map(({ type }) => type).slice(0, 2)).toEqual(['space.create', 'member.join']);
  expect(first[0]?.data).toEqual(space);
  // Those who know each other already are shown nothing anew.
  for (const ears of [annas, bobs]) await ears.unread();
  expect(await cleo.does('POST', `/spaces/${space.id}/join`)).toEqual({ space_id: space.id });
  for (const ears of [annas, bobs, cleos]) await ears.hearsNothing();
  expect((await server.call('POST', `/spaces/${space.id}/join`)).status).toBe(401);
  await cleo.isRefused(404, 'POST', '/spaces/1/join');
  await anna.does('PATCH', `/spaces/${space.id}`, { public: false });
  const dora = await server.person('dora');
  await dora.isRefused(403, 'POST', `/spaces/${space.id}/join`);
  await server.admin.isRefused(403, 'POST', `/spaces/${space.id}/join`);
  // Who is in already may say so again.
  await cleo.does('POST', `/spaces/${space.id}/join`);
});

test('who joins hears of the space’s channels and roles, and from then on what happens there', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const cleos = await cleo.listens();
  await cleo.joins(space);
  const types = (await cleos.unread()).map(({ type }) => type);
  expect(types.filter((type) => type === 'role.create')).toHaveLength(3);
  expect(types.filter((type) => type === 'channel.create')).toHaveLength(1);
  const sent = await anna.says(general, 'hello');
  const heard = await cleos.hears('message.create');
  expect(heard.data).toEqual(sent);
});

test('the banned do not join', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  server.app.db.sqlite.run('INSERT INTO bans (space_id, user_id, created_at) VALUES (?, ?, 0)', [
    space.id,
    cleo.id,
  ]);
  const annas = await anna.listens();
  await annas.unread();
  await cleo.isRefused(403, 'POST', `/spaces/${space.id}/join`);
  await annas.hearsNothing();
});

test('a newcomer is welcomed once, in the channel that the space has for it', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  await anna.does('PATCH', `/spaces/${space.id}`, { system_channel_id: general.id });
  await cleo.does('PATCH', '/users/@me', { display_name: 'Cleo C.' });
  const annas = await anna.listens();
  await annas.unread();
  await cleo.joins(space);
  await annas.hears('member.join');
  const { data } = await annas.hears('message.create');
  expect(data).toMatchObject({
    type: 'member_join',
    author_id: cleo.id,
    channel_id: general.id,
    content: 'Cleo C. joined the server.',
    mentions: [],
  });
  expect((await anna.does('GET', `/channels/${general.id}`)).last_message_id).toBe(data['id']);
  await cleo.does('DELETE', `/spaces/${space.id}/members/@me`);
  await cleo.joins(space);
  const messages = await anna.does('GET', `/channels/${general.id}/messages`);
  expect(messages).toHaveLength(1);
});

test('without a channel for it nobody is welcomed', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const annas = await anna.listens();
  await annas.unread();
  await cleo.joins(space);
  await annas.hearsExactly('member.join', 'audit_log.create');
  expect(await anna.does('GET', `/channels/${general.id}/messages`)).toEqual([]);
});

test('nobody is welcomed where nobody could post, and later in the channel that follows', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const channels = `/spaces/${space.id}/channels`;
  const category = await anna.does('POST', channels, { name: 'Talk', type: 'category' });
  const closed = await anna.does('POST', channels, { name: 'closed' });
  await anna.does('PATCH', `/channels/${closed.id}`, { archived: true });
  const bobs = await bob.listens(['messages']);
  for (const { id } of [category, closed]) {
    await anna.does('PATCH', `/spaces/${space.id}`, { system_channel_id: id });
    await cleo.joins(space);
    expect(await anna.does('GET', `/channels/${id}/messages`)).toEqual([]);
    await cleo.does('DELETE', `/spaces/${space.id}/members/@me`);
  }
  await bobs.hearsNothing();
  await anna.does('PATCH', `/spaces/${space.id}`, { system_channel_id: general.id });
  await cleo.joins(space);
  const { data } = await bobs.hears('message.create');
  expect(data).toMatchObject({ type: 'member_join', channel_id: general.id });
});

test('of many who join at once each is a member once and welcomed once', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  await anna.does('PATCH', `/spaces/${space.id}`, { system_channel_id: general.id });
  const dora = await server.person('dora');
  await Promise.all(
    [cleo, dora, cleo, dora, cleo].map((person) => person.does('POST', `/spaces/${space.id}/join`)),
  );
  expect(await anna.does('GET', `/spaces/${space.id}/members`)).toHaveLength(4);
  expect(await anna.does('GET', `/channels/${general.id}/messages`)).toHaveLength(2);
});

test('a full space takes nobody more; registering goes on without the first space', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna');
  const bob = await server.person('bob');
  const cleo = await server.person('cleo');
  server.app.db.sqlite.run('UPDATE instance SET max_members_per_space = 2');
  expect((await anna.does('GET', `/spaces/${space.id}`)).max_members).toBe(2);
  await bob.joins(space);
  await cleo.isRefused(403, 'POST', `/spaces/${space.id}/join`);
  await bob.joins(space);
  const dora = await server.person('dora');
  expect(await dora.does('GET', '/users/@me/spaces')).toEqual([]);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await cleo.joins(space);
});

test('a space says how many members it may have, and has no more, whatever the server is set to', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna');
  const bob = await server.person('bob');
  const most = async () => (await anna.does('GET', `/spaces/${space.id}`)).max_members;
  const set = (count: number) =>
    server.app.db.sqlite.run('UPDATE instance SET max_members_per_space = ?', [count]);
  expect(await most()).toBe(500_000);
  set(1_000);
  expect(await most()).toBe(1_000);
  set(600_000);
  expect(await most()).toBe(500_000);
  const numbers = `WITH RECURSIVE each(n) AS
    (SELECT 1 UNION ALL SELECT n + 1 FROM each WHERE n < 499999)`;
  const { sqlite } = server.app.db;
  sqlite.run(`${numbers} INSERT INTO users (id, username, created_at) SELECT n, n, 0 FROM each`);
  sqlite.run(
    `${numbers} INSERT INTO members (space_id, user_id, joined_at) SELECT ?, n, 0 FROM each`,
    [space.id],
  );
  await bob.isRefused(403, 'POST', `/spaces/${space.id}/join`);
  await anna.does('DELETE', `/spaces/${space.id}/members/1`);
  await bob.joins(space);
}, 60_000);
