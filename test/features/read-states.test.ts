// What is unread: where, for whom, how much of it mentions them, and how it goes away on all devices.
import { expect, test } from 'bun:test';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import type { Person } from '../support/person.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows } from '../support/crowd.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, hiddenChannel, quietly, rolesOf, world } from '../support/world.ts';

const unread = (person: Person, query = '') => person.does('GET', `/users/@me/read-states${query}`);
const acks = (person: Person, channel: { id: string }, message_id: string, more: object = {}) =>
  person.does('POST', `/channels/${channel.id}/ack`, { message_id, ...more });
const readyUnread = async (person: Person) => {
  const ears = await person.listens(quietly);
  ears.close(1000);
  return ears.ready['unread'];
};

test('what others have written is unread until it is acknowledged, on every device of the account', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const first = await anna.says(general, 'one');
  const second = await anna.says(general, 'two');
  const entry = {
    channel_id: general.id,
    space_id: general.space_id,
    last_message_id: second.id,
    mention_count: 0,
  };
  expect(await unread(bob)).toEqual([entry]);
  expect(await readyUnread(bob)).toEqual([entry]);
  // Own messages are none, and neither is the other's view of it.
  expect(await unread(anna)).toEqual([]);

  // No intent is needed.
  const phone = await bob.listens([]);
  const desk = await bob.listens([]);
  const annas = await anna.listens();
  await phone.unread();
  await acks(bob, general, first.id);
  const moved = { channel_id: general.id, last_read_message_id: first.id };
  for (const ears of [phone, desk]) {
    const [frame] = await ears.hearsExactly('read_state.update');
    expect(frame?.data).toEqual({ ...moved, mention_count: 0, unread: true });
  }
  await annas.hearsNothing();
  expect(await unread(bob)).toEqual([{ ...entry, last_read_message_id: first.id }]);
  await acks(bob, general, second.id);
  expect(await unread(bob)).toEqual([]);
  expect(await readyUnread(bob)).toEqual([]);
  await phone.hearsExactly('read_state.update');
  // It moves forward only, and what moves nothing is told to nobody.
  await acks(bob, general, second.id);
  await acks(bob, general, first.id);
  await phone.hearsNothing();
  expect(await unread(bob)).toEqual([]);
});

test('an id that never was one of a message here changes nothing; that of a deleted message counts', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const other = await anna.does('POST', `/spaces/${home.space.id}/channels`, { name: 'other' });
  const kept = await anna.says(general, 'stays');
  const gone = await anna.says(general, 'goes');
  const foreign = await anna.says(other, 'elsewhere');
  const bobs = await bob.listens([]);
  for (const id of ['1', '0', `0${kept.id}`, '9223372036854775807', general.id, foreign.id]) {
    await acks(bob, general, id);
  }
  // The future stays unread.
  const later = String(BigInt(foreign.id) + (3_600_000n << 22n));
  await acks(bob, general, later);
  await bobs.hearsNothing();
  expect(await unread(bob)).toMatchObject([{ channel_id: general.id }, { channel_id: other.id }]);

  await anna.does('DELETE', `/channels/${general.id}/messages/${gone.id}`);
  await acks(bob, general, gone.id);
  const [moved] = await bobs.hearsExactly('read_state.update');
  expect(moved?.data).toMatchObject({ last_read_message_id: gone.id });
  expect(await unread(bob)).toMatchObject([{ channel_id: other.id }]);
  const next = await anna.says(general, 'next');
  expect(await unread(bob)).toMatchObject([
    { last_read_message_id: gone.id, last_message_id: next.id },
    {},
  ]);
});

test('whether a message is in a channel that one may not view cannot be found out by acknowledging it', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const hidden = await hiddenChannel(home);
  const secret = await home.anna.says(hidden, 'secret');
  const bobs = await home.bob.listens([]);
  await acks(home.bob, home.general, secret.id);
  await bobs.hearsExactly('read_state.update');
  await acks(home.bob, home.general, String(BigInt(secret.id) + 1n));
  await bobs.hearsExactly('read_state.update');
  await home.bob.isRefused(403, 'POST', `/channels/${hidden.id}/ack`, { message_id: secret.id });
});

test('a mention counts for those who are named, and everyone and roles for those whom they mean', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, general, space } = home;
  const role = await empower(home, bob);
  const bobs = await bob.listens([]);
  const first = await anna.says(general, 'hello @bob and @bob, and @anna');
  await anna.says(general, `<@&${role.id}> @bob`);
  await anna.says(general, 'all of you, @everyone');
  await cleo.says(general, '@everyone is just a word here');
  expect(await unread(bob)).toMatchObject([{ mention_count: 3 }]);
  expect(await unread(cleo)).toMatchObject([{ mention_count: 1 }]);
  // Anna named herself, and everyone: cleo's message alone is unread.
  expect(await unread(anna)).toMatchObject([{ mention_count: 0 }]);

  await acks(bob, general, first.id);
  const [moved] = await bobs.hearsExactly('read_state.update');
  expect(moved?.data).toEqual({
    channel_id: general.id,
    last_read_message_id: first.id,
    mention_count: 2,
    unread: true,
  });
  // Who loses the role is not meant any more.
  await anna.does('DELETE', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  await acks(bob, general, (await anna.says(general, 'x')).id);
  await anna.says(general, `<@&${role.id}>`);
  expect(await unread(bob)).toMatchObject([{ mention_count: 0 }]);
  expect(await unread(cleo)).toMatchObject([{ mention_count: 1 }]);
});

test('an edit takes away a mention that is gone, and notifies nobody; a deletion takes it along', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, general } = await world(server, 'anna', 'bob', 'cleo');
  await anna.says(general, 'first');
  const named = await anna.says(general, '@bob @cleo');
  const path = `/channels/${general.id}/messages/${named.id}`;
  await anna.does('PATCH', path, { content: '@cleo' });
  expect(await unread(bob)).toMatchObject([{ mention_count: 0 }]);
  expect(await unread(cleo)).toMatchObject([{ mention_count: 1 }]);
  await anna.does('PATCH', path, { content: '@cleo @bob' });
  expect(await unread(bob)).toMatchObject([{ mention_count: 0 }]);
  await anna.does('DELETE', path);
  expect(await unread(cleo)).toMatchObject([{ mention_count: 0 }]);
  const rows = server.app.db.sqlite.query('SELECT * FROM message_mentions').all();
  expect(rows).toEqual([]);
});

test('deleted messages are not unread: one by one, in bulk, emptied, and hidden by a ban', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, general, space } = await world(server, 'anna', 'bob', 'cleo');
  const one = await cleo.says(general, '@bob');
  await cleo.does('DELETE', `/channels/${general.id}/messages/${one.id}`);
  expect(await unread(bob)).toEqual([]);
  const bulk = [await cleo.says(general, '@bob'), await cleo.says(general, '@bob')];
  await anna.does('POST', `/channels/${general.id}/messages/bulk-delete`, {
    messages: bulk.map(({ id }) => id),
    message_ids: bulk.map(({ id }) => id),
  });
  expect(await unread(bob)).toEqual([]);
  // Emptied, since somebody answers it.
  const root = await cleo.says(general, '@bob look');
  await anna.says(general, 'I see', { thread_id: root.id });
  await cleo.does('DELETE', `/channels/${general.id}/messages/${root.id}`);
  expect(await unread(bob)).toEqual([]);
  for (let n = 0; n < 5; n += 1) await cleo.says(general, '@bob spam');
  expect(await unread(bob)).toMatchObject([{ mention_count: 5 }]);
  const last = await anna.says(general, 'enough');
  await anna.does('PUT', `/spaces/${space.id}/bans/${cleo.id}`, { delete_message_seconds: 3600 });
  expect(await unread(bob)).toMatchObject([{ last_message_id: last.id, mention_count: 0 }]);
});

test('what was written before one joined is not unread, also when one comes back', async () => {
  await using server = await startTest();
  const { anna, bob, general, space } = await world(server, 'anna', 'bob');
  await anna.says(general, 'old, @everyone');
  await Bun.sleep(5);
  const cleo = await server.person('cleo');
  await cleo.joins(space);
  expect(await unread(cleo)).toEqual([]);
  // Her welcome is her own; for others it is a message.
  expect(await unread(bob)).toMatchObject([{ mention_count: 1 }]);
  await anna.says(general, 'new');
  expect(await unread(cleo)).toMatchObject([{ mention_count: 0 }]);
  await cleo.does('DELETE', `/spaces/${space.id}/members/@me`);
  expect(await unread(cleo)).toEqual([]);
  await anna.says(general, 'meanwhile');
  await Bun.sleep(5);
  await cleo.joins(space);
  expect(await unread(cleo)).toEqual([]);
  await anna.says(general, '@cleo');
  expect(await unread(cleo)).toMatchObject([{ mention_count: 1 }]);
});

test('nothing is told of a channel that one may not view or whose history one may not read', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space } = home;
  const room = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'room' });
  await anna.says(room, '@bob @everyone');
  const entry = { channel_id: room.id, mention_count: 1 };
  expect(await unread(bob)).toMatchObject([entry]);
  for (const permission of ['view_channel', 'read_history']) {
    await deny(home, room, permission);
    expect(await unread(bob)).toEqual([]);
    expect(await readyUnread(bob)).toEqual([]);
  }
  await anna.does(
    'DELETE',
    `/channels/${room.id}/permissions/${(await rolesOf(anna, space))[0]?.id}`,
  );
  expect(await unread(bob)).toMatchObject([entry]);
  await anna.does('DELETE', `/channels/${room.id}`);
  expect(await unread(bob)).toEqual([]);
});

test('posts of a forum are its main feed; a thread has its own state and leaves that of the channel alone', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space } = await world(server, 'anna', 'bob', 'cleo');
  const forum = await anna.does('POST', `/spaces/${space.id}/channels`, {
    name: 'board',
    type: 'forum',
  });
  const post = await bob.says(forum, 'how?', { title: 'Help' });
  expect(await unread(bob)).toEqual([]);
  const threads = (person: Person, query = '') =>
    person.does('GET', `/users/@me/read-states/threads${query}`);
  expect(await threads(bob)).toEqual([]);

  const reply = await anna.says(forum, 'so, @cleo', { thread_id: post.id });
  await anna.says(forum, 'and so', { thread_id: post.id });
  expect(await unread(bob)).toEqual([]);
  expect(await unread(anna)).toMatchObject([{ channel_id: forum.id, last_message_id: post.id }]);
  // Bob began it, cleo was named, anna wrote all that is in it.
  const entry = { channel_id: forum.id, space_id: space.id, thread_id: post.id };
  const [ofBob] = await threads(bob);
  expect(ofBob).toMatchObject({ ...entry, mention_count: 0 });
  expect(ofBob).not.toHaveProperty('last_read_message_id');
  expect(await threads(cleo)).toMatchObject([{ ...entry, mention_count: 1 }]);
  expect(await threads(anna)).toEqual([]);
  // A mention in a thread is not one in the channel.
  expect(await unread(cleo)).toMatchObject([{ mention_count: 0 }]);

  const bobs = await bob.listens([]);
  await acks(bob, forum, reply.id);
  const [moved] = await bobs.hearsExactly('read_state.update');
  expect(moved?.data).toEqual({
    channel_id: forum.id,
    thread_id: post.id,
    last_read_message_id: reply.id,
    mention_count: 0,
    unread: true,
  });
  expect(await threads(bob)).toMatchObject([{ ...entry, last_read_message_id: reply.id }]);
  expect(await unread(bob)).toEqual([]);
  // Who writes takes part, and has read what is there.
  const own = await bob.says(forum, 'thanks', { thread_id: post.id });
  expect(await threads(anna)).toMatchObject([{ last_read_message_id: reply.id }]);
  await acks(bob, forum, own.id);
  expect(await threads(bob)).toEqual([]);
  // The thread may be named, as for a reply that is gone; not a thread that is none.
  const gone = await anna.says(forum, 'bye', { thread_id: post.id });
  await anna.does('DELETE', `/channels/${forum.id}/messages/${gone.id}`);
  await acks(cleo, forum, gone.id, { thread_id: post.id });
  expect(await threads(cleo)).toEqual([]);
  expect(await unread(cleo)).toMatchObject([{ channel_id: forum.id }]);
  await acks(cleo, forum, own.id, { thread_id: reply.id });
  await acks(cleo, forum, post.id, { thread_id: gone.id });
  expect(await unread(cleo)).toMatchObject([{ channel_id: forum.id }]);
  await anna.does('DELETE', `/channels/${forum.id}/messages/${post.id}`);
  expect(await threads(anna)).toEqual([]);
});

test('unread threads come in pages, and each once', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const roots: string[] = [];
  for (let n = 0; n < 7; n += 1) {
    const root = await bob.says(general, `thread ${n}`);
    await anna.says(general, 'reply', { thread_id: root.id });
    roots.push(root.id);
  }
  const seen: string[] = [];
  let after = '';
  for (let pages = 0; pages < 10; pages += 1) {
    const path = `/users/@me/read-states/threads?limit=3${after && `&after=${after}`}`;
    const { body } = await bob.call('GET', path);
    seen.push(...body.data.map((one: any) => one.thread_id));
    if (body.cursor === undefined) break;
    after = body.cursor.after;
  }
  expect(seen).toEqual(roots);
  await bob.isRefused(400, 'GET', '/users/@me/read-states/threads?after=here');
});

test('a page of threads ends at none of a channel that was never in view', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob } = home;
  const hidden = await hiddenChannel(home);
  // So many are looked at for one page.
  for (let n = 0; n < 1_000; n += 1) {
    const { id: thread_id } = await anna.says(hidden, 'between us');
    await anna.says(hidden, '@bob is not here', { thread_id });
  }
  const { body } = await bob.call('GET', '/users/@me/read-states/threads');
  expect(body).toEqual({ data: [] });
}, 60_000);

test('the list of channels comes in pages', async () => {
  await using server = await startTest();
  const { anna, bob, general, space } = await world(server, 'anna', 'bob');
  const rooms = [general];
  for (let n = 0; n < 4; n += 1) {
    rooms.push(await anna.does('POST', `/spaces/${space.id}/channels`, { name: `room ${n}` }));
  }
  for (const room of rooms.toReversed()) await anna.says(room, 'hi');
  const ids = rooms.map(({ id }) => id);
  const idsIn = async (query: string) =>
    (await unread(bob, query)).map((one: any) => one.channel_id);
  expect(await idsIn('')).toEqual(ids);
  expect(await idsIn('?limit=2')).toEqual(ids.slice(0, 2));
  expect(await idsIn(`?limit=2&after=${ids[1]}`)).toEqual(ids.slice(2, 4));
  // READY begins with those in which something was written last.
  expect((await readyUnread(bob)).map((one: any) => one.channel_id)).toEqual(ids);
});

test('RESUME brings the newest state of each channel, and the log keeps no other', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const sent = [];
  for (let n = 0; n < 4; n += 1) sent.push(await anna.says(general, `${n}`));
  const ears = await bob.listens([]);
  const { seq } = ears;
  ears.drop();
  for (const { id } of sent) await acks(bob, general, id);
  const { missed } = await bob.resumes(ears.ready['session_id'], seq);
  expect(missed.map(({ type, data }) => [type, data['last_read_message_id']])).toEqual([
    ['read_state.update', sent[3].id],
  ]);
});

test('who is under timeout acknowledges; who is no member, and guests, do not', async () => {
  await using server = await startTest();
  const { anna, bob, general, space } = await world(server, 'anna', 'bob');
  const said = await anna.says(general, 'hello');
  await anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
    communication_disabled_until: new Date(Date.now() + 3_600_000).toISOString(),
  });
  expect(await unread(bob)).toHaveLength(1);
  await acks(bob, general, said.id);
  expect(await unread(bob)).toEqual([]);
  const dora = await server.person('dora');
  await dora.isRefused(403, 'POST', `/channels/${general.id}/ack`, { message_id: said.id });
  await dora.isRefused(404, 'POST', '/channels/1/ack', { message_id: said.id });
  expect(await unread(dora)).toEqual([]);
});

test('leaving with all traces forgets what was read', async () => {
  await using server = await startTest();
  const { anna, bob, general, space } = await world(server, 'anna', 'bob');
  await acks(bob, general, (await anna.says(general, 'hello')).id);
  await bob.does('PUT', `/channels/${general.id}/mute`);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`);
  for (const table of ['read_states', 'channel_mutes']) {
    expect(server.app.db.sqlite.query(`SELECT * FROM ${table}`).all()).toEqual([]);
  }
});

test('own messages are not unread, however many; a count has an end', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  for (let n = 0; n < 105; n += 1) await anna.says(general, '@bob');
  expect(await unread(anna)).toEqual([]);
  expect(await unread(bob)).toMatchObject([{ mention_count: 100 }]);
});

test('what was read, named and muted goes with a channel, and with a space', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { anna, bob, general, space } = await world(server, 'anna', 'bob');
  const room = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'room' });
  const left = () =>
    ['read_states', 'message_mentions', 'channel_mutes'].map((table) =>
      countRows(server, table, `user_id = '${bob.id}'`),
    );
  for (const channel of [general, room]) {
    const root = await anna.says(channel, '@bob');
    await anna.says(channel, 'more for @bob', { thread_id: root.id });
    await acks(bob, channel, root.id);
    await bob.does('PUT', `/channels/${channel.id}/mute`);
  }
  expect(left()).toEqual([4, 4, 2]);
  await anna.does('DELETE', `/channels/${room.id}`);
  while (await server.turn(clearSlice));
  expect(left()).toEqual([2, 2, 1]);
  await anna.does('DELETE', `/spaces/${space.id}`);
  while (await server.turn(clearSlice));
  expect(left()).toEqual([0, 0, 0]);
});
