// Friends, requests and blocks: each side has its own, and nobody learns of another's block.
import { expect, test } from 'bun:test';
import { admitsConversation } from '../../src/features/people/relationships/policy.ts';
import { blocksChanged } from '../../src/features/people/relationships/events.ts';
import { isBlockBetween } from '../../src/access/conversations.ts';
import { findRelation } from '../../src/features/people/relationships/queries.ts';
import type { Db } from '../../src/db/open.ts';
import { findUser } from '../../src/features/people/users/queries.ts';
import { consequence } from '../../src/consequence.ts';
import { feature } from '../../src/features/feature.ts';
import { features } from '../../src/features.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import { Guest } from '../support/guest.ts';
import type { Person } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { asks, befriend, blocks, botOf, drops, sideOf, strangers } from '../support/strangers.ts';
import { listening, world } from '../support/world.ts';

/** No intents at all: relationships need none. */
const none: string[] = [];

/** Anna, bob and cleo share nothing; all listen. */
async function three(server: TestServer) {
  const people = await strangers(server, 'anna', 'bob', 'cleo');
  const ears = await listening(people, none);
  return { people, ears };
}

/** What was heard of relationships: the name of the event, whom it is about, and the type. */
async function heard(ears: Ears): Promise<string[]> {
  return (await ears.unread()).map(({ type = '', data }) => {
    const who = data['user']?.username ?? data['user_id'];
    return [type.replace('relationship.', ''), who, data['type']].filter(Boolean).join(' ');
  });
}

/** Whether `by_id` has blocked the other one, by its row. */
const isBlockedBy = (db: Db, user_id: string, by_id: string) =>
  findRelation(db, by_id, user_id)?.type === 2;

test('a request comes to the other, and is accepted by asking back; a third hears nothing', async () => {
  await using server = await startTest();
  const { people, ears } = await three(server);
  const [anna, bob] = people;
  const [annas, bobs, cleos] = ears;
  const desk = await anna.listens(none);
  const asked = await asks(anna, bob);
  expect(asked).toEqual({
    id: bob.id,
    user: { id: bob.id, username: 'bob', display_name: 'bob', avatar: null },
    type: 4,
    since: expect.stringMatching(/^\d{4}-.*T.*Z$/),
  });
  const [frame] = await annas.hearsExactly('relationship.add');
  expect(frame?.data).toEqual(asked);
  expect(await heard(desk)).toEqual(['add bob 4']);
  expect(await heard(bobs)).toEqual(['add anna 3']);
  const accepted = await asks(bob, anna);
  expect(accepted).toMatchObject({
    id: anna.id,
    type: 1,
    user: { status: 'online', activities: [] },
  });
  expect((await bobs.hearsExactly('relationship.update'))[0]?.data).toEqual(accepted);
  expect(await heard(annas)).toEqual(['update bob 1']);
  expect(await heard(desk)).toEqual(['update bob 1']);
  expect([await sideOf(anna), await sideOf(bob)]).toEqual([{ bob: 1 }, { anna: 1 }]);
  expect(await asks(anna, bob)).toMatchObject({ type: 1 });
  for (const one of [annas, bobs, desk, cleos]) await one.hearsNothing();
});

test('a request that stands is told again, and stays as it is', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { people, ears } = await three(server);
  const [anna, bob] = people;
  const [annas, bobs, cleos] = ears;
  const first = await asks(anna, bob);
  await clock.pass(5_000);
  expect(await asks(anna, bob)).toEqual(first);
  expect(await heard(annas)).toEqual(['add bob 4', 'add bob 4']);
  expect(await heard(bobs)).toEqual(['add anna 3', 'add anna 3']);
  await cleos.hearsNothing();
});

test('whoever removes something removes both sides: declined, taken back, ended', async () => {
  await using server = await startTest();
  const { people, ears } = await three(server);
  const [anna, bob] = people;
  const [annas, bobs, cleos] = ears;
  const before: (() => Promise<unknown>)[] = [
    () => asks(anna, bob),
    () => asks(bob, anna),
    () => befriend(anna, bob),
  ];
  for (const make of before) {
    await make();
    for (const one of [annas, bobs]) await one.unread();
    const reply = await anna.call('DELETE', `/users/@me/relationships/${bob.id}`);
    expect([reply.status, reply.body]).toEqual([200, {}]);
    expect(await heard(annas)).toEqual([`remove ${bob.id}`]);
    expect(await heard(bobs)).toEqual([`remove ${anna.id}`]);
    expect([await sideOf(anna), await sideOf(bob)]).toEqual([{}, {}]);
    await anna.isRefused(404, 'DELETE', `/users/@me/relationships/${bob.id}`);
    await bob.isRefused(404, 'DELETE', `/users/@me/relationships/${anna.id}`);
    for (const one of [annas, bobs]) await one.hearsNothing();
  }
  await cleos.hearsNothing();
});

test('a block takes away what the other had, which looks like any other end', async () => {
  await using server = await startTest();
  const { people, ears } = await three(server);
  const [anna, bob] = people;
  const [annas, bobs, cleos] = ears;
  const before: [had: boolean, make: () => Promise<unknown>][] = [
    [false, async () => {}],
    [true, () => asks(anna, bob)],
    [true, () => asks(bob, anna)],
    [true, () => befriend(anna, bob)],
  ];
  for (const [had, make] of before) {
    await make();
    for (const one of [annas, bobs]) await one.unread();
    expect(await blocks(anna, bob)).toMatchObject({ id: bob.id, type: 2 });
    expect(await heard(annas)).toEqual(['add bob 2']);
    expect(await heard(bobs)).toEqual(had ? [`remove ${anna.id}`] : []);
    expect([await sideOf(anna), await sideOf(bob)]).toEqual([{ bob: 2 }, {}]);
    expect(await blocks(anna, bob)).toMatchObject({ type: 2 });
    await annas.hearsNothing();
    // Of the block one learns by asking, and by nothing else.
    await bob.isRefused(403, 'PUT', `/users/@me/relationships/${anna.id}`, { type: 1 });
    await bob.isRefused(404, 'DELETE', `/users/@me/relationships/${anna.id}`);
    expect(await bob.does('GET', `/users/${anna.id}/mutual-friends`)).toEqual([]);
    await drops(anna, bob);
    expect(await heard(annas)).toEqual([`remove ${bob.id}`]);
    await bobs.hearsNothing();
  }
  await cleos.hearsNothing();
});

test('two blocks are two: neither ends the other, nor is told of it', async () => {
  await using server = await startTest();
  const { people, ears } = await three(server);
  const [anna, bob] = people;
  const [annas, bobs] = ears;
  await blocks(anna, bob);
  await annas.unread();
  await blocks(bob, anna);
  expect(await heard(bobs)).toEqual(['add anna 2']);
  await annas.hearsNothing();
  expect([await sideOf(anna), await sideOf(bob)]).toEqual([{ bob: 2 }, { anna: 2 }]);
  // Refused as a whole: the own block stays.
  await anna.isRefused(403, 'PUT', `/users/@me/relationships/${bob.id}`, { type: 1 });
  expect(await sideOf(anna)).toEqual({ bob: 2 });
  const { db } = server.app;
  expect([isBlockedBy(db, bob.id, anna.id), isBlockedBy(db, anna.id, bob.id)]).toEqual([
    true,
    true,
  ]);
  await drops(anna, bob);
  expect(await heard(annas)).toEqual([`remove ${bob.id}`]);
  await bobs.hearsNothing();
  expect([await sideOf(anna), await sideOf(bob)]).toEqual([{}, { anna: 2 }]);
  expect([isBlockedBy(db, bob.id, anna.id), isBlockBetween(db, bob.id, anna.id)]).toEqual([
    false,
    true,
  ]);
  await anna.isRefused(403, 'PUT', `/users/@me/relationships/${bob.id}`, { type: 1 });
  await drops(bob, anna);
  expect(isBlockBetween(db, anna.id, bob.id)).toBe(false);
});

test('a block is told in the same words by everything that it hinders, to both', async () => {
  await using server = await startTest();
  const [anna, bob] = await strangers(server, 'anna', 'bob');
  const { id } = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  const said = await anna.says({ id }, 'hello');
  await blocks(anna, bob);
  for (const [one, other] of [
    [anna, bob],
    [bob, anna],
  ] as const) {
    const refused = [
      await one.isRefused(403, 'POST', '/users/@me/channels', { recipient_id: other.id }),
      await one.isRefused(403, 'POST', `/channels/${id}/messages`, { content: 'hello' }),
      await one.isRefused(403, 'POST', `/channels/${id}/typing`, {}),
      await one.isRefused(403, 'PUT', `/channels/${id}/pins/${said.id}`),
      await one.isRefused(403, 'PUT', `/channels/${id}/messages/${said.id}/reactions/heart/@me`),
      await one.isRefused(403, 'POST', `/channels/${id}/call/ring`, {}),
    ];
    const texts = new Set(refused.map(({ body }) => body.error.message));
    expect([...texts]).toEqual(['You cannot talk to this account.']);
  }
});

test('a disabled account is not asked, and stays the friend that it was', async () => {
  await using server = await startTest();
  const [anna, bob, cleo] = await strangers(server, 'anna', 'bob', 'cleo');
  await befriend(anna, bob);
  await server.turn(({ tx }) => {
    tx.sqlite.run('UPDATE users SET disabled = 1 WHERE id = ?', [bob.id]);
  });
  await cleo.isRefused(403, 'PUT', `/users/@me/relationships/${bob.id}`, { type: 1 });
  expect(await sideOf(cleo)).toEqual({});
  expect(await asks(anna, bob)).toMatchObject({ type: 1 });
});

test('asking somebody whom one has blocked unblocks them', async () => {
  await using server = await startTest();
  const { people, ears } = await three(server);
  const [anna, bob] = people;
  const [annas, bobs] = ears;
  await blocks(anna, bob);
  await annas.unread();
  expect(await asks(anna, bob)).toMatchObject({ type: 4 });
  expect(await heard(annas)).toEqual(['add bob 4']);
  expect(await heard(bobs)).toEqual(['add anna 3']);
  await asks(bob, anna);
  expect(await sideOf(anna)).toEqual({ bob: 1 });
});

test('each block that comes or goes is signalled with its rows changed, and nothing else is', async () => {
  const told: [user_id: string, target_id: string, blocked: boolean][] = [];
  const listener = feature({
    name: 'listener',
    modules: [
      {
        hear: consequence(blocksChanged, ({ tx }, { user_id, target_id }) => {
          told.push([user_id, target_id, isBlockedBy(tx, target_id, user_id)]);
        }),
      },
    ],
  });
  await using server = await startTest({ features: [...features, listener] });
  const [anna, bob] = await strangers(server, 'anna', 'bob');
  await befriend(anna, bob);
  await blocks(anna, bob);
  await blocks(anna, bob);
  await blocks(bob, anna);
  await drops(bob, anna);
  await asks(anna, bob);
  await drops(bob, anna);
  expect(told).toEqual([
    [anna.id, bob.id, true],
    [bob.id, anna.id, true],
    [bob.id, anna.id, false],
    [anna.id, bob.id, false],
  ]);
});

test('nobody is a friend of oneself, of nobody, of the server or of a bot', async () => {
  await using server = await startTest();
  const [anna, bob] = await strangers(server, 'anna', 'bob');
  const path = (id: string) => `/users/@me/relationships/${id}`;
  const system = server.app.db.sqlite
    .rows({ id: 'text' }, 'SELECT id FROM users WHERE system = 1')
    .get()?.id;
  for (const type of [1, 2]) {
    await anna.isRefused(400, 'PUT', path(anna.id), { type });
    const unknown = await anna.isRefused(404, 'PUT', path('99999999999'), { type });
    expect(unknown.body.error.message).toContain('unknown_user');
    await anna.isRefused(400, 'PUT', path(system ?? ''), { type });
  }
  for (const type of [0, 3, 4]) await anna.isRefused(400, 'PUT', path(bob.id), { type });
  await anna.isRefused(422, 'PUT', path(bob.id), { type: '1' });
  await anna.isRefused(422, 'PUT', path(bob.id), {});
  expect([await sideOf(anna), await sideOf(bob)]).toEqual([{}, {}]);
});

test('bots can be blocked and can block, and have no friends', async () => {
  await using server = await startTest();
  const [anna, bob] = await strangers(server, 'anna', 'bob');
  const bot = await botOf(anna);
  await bob.isRefused(400, 'PUT', `/users/@me/relationships/${bot.id}`, { type: 1 });
  await bot.isRefused(403, 'PUT', `/users/@me/relationships/${bob.id}`, { type: 1 });
  await blocks(bob, bot);
  await blocks(bot, bob);
  expect(Object.values(await sideOf(bob))).toEqual([2]);
  expect(Object.values(await sideOf(bot))).toEqual([2]);
  await bob.isRefused(400, 'PUT', `/users/@me/relationships/${bot.id}`, { type: 1 });
  await drops(bob, bot);
  expect(await sideOf(bob)).toEqual({});
});

test('a guest has no friends and makes none', async () => {
  await using server = await startTest();
  const { space, bob } = await world(server, 'anna', 'bob');
  const guest = await Guest.enter(server, space);
  expect(await guest.reads('/users/@me/relationships')).toEqual([]);
  for (const [method, path] of [
    ['PUT', `/users/@me/relationships/${bob.id}`],
    ['DELETE', `/users/@me/relationships/${bob.id}`],
    ['GET', `/users/${bob.id}/mutual-friends`],
  ] as const) {
    expect(
      (await guest.call(method, path, method === 'PUT' ? { type: 1 } : undefined)).status,
    ).toBe(403);
  }
});

test('the list is newest first, and comes in pages', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const [anna, ...others] = await strangers(server, 'anna', 'bob', 'cleo', 'dora');
  for (const other of others) {
    await asks(anna, other);
    await clock.pass(1_000);
  }
  const [bob, cleo] = others;
  await asks(cleo, anna);
  const names = async (query: string) =>
    (await anna.does('GET', `/users/@me/relationships${query}`)).map(
      (one: any) => one.user.username,
    );
  expect(await names('')).toEqual(['cleo', 'dora', 'bob']);
  expect(await names('?limit=2')).toEqual(['cleo', 'dora']);
  expect(await names(`?limit=2&after=${others[2].id}`)).toEqual(['bob']);
  expect(await names(`?after=${bob.id}`)).toEqual([]);
});

test('mutual friends are friends of both, as others see them', async () => {
  await using server = await startTest();
  const [anna, bob, cleo, dora] = await strangers(server, 'anna', 'bob', 'cleo', 'dora');
  await befriend(anna, cleo);
  await befriend(bob, cleo);
  await befriend(anna, bob);
  await asks(anna, dora);
  await befriend(bob, dora);
  expect(await anna.does('GET', `/users/${bob.id}/mutual-friends`)).toEqual([
    await anna.does('GET', `/users/${cleo.id}`),
  ]);
  await drops(cleo, bob);
  expect(await anna.does('GET', `/users/${bob.id}/mutual-friends`)).toEqual([]);
});

test('friends are found by the beginning of their name, strangers by the whole one', async () => {
  await using server = await startTest();
  const [anna, bob] = await strangers(server, 'anna', 'bobby');
  const found = async (query: string) =>
    (await anna.does('GET', `/users/search?query=${query}`)).map(({ id }: any) => id);
  expect([await found('bob'), await found('bobby')]).toEqual([[], [bob.id]]);
  await asks(anna, bob);
  expect(await found('bob')).toEqual([]);
  await asks(bob, anna);
  expect(await found('bob')).toEqual([bob.id]);
  await blocks(bob, anna);
  expect([await found('bob'), await found('bobby')]).toEqual([[], [bob.id]]);
});

test('what happened while one was away is told on RESUME, and nothing of others', async () => {
  await using server = await startTest();
  const { people, ears } = await three(server);
  const [anna, bob, cleo] = people;
  const stand = await dropped(ears[1]);
  await asks(anna, bob);
  await asks(cleo, anna);
  await blocks(cleo, bob);
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed.map(({ type, data }) => [type, data['id'], data['type']])).toEqual([
    ['relationship.add', anna.id, 3],
  ]);
});

test('READY holds the own side, and that of guests is empty', async () => {
  await using server = await startTest();
  const { space } = await world(server, 'olga');
  const [anna, bob, cleo, dora] = await strangers(server, 'anna', 'bob', 'cleo', 'dora');
  await befriend(anna, bob);
  await asks(cleo, anna);
  await blocks(anna, dora);
  for (const one of [anna, bob, cleo, dora]) {
    const { ready } = await one.listens(none);
    expect(ready['relationships']).toEqual(await one.does('GET', '/users/@me/relationships'));
  }
  const annas = await anna.listens(none);
  expect(annas.ready['relationships'].map(({ type }: any) => type)).toEqual([2, 3, 1]);
  const guest = await Guest.enter(server, space);
  expect((await guest.listens()).ready['relationships']).toEqual([]);
});

test('a list that READY has no room for follows it', async () => {
  await using server = await startTest();
  const [anna] = await strangers(server, 'anna');
  const ids = await fill(server, anna, 900, 2);
  const ears = await Ears.open(server.gateway);
  ears.send(2, { token: anna.authorization, intents: none });
  ears.ready = (await ears.hears('ready')).data;
  // The account again, with a number, is the last of it.
  await ears.hears('user.update');
  const later = ears.frames.filter(({ type }) => type === 'relationship.add');
  const shown = [...ears.ready['relationships'], ...later.map(({ data }) => data)];
  expect(later.length).toBeGreaterThan(0);
  expect(shown).toHaveLength(ids.length);
  expect(new Set(shown.map(({ id }) => id))).toEqual(new Set(ids));
});

/** So many others on somebody's side, and the counterpart on theirs, as rows. */
function fill(server: TestServer, person: Person, count: number, type: number): Promise<string[]> {
  return server.turn(({ tx, id, now }) => {
    const ids = Array.from({ length: count }, () => id());
    const user = tx.sqlite.query(
      "INSERT INTO users (id, username, folded_name, created_at) VALUES (?, ?, '', ?)",
    );
    const side = tx.sqlite.query(
      'INSERT INTO relationships (user_id, target_id, type, since) VALUES (?, ?, ?, ?)',
    );
    for (const other of ids) {
      user.run(other, `x${other}`, now);
      side.run(person.id, other, type, now);
      if (type !== 2) side.run(other, person.id, 7 - type, now);
    }
    return ids;
  });
}

test('a full list takes nothing more until something goes', async () => {
  await using server = await startTest();
  const [anna, bob, cleo] = await strangers(server, 'anna', 'bob', 'cleo');
  await asks(cleo, anna);
  const [first = ''] = await fill(server, anna, 999, 2);
  for (const type of [1, 2]) {
    const refused = await anna.isRefused(400, 'PUT', `/users/@me/relationships/${bob.id}`, {
      type,
    });
    expect(refused.body.error.message).toContain('1000');
  }
  await bob.isRefused(400, 'PUT', `/users/@me/relationships/${anna.id}`, { type: 1 });
  // Of a block of theirs nothing stands on one's own side.
  await blocks(bob, anna);
  await drops(bob, anna);
  // What is there already only becomes something else.
  await asks(anna, cleo);
  await blocks(anna, cleo);
  expect(await anna.does('GET', '/users/@me/relationships')).toHaveLength(1_000);
  await drops(anna, { id: first });
  await asks(bob, anna);
});

test('requests of others fill a part of the list only', async () => {
  await using server = await startTest();
  const [anna, bob, cleo] = await strangers(server, 'anna', 'bob', 'cleo');
  const [first = ''] = await fill(server, anna, 200, 3);
  await bob.isRefused(400, 'PUT', `/users/@me/relationships/${anna.id}`, { type: 1 });
  await asks(anna, cleo);
  await blocks(anna, cleo);
  await drops(anna, { id: first });
  await asks(bob, anna);
});

test('requests are limited by time, for each account and for each whom it asks', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const [anna, bob, cleo] = await strangers(server, 'anna', 'bob', 'cleo');
  const path = `/users/@me/relationships/${bob.id}`;
  for (let n = 0; n < 10; n += 1) await asks(anna, bob);
  const refused = await anna.isRefused(429, 'PUT', path, { type: 1 });
  expect(refused.body.error.retry_after).toBe(86_400);
  // Clients would sleep it out.
  expect(refused.headers.get('retry-after')).toBeNull();
  await asks(bob, anna);
  await drops(anna, bob);
  await anna.isRefused(429, 'PUT', path, { type: 1 });
  await blocks(anna, bob);
  const others = await server.turn(({ tx, id, now }) =>
    Array.from({ length: 40 }, () => {
      const one = id();
      tx.sqlite
        .query("INSERT INTO users (id, username, folded_name, created_at) VALUES (?, ?, '', ?)")
        .run(one, `x${one}`, now);
      return one;
    }),
  );
  for (const id of others) await asks(anna, { id });
  await anna.isRefused(429, 'PUT', `/users/@me/relationships/${cleo.id}`, { type: 1 });
  await asks(cleo, bob);
  await clock.pass(3_600_000);
  await asks(anna, cleo);
});

test('client test suites have no limit of requests', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'true' } });
  const [anna, bob] = await strangers(server, 'anna', 'bob');
  for (let n = 0; n < 60; n += 1) await asks(anna, bob);
  expect(await sideOf(bob)).toEqual({ anna: 3 });
});

test('who may open a conversation is one’s own choice, and for nobody else to see', async () => {
  await using server = await startTest();
  const { anna, bob, cleo } = await world(server, 'anna', 'bob', 'cleo');
  const [dora, emil] = await strangers(server, 'dora', 'emil');
  await befriend(anna, dora);
  const desk = await anna.listens();
  const others = await listening([bob, dora]);
  await desk.unread();
  expect(desk.ready['user'].dm_policy).toBe('everyone');
  const admitted = () => {
    const row = findUser(server.app.db, anna.id);
    if (row === undefined) throw new Error('anna is gone');
    return [bob, cleo, dora, emil]
      .filter(({ id }) => admitsConversation(server.app.db, row, id))
      .map(({ name }) => name);
  };
  expect(admitted()).toEqual(['bob', 'cleo', 'dora', 'emil']);
  for (const [policy, names] of [
    ['spaces', ['bob', 'cleo', 'dora']],
    ['friends', ['dora']],
  ] as const) {
    const own = await anna.does('PATCH', '/users/@me', { dm_policy: policy });
    expect(own.dm_policy).toBe(policy);
    expect(await anna.does('GET', '/users/@me')).toEqual(own);
    expect((await desk.hearsExactly('user.update'))[0]?.data).toEqual(own);
    expect(admitted()).toEqual([...names]);
  }
  expect((await anna.listens()).ready['user'].dm_policy).toBe('friends');
  for (const ears of others) {
    const told = await ears.unread();
    expect(told.filter(({ type }) => type === 'user.update')).toEqual([]);
  }
  for (const one of [bob, dora]) {
    expect(await one.does('GET', `/users/${anna.id}`)).not.toHaveProperty('dm_policy');
  }
  await anna.isRefused(400, 'PATCH', '/users/@me', { dm_policy: 'nobody' });
});
