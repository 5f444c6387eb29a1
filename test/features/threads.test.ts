import { expect, test } from 'bun:test';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows, fill } from '../support/crowd.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, world } from '../support/world.ts';

const contents = (list: { content: string }[]) => list.map(({ content }) => content);

test('a reply is told, then its thread’s first message with the new count; the main feed shows neither', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const path = `/channels/${general.id}/messages`;
  const parent = await anna.says(general, 'parent');
  const annas = await anna.listens();
  const reply = await bob.says(general, 'reply', { thread_id: parent.id });
  expect(reply.thread_id).toBe(parent.id);
  const [created, updated] = await annas.hearsExactly('message.create', 'message.update');
  expect(created?.data).toEqual(reply);
  expect(updated?.data).toEqual({ ...parent, reply_count: 1, last_reply_at: reply.timestamp });
  const feed = await anna.does('GET', path);
  expect(feed).toEqual([updated?.data]);
  expect((await anna.does('GET', `/channels/${general.id}`)).last_message_id).toBe(parent.id);
  expect(await anna.does('GET', `${path}?thread_id=${parent.id}`)).toEqual([reply]);
  await bob.does('DELETE', `${path}/${reply.id}`);
  const [, recounted] = await annas.hearsExactly('message.delete', 'message.update');
  expect(recounted?.data).toEqual(parent);
  expect(await anna.does('GET', path)).toEqual([parent]);
});

test('the replies of a thread come newest first, oldest first on request, and page both ways', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna', 'bob');
  const parent = await anna.says(general, 'parent');
  const ids: string[] = [];
  for (const n of [1, 2, 3, 4, 5]) {
    ids.push((await anna.says(general, `${n}`, { thread_id: parent.id })).id);
  }
  const page = async (query: string) => {
    const path = `/channels/${general.id}/messages?thread_id=${parent.id}&${query}`;
    const { data, body } = await anna.call('GET', path);
    return [contents(data).join(''), body.cursor?.has_more];
  };
  expect(await page('')).toEqual(['54321', false]);
  expect(await page('order=asc')).toEqual(['12345', false]);
  expect(await page('order=desc&limit=2')).toEqual(['54', true]);
  expect(await page('order=asc&limit=2')).toEqual(['12', true]);
  expect(await page(`before=${ids[3]}&limit=2`)).toEqual(['32', true]);
  expect(await page(`before=${ids[1]}&limit=2`)).toEqual(['1', false]);
  expect(await page(`after=${ids[1]}&limit=2`)).toEqual(['34', true]);
  expect(await page(`after=${ids[2]}&limit=2`)).toEqual(['45', false]);
  expect(await page(`after=${ids[4]}`)).toEqual(['', undefined]);
  expect(await page(`around=${ids[2]}&limit=3`)).toEqual(['432', true]);
  await anna.isRefused(404, 'GET', `/channels/${general.id}/messages?thread_id=1`);
});

test('threads do not nest and do not reach into other channels', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const other = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const parent = await anna.says(general, 'parent');
  const reply = await anna.says(general, 'reply', { thread_id: parent.id });
  const path = `/channels/${general.id}/messages`;
  await anna.isRefused(400, 'POST', path, { content: 'x', thread_id: reply.id });
  await anna.isRefused(400, 'POST', `/channels/${other.id}/messages`, {
    content: 'x',
    thread_id: parent.id,
  });
  await anna.isRefused(404, 'GET', `/channels/${other.id}/messages?thread_id=${parent.id}`);
  // A reply is answered like any message.
  await anna.says(general, 'answer', { reply_to: reply.id, thread_id: parent.id });
});

test('replying takes a permission, beginning a thread another one', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const path = `/channels/${general.id}/messages`;
  const parent = await anna.says(general, 'parent');
  const body = { content: 'x', thread_id: parent.id };
  await deny(home, general, 'create_threads');
  await bob.isRefused(403, 'POST', path, body);
  await anna.does('POST', path, body);
  await bob.does('POST', path, body);
  await deny(home, general, 'send_in_threads');
  await bob.isRefused(403, 'POST', path, body);
  await empower(home, bob, 'administrator');
  await bob.does('POST', path, body);
});

test('a thread goes with its first message; replies are told in one event, answers from outside are loosened', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const path = `/channels/${general.id}/messages`;
  const parent = await bob.says(general, 'parent');
  const [one, two] = [
    await bob.says(general, 'one', { thread_id: parent.id }),
    await bob.says(general, 'two', { thread_id: parent.id }),
  ];
  const outside = await bob.says(general, 'outside', { reply_to: two.id });
  const bobs = await bob.listens();
  await anna.does('DELETE', `${path}/${parent.id}`);
  const [, bulk] = await bobs.hearsExactly('message.delete', 'message.delete_bulk');
  expect(bulk?.data).toEqual({
    ids: [one.id, two.id],
    channel_id: general.id,
    space_id: space.id,
  });
  for (const { id } of [parent, one, two]) await bob.isRefused(404, 'GET', `${path}/${id}`);
  await bob.isRefused(404, 'GET', `${path}?thread_id=${parent.id}`);
  await bob.isRefused(400, 'POST', path, { content: 'x', thread_id: parent.id });
  await server.turn(clearSlice);
  const loosened = await bobs.hears('message.update');
  expect(loosened.data).toMatchObject({ id: outside.id, reply_to: null });
  expect(countRows(server, 'messages', 'thread_id IS NOT NULL')).toBe(0);
});

test('a very long thread is hidden at once and cleared in slices', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, general } = await world(server, 'anna', 'bob');
  const parent = await anna.says(general, 'parent');
  const ids = await fill(server, general, anna, 300, { thread_id: parent.id });
  const annas = await anna.listens();
  await anna.does('DELETE', `/channels/${general.id}/messages/${parent.id}`);
  const last = ids.at(-1);
  expect(countRows(server, 'messages')).toBe(200);
  // What is not cleared yet is gone all the same.
  await anna.isRefused(404, 'GET', `/channels/${general.id}/messages/${last}`);
  await anna.isRefused(404, 'PATCH', `/channels/${general.id}/messages/${last}`, { content: 'x' });
  await anna.isRefused(400, 'POST', `/channels/${general.id}/messages`, {
    content: 'x',
    reply_to: last,
  });
  await server.turn(clearSlice);
  expect(countRows(server, 'messages')).toBe(100);
  await server.turn(clearSlice);
  expect(countRows(server, 'messages')).toBe(0);
  const told = await annas.hearsExactly(
    'message.delete',
    ...Array.from({ length: 3 }, () => 'message.delete_bulk'),
  );
  expect(told.slice(1).flatMap(({ data }) => data['ids'])).toEqual(ids);
  while (await server.turn(clearSlice));
  expect(countRows(server, 'clearings')).toBe(0);
});

test('a slice of a long thread holds as much text as one turn can remove', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { anna, general } = await world(server, 'anna', 'bob');
  const parent = await anna.says(general, 'parent');
  const content = 'long '.repeat(800);
  await fill(server, general, anna, 60, { thread_id: parent.id, content });
  await anna.does('DELETE', `/channels/${general.id}/messages/${parent.id}`);
  for (let left = 44; left >= 0; left = left === 0 ? -1 : Math.max(0, left - 16)) {
    expect(countRows(server, 'messages')).toBe(left);
    await server.turn(clearSlice);
  }
});

test('posts of a forum come by activity, by age or by youth, and page through each order', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, space } = await world(server, 'anna', 'bob');
  const forum = await anna.does('POST', `/spaces/${space.id}/channels`, {
    name: 'forum',
    type: 'forum',
  });
  const posts = new Map<string, any>();
  for (const name of ['a', 'b', 'c', 'd']) {
    posts.set(name, await anna.says(forum, name, { title: name }));
    await clock.pass(1_000);
  }
  const reply = await anna.says(forum, 'reply', { thread_id: posts.get('b').id });
  const path = `/channels/${forum.id}/messages?top_level=true`;
  const pages = async (query: string) => {
    const seen: string[] = [];
    let after = '';
    for (let count = 0; count < 9; count += 1) {
      const { data, body } = await anna.call('GET', `${path}&limit=2${query}${after}`);
      seen.push(contents(data).join(''));
      if (!body.cursor?.has_more) break;
      after = `&after=${body.cursor.after}`;
    }
    return seen;
  };
  expect(await pages('')).toEqual(['bd', 'ca']);
  expect(await pages('&sort=latest_activity')).toEqual(['bd', 'ca']);
  expect(await pages('&sort=newest')).toEqual(['dc', 'ba']);
  expect(await pages('&sort=oldest')).toEqual(['ab', 'cd']);
  expect(await pages('&sort=nonsense')).toEqual(['dc', 'ba']);
  const [first, second] = await anna.does('GET', path);
  expect(first).toMatchObject({ title: 'b', reply_count: 1, last_reply_at: reply.timestamp });
  expect(second).not.toHaveProperty('last_reply_at');
  // A post that becomes active between two pages hides none, nor does one that goes.
  const page = await anna.call('GET', `${path}&limit=2`);
  await clock.pass(1_000);
  await anna.says(forum, 'reply', { thread_id: posts.get('d').id });
  const rest = `${path}&limit=2&after=${page.body.cursor.after}`;
  expect(contents(await anna.does('GET', rest))).toEqual(['c', 'a']);
  await anna.does('DELETE', `/channels/${forum.id}/messages/${posts.get('d').id}`);
  expect(contents(await anna.does('GET', rest))).toEqual(['c', 'a']);
  // Without its replies a post is as active as it was.
  await anna.does('DELETE', `/channels/${forum.id}/messages/${reply.id}`);
  expect(await pages('')).toEqual(['cb', 'a']);
  await anna.isRefused(400, 'GET', `${path}&after=x:y`);
  // `before` one post are those that are older, in either order.
  const before = (query: string) =>
    anna.does('GET', `${path}&before=${posts.get('c').id}${query}`).then(contents);
  expect(await before('&sort=oldest')).toEqual(['a', 'b']);
  expect(await before('&sort=oldest&limit=1')).toEqual(['a']);
  expect(await before('&sort=newest')).toEqual(['b', 'a']);
});

test('the posts of a channel that is no forum come newest first', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna', 'bob');
  const first = await anna.says(general, 'first');
  await anna.says(general, 'second');
  await anna.says(general, 'reply', { thread_id: first.id });
  const path = `/channels/${general.id}/messages?top_level=true`;
  expect(contents(await anna.does('GET', path))).toEqual(['second', 'first']);
  expect(contents(await anna.does('GET', `${path}&sort=oldest`))).toEqual(['first', 'second']);
  expect(contents(await anna.does('GET', `${path}&thread_id=${first.id}`))).toEqual([
    'second',
    'first',
  ]);
});

test('the threads of a channel are listed, newest first, and each says who takes part', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const cleo = await server.person('cleo');
  const path = `/channels/${general.id}`;
  const [one, two] = [await anna.says(general, 'one'), await bob.says(general, 'two')];
  await anna.says(general, 'three');
  expect(await bob.does('GET', `${path}/threads`)).toEqual([]);
  expect(await bob.does('GET', `${path}/messages/${one.id}/threads`)).toEqual({
    reply_count: 0,
    participants: [],
  });
  await bob.says(general, 'a', { thread_id: one.id });
  await bob.says(general, 'b', { thread_id: one.id });
  const last = await anna.says(general, 'c', { thread_id: one.id });
  await anna.says(general, 'd', { thread_id: two.id });
  const list = await bob.call('GET', `${path}/threads`);
  expect(contents(list.data)).toEqual(['two', 'one']);
  expect(list.data[1]).toMatchObject({ reply_count: 3, last_reply_at: last.timestamp });
  expect(list.body).not.toHaveProperty('cursor');
  expect(await bob.does('GET', `${path}/messages/${one.id}/threads`)).toEqual({
    reply_count: 3,
    last_reply_at: last.timestamp,
    participants: [anna.id, bob.id],
  });
  const first = await bob.call('GET', `${path}/threads?limit=1`);
  expect([contents(first.data), first.body.cursor]).toEqual([
    ['two'],
    { after: two.id, has_more: true },
  ]);
  const rest = await bob.call('GET', `${path}/threads?limit=1&after=${two.id}`);
  expect([contents(rest.data), rest.body.cursor]).toEqual([['one'], undefined]);
  for (const tail of ['/threads', `/messages/${one.id}/threads`]) {
    expect((await server.call('GET', `${path}${tail}`)).status).toBe(401);
    await cleo.isRefused(403, 'GET', `${path}${tail}`);
  }
  await bob.isRefused(404, 'GET', `${path}/messages/1/threads`);
  await bob.isRefused(404, 'GET', '/channels/1/threads');
  await server.admin.does('DELETE', `${path}/messages/${one.id}`);
  expect(contents(await bob.does('GET', `${path}/threads`))).toEqual(['two']);
  await deny(home, general, 'read_history');
  await bob.isRefused(403, 'GET', `${path}/threads`);
});

test('a page of a forum tells nothing of the activity in another one', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, space } = await world(server, 'anna', 'bob');
  const channel = { name: 'forum', type: 'forum' };
  const forum = await anna.does('POST', `/spaces/${space.id}/channels`, channel);
  const other = await anna.does('POST', `/spaces/${space.id}/channels`, channel);
  const hidden = await anna.says(other, 'hidden', { title: 'hidden' });
  await clock.pass(1_000);
  await anna.says(forum, 'shown', { title: 'shown' });
  const path = `/channels/${forum.id}/messages?top_level=true&after=${hidden.id}`;
  const before = await anna.does('GET', path);
  await clock.pass(1_000);
  await anna.says(other, 'reply', { thread_id: hidden.id });
  expect(await anna.does('GET', path)).toEqual(before);
});
