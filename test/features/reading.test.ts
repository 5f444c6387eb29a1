import { expect, test } from 'bun:test';
import type { Person } from '../support/person.ts';
import { fill } from '../support/crowd.ts';
import { startTest } from '../support/server.ts';
import { deny, rolesOf, world } from '../support/world.ts';

const contents = (list: { content: string }[]) => list.map(({ content }) => content).join('');

/** A page of messages as its texts, and whether there are more. */
async function page(person: Person, channel: { id: string }, query = '') {
  const { status, data, body } = await person.call(
    'GET',
    `/channels/${channel.id}/messages?${query}`,
  );
  expect(status).toBe(200);
  return [contents(data), body.cursor?.has_more];
}

test('messages come newest first, with a cursor and whether there are more', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  const path = `/channels/${general.id}/messages`;
  const empty = await bob.call('GET', path);
  expect(empty.body).toEqual({ data: [] });
  const sent: { id: string }[] = [];
  for (const content of ['1', '2', '3']) sent.push(await bob.says(general, content));
  const { data, body } = await bob.call('GET', `${path}?limit=2`);
  expect(data).toEqual([sent[2], sent[1]]);
  expect(body.cursor).toEqual({ after: sent[1]?.id, has_more: true });
  expect((await bob.call('GET', `${path}?limit=3`)).body.cursor.has_more).toBe(false);
});

test('one pages back with before, forth with after, and looks around; to the very ends', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  const ids = ['0'];
  for (const content of ['1', '2', '3', '4', '5']) ids.push((await bob.says(general, content)).id);
  const [, first, , third, , last] = ids;
  expect(await page(bob, general, `before=${third}`)).toEqual(['21', false]);
  expect(await page(bob, general, `before=${last}&limit=2`)).toEqual(['43', true]);
  expect(await page(bob, general, `before=${first}`)).toEqual(['', undefined]);
  expect(await page(bob, general, 'before=0')).toEqual(['', undefined]);
  expect(await page(bob, general, 'before=9223372036854775807&limit=1')).toEqual(['5', true]);
  expect(await page(bob, general, `after=${third}`)).toEqual(['45', false]);
  expect(await page(bob, general, `after=${first}&limit=2`)).toEqual(['23', true]);
  expect(await page(bob, general, 'after=0&limit=2')).toEqual(['12', true]);
  expect(await page(bob, general, `after=${last}`)).toEqual(['', undefined]);
  expect(await page(bob, general, `around=${third}&limit=3`)).toEqual(['432', true]);
  expect(await page(bob, general, `around=${third}&limit=1`)).toEqual(['3', true]);
  expect(await page(bob, general, `around=${first}&limit=4`)).toEqual(['321', false]);
  expect(await page(bob, general, `around=${last}&limit=2`)).toEqual(['5', true]);
  expect(await page(bob, general, 'around=9223372036854775807&limit=3')).toEqual(['54', true]);
  // An id that is gone or never was says where, too.
  await bob.does('DELETE', `/channels/${general.id}/messages/${third}`);
  expect(await page(bob, general, `before=${third}`)).toEqual(['21', false]);
  expect(await page(bob, general, `around=${third}&limit=4`)).toEqual(['5421', false]);
});

test('after and before together hold those between the two, in either order, page by page', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  const first = await bob.says(general, 'first');
  const thread = await bob.says(general, 'thread');
  const ids = ['0'];
  for (const content of ['1', '2', '3', '4', '5', '6']) {
    ids.push((await bob.says(general, content, { thread_id: thread.id })).id);
  }
  for (const content of ['1', '2', '3', '4', '5', '6']) await bob.says(general, content);
  const feed = await bob.does('GET', `/channels/${general.id}/messages?after=${thread.id}`);
  const inFeed = ['0', ...feed.map(({ id }: { id: string }) => id)];
  for (const [of, more] of [
    [ids, `thread_id=${thread.id}&`],
    [inFeed, ''],
  ] as const) {
    const between = (query: string, after = of[1], before = of[5]) =>
      page(bob, general, `${more}after=${after}&before=${before}${query}`);
    expect(await between('')).toEqual(['234', false]);
    expect(await between('&order=asc')).toEqual(['234', false]);
    expect(await between('&order=desc')).toEqual(['432', false]);
    expect(await between('&limit=2')).toEqual(['23', true]);
    expect(await between('&limit=2', of[3])).toEqual(['4', false]);
    expect(await between('&limit=2&order=desc')).toEqual(['43', true]);
    expect(await between('&limit=2&order=desc', of[1], of[3])).toEqual(['2', false]);
    expect(await between('', of[3], of[4])).toEqual(['', undefined]);
    expect(await between('', of[5], of[1])).toEqual(['', undefined]);
    expect(await between('&order=desc', of[5], of[1])).toEqual(['', undefined]);
  }
  // What cannot hold together is refused, and says so.
  for (const [query, field] of [
    [`around=${first.id}&after=${first.id}`, 'around'],
    [`around=${first.id}&before=${first.id}`, 'around'],
    [`around=${first.id}&top_level=true`, 'around'],
    [`top_level=true&after=${first.id}&before=${first.id}`, 'before'],
  ] as const) {
    const refused = await bob.isRefused(400, 'GET', `/channels/${general.id}/messages?${query}`);
    expect(Object.keys(refused.body.error.details)).toEqual([field]);
  }
});

test('the order can be turned round, and the cursor goes on in the direction that was read', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  const ids: string[] = [];
  for (const content of ['1', '2', '3', '4', '5']) ids.push((await bob.says(general, content)).id);
  expect(await page(bob, general, 'order=asc&limit=2')).toEqual(['12', true]);
  expect(await page(bob, general, 'order=desc&limit=2')).toEqual(['54', true]);
  expect(await page(bob, general, `before=${ids[4]}&order=asc&limit=2`)).toEqual(['34', true]);
  const path = `/channels/${general.id}/messages?order=desc&limit=2`;
  let after = '0';
  const seen: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    const { data, body } = await bob.call('GET', `${path}&after=${after}`);
    seen.push(contents(data));
    if (!body.cursor.has_more) break;
    after = body.cursor.after;
  }
  expect(seen).toEqual(['21', '43', '5']);
});

test('every message is seen exactly once when one pages to the end, either way', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  const ids = await fill(server, general, bob, 230);
  const walk = async (parameter: 'before' | 'after') => {
    const seen: string[] = [];
    let query = parameter === 'after' ? 'after=0' : '';
    for (;;) {
      const path = `/channels/${general.id}/messages?limit=100&${query}`;
      const { data, body } = await bob.call('GET', path);
      seen.push(...data.map(({ id }: { id: string }) => id));
      if (!body.cursor?.has_more) return seen;
      query = `${parameter}=${body.cursor.after}`;
    }
  };
  expect(await walk('after')).toEqual(ids);
  expect(await walk('before')).toEqual(ids.toReversed());
  // A limit is lowered to 100 and raised to 1; without one it is 50.
  const size = async (query: string) => {
    const { data } = await bob.call('GET', `/channels/${general.id}/messages?${query}`);
    return data.length as number;
  };
  expect(await size('')).toBe(50);
  expect(await size('limit=1000')).toBe(100);
  expect(await size('limit=0')).toBe(1);
  expect(await size('limit=-2')).toBe(1);
});

test('reading takes the view of the channel and its history', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  await anna.does('PATCH', `/spaces/${space.id}`, { public: false });
  const sent = await anna.says(general, 'private');
  const paths = [`/channels/${general.id}/messages`, `/channels/${general.id}/messages/${sent.id}`];
  for (const path of paths) {
    expect((await server.call('GET', path)).status).toBe(401);
    await cleo.isRefused(403, 'GET', path);
    await bob.does('GET', path);
    await server.admin.does('GET', path);
  }
  await deny(home, general, 'read_history');
  for (const path of paths) await bob.isRefused(403, 'GET', path);
  // What is said from now on is heard all the same.
  const bobs = await bob.listens();
  await anna.says(general, 'now');
  await bobs.hearsExactly('message.create');
  expect((await server.call('GET', '/channels/1/messages')).status).toBe(404);
});

test('anyone reads a public space as @everyone may, and not a channel more', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  const made = (name: string) => anna.does('POST', `/spaces/${space.id}/channels`, { name });
  const hidden = await made('hidden');
  const forRole = await made('for a role');
  const dumb = await made('without history');
  const sent = new Map<string, { id: string }>();
  for (const channel of [general, hidden, forRole, dumb]) {
    sent.set(channel.id, await anna.says(channel, `in ${channel.name}`));
  }
  const role = await anna.does('POST', `/spaces/${space.id}/roles`, { name: 'Inner' });
  await deny(home, hidden, 'view_channel');
  await deny(home, forRole, 'view_channel');
  await deny(home, dumb, 'read_history');
  await anna.does('PUT', `/channels/${forRole.id}/permissions/${role.id}`, {
    type: 'role',
    allow: ['view_channel'],
    deny: [],
  });
  await anna.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  const reads = async (person: Person | null, channel: { id: string }) => {
    const call = (path: string) => (person ? person.call('GET', path) : server.call('GET', path));
    const path = `/channels/${channel.id}/messages`;
    const list = await call(path);
    const one = await call(`${path}/${sent.get(channel.id)?.id}`);
    expect(one.status).toBe(list.status);
    return list.status;
  };
  for (const visitor of [null, cleo]) {
    expect(await reads(visitor, general)).toBe(200);
    for (const channel of [hidden, forRole, dumb]) expect(await reads(visitor, channel)).toBe(403);
  }
  expect(await reads(bob, forRole)).toBe(200);
  expect(await reads(bob, hidden)).toBe(403);
  // Whoever lists the channels sees the same ones.
  const { data } = await server.call('GET', `/spaces/${space.id}/channels`);
  expect(data.map(({ name }: { name: string }) => name)).toEqual(['general', 'without history']);
  // Once @everyone sees nothing, nobody from outside does.
  const [everyone] = await rolesOf(anna, space);
  await anna.does('PATCH', `/spaces/${space.id}/roles/${everyone?.id}`, { permissions: [] });
  for (const visitor of [null, cleo]) expect(await reads(visitor, general)).toBe(403);
  expect((await server.call('GET', `/spaces/${space.id}/channels`)).data).toEqual([]);
});

test('a visitor reads and does nothing else', async () => {
  await using server = await startTest();
  const { space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const path = `/channels/${general.id}`;
  for (const [method, tail, body] of [
    ['GET', '', undefined],
    ['PATCH', '', {}],
    ['DELETE', '', undefined],
    ['GET', '/permissions', undefined],
    ['POST', '/messages', { content: 'x' }],
    ['POST', '/typing', {}],
  ] as const) {
    await cleo.isRefused(403, method, `${path}${tail}`, body);
  }
  await cleo.isRefused(403, 'GET', `/spaces/${space.id}/members`);
  await cleo.isRefused(403, 'GET', `/spaces/${space.id}/roles`);
});

test('a channel of the first space is read by whoever registered', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const [home] = await anna.does('GET', '/users/@me/spaces');
  const [general] = await anna.does('GET', `/spaces/${home.id}/channels`);
  await server.admin.says(general, 'welcome');
  expect(await page(anna, general)).toEqual(['welcome', false]);
});
