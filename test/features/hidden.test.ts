// What is deleted in large numbers is seen nowhere from the first moment on, long before its rows are gone.
import { expect, test } from 'bun:test';
import { openDatabase } from '../../src/db/open.ts';
import { eraseAuthor } from '../../src/features/talk/messages/authors.ts';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { updateMessage } from '../../src/features/talk/messages/queries.ts';
import { snowflakeTime } from '../../src/lib/snowflake.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows, fill } from '../support/crowd.ts';
import { Folder } from '../support/folder.ts';
import { uploads } from '../support/forms.ts';
import type { Person } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { listening, quietly, world } from '../support/world.ts';

const at = (channel: { id: string }, more = '') => `/channels/${channel.id}/messages${more}`;
const idsOf = (messages: { id: string }[]) => messages.map(({ id }) => id);

/** Clears until nothing waits; answers how many slices it took. */
async function clearAll(server: TestServer): Promise<number> {
  let slices = 0;
  while (await server.turn(clearSlice)) slices += 1;
  return slices;
}

/** A message with a file, which is not among the newest. */
async function withFile(person: Person, channel: { id: string }, more: object = {}): Promise<any> {
  const file = { filename: 'a.txt', bytes: 'secret' };
  return (await uploads(person, channel, { content: 'word', ...more }, [file])).data;
}

/** Every way in which somebody reads a message; what each of them shows. */
async function sightOf(person: Person, space: { id: string }, channel: any, message: any) {
  const shows = async (path: string) => idsOf(await person.does('GET', path)).includes(message.id);
  const single = await person.call('GET', at(channel, `/${message.id}`));
  const reactors = await person.call('GET', at(channel, `/${message.id}/reactions/x`));
  return {
    single: single.status,
    reactors: reactors.status,
    feed: await shows(at(channel, '?limit=100')),
    pins: await shows(`/channels/${channel.id}/pins`),
    search: await shows(`/spaces/${space.id}/messages/search?query=word`),
    file: (await fetch(message.attachments[0].url)).status,
  };
}

const nowhere = {
  single: 404,
  reactors: 404,
  feed: false,
  pins: false,
  search: false,
  file: 404,
};

test('replies of a thread are gone with the message that began it, pins and files included', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general, bob } = await world(server, 'olga', 'bob');
  const parent = await bob.says(general, 'parent');
  await fill(server, general, bob, 100, { thread_id: parent.id });
  const last = await withFile(bob, general, { thread_id: parent.id });
  const pinned = await owner.says(general, 'stays');
  for (const { id } of [pinned, last])
    await owner.does('PUT', `/channels/${general.id}/pins/${id}`);
  await owner.does('DELETE', at(general, `/${parent.id}`));
  expect(countRows(server, 'messages', `thread_id = '${parent.id}'`)).toBe(1);

  expect(await sightOf(owner, space, general, last)).toEqual(nowhere);
  const [ears] = await listening([owner]);
  await owner.does('PUT', `/channels/${general.id}/pins/${(await owner.says(general, 'more')).id}`);
  await owner.does('DELETE', `/channels/${general.id}/pins/${pinned.id}`);
  expect(await owner.does('GET', `/channels/${general.id}/pins`)).toHaveLength(1);
  await ears.unread();
  await owner.does('POST', at(general, '/bulk-delete'), { messages: [last.id] });
  await ears.hearsNothing();
  await clearAll(server);
  expect(countRows(server, 'messages', `thread_id = '${parent.id}'`)).toBe(0);
});

test('pins of a thread that is gone neither count nor date the newest pin', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, general } = await world(server, 'olga');
  const parent = await owner.says(general, 'parent');
  await fill(server, general, owner, 500, { thread_id: parent.id });
  const [early, late] = [await owner.says(general, 'early'), await owner.says(general, 'late')];
  const pin = ({ id }: { id: string }) => `/channels/${general.id}/pins/${id}`;
  await owner.does('PUT', pin(early));
  const pinned_at = new Date(clock.now()).toISOString();
  await clock.pass(1_000);
  await owner.does('PUT', pin(late));
  const replies = await fill(server, general, owner, 250, { thread_id: parent.id });
  await server.turn(({ tx, now }) => {
    for (const id of replies) updateMessage(tx, id, { pinned_at: now });
  });
  await owner.does('DELETE', at(general, `/${parent.id}`));
  expect(countRows(server, 'messages', 'pinned_at IS NOT NULL')).toBe(252);
  const [ears] = await listening([owner]);
  await owner.does('DELETE', pin(late));
  expect((await ears.hears('channel.pins_update')).data['last_pin_at']).toBe(pinned_at);
  await owner.does('PUT', pin(late));
});

test('what answered into a thread that is gone is not told anew', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, general } = await world(server, 'olga');
  const parent = await owner.says(general, 'parent');
  const answered = await owner.says(general, 'answered');
  await fill(server, general, owner, 500, { thread_id: parent.id });
  await owner.says(general, 'answer', { thread_id: parent.id, reply_to: answered.id });
  await owner.does('DELETE', at(general, `/${parent.id}`));
  const [ears] = await listening([owner]);
  await owner.does('DELETE', at(general, `/${answered.id}`));
  await ears.hearsExactly('message.delete');
  await owner.isRefused(404, 'GET', at(general, `?thread_id=${parent.id}`));
});

/** Bob has written 300 messages; the first has a file, a pin, a reaction and a thread with a reply of olga. */
async function prolific(server: TestServer) {
  const home = await world(server, 'olga', 'bob');
  const { owner, general, bob } = home;
  const kept = await owner.says(general, 'of olga');
  const first = await withFile(bob, general);
  await owner.does('PUT', `/channels/${general.id}/pins/${first.id}`);
  await owner.does('PUT', at(general, `/${first.id}/reactions/x/@me`));
  const reply = await owner.says(general, 'word in a thread', { thread_id: first.id });
  const inThread = await bob.says(general, 'reply', { thread_id: kept.id });
  const ids = await fill(server, general, bob, 300);
  return { ...home, bob, kept, first, reply, inThread, ids };
}

const ways = {
  'a ban': ({ owner, bob, space }: Awaited<ReturnType<typeof prolific>>) =>
    owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 3600 }),
  'leaving for good': ({ bob, space }: Awaited<ReturnType<typeof prolific>>) =>
    bob.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`),
};

for (const [way, goes] of Object.entries(ways)) {
  test(`${way} takes all messages out of sight at once, however many they are`, async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock });
    const home = await prolific(server);
    const { owner, space, general, bob, kept, first, reply, inThread } = home;
    await goes(home);
    expect(countRows(server, 'messages', `author_id = '${bob.id}'`)).toBeGreaterThan(150);

    const look = async () => {
      const { last_message_id } = await owner.does('GET', `/channels/${general.id}`);
      expect(last_message_id).toBe(first.id);
      // Of the one that olga has answered nothing is left but its place.
      const sight = { ...nowhere, single: 200, reactors: 200, feed: true };
      expect(await sightOf(owner, space, general, first)).toEqual(sight);
      const left = await owner.does('GET', at(general, `/${first.id}`));
      expect(left).toMatchObject({ content: '', reply_count: 1, pinned: false, reactions: null });
      expect(JSON.stringify(left)).not.toContain(bob.id);
      expect(await owner.does('GET', at(general, `/${reply.id}`))).toEqual(reply);
      await owner.isRefused(404, 'GET', at(general, `/${inThread.id}`));
      const list = async (more: string) => idsOf(await owner.does('GET', at(general, more)));
      const pages = ['', '?limit=1', `?after=1`, `?around=${first.id}`, '?top_level=true'];
      for (const page of pages) {
        const shown = page === '?limit=1' ? [first.id] : [first.id, kept.id];
        expect(new Set(await list(page))).toEqual(new Set(shown));
      }
      expect(await list(`?thread_id=${kept.id}`)).toEqual([]);
      expect(await list(`?thread_id=${first.id}`)).toEqual([reply.id]);
      const thread = await owner.does('GET', at(general, `/${kept.id}/threads`));
      expect(thread.participants).toEqual([]);
      const starts = await owner.does('GET', `/channels/${general.id}/threads`);
      expect(idsOf(starts)).toEqual([first.id]);
      expect(
        await owner.does('GET', `/spaces/${space.id}/messages/search?author_id=${bob.id}`),
      ).toEqual([]);
      const send = (more: object) =>
        owner.isRefused(400, 'POST', at(general), { content: 'x', ...more });
      for (const key of ['reply_to', 'thread_id']) await send({ [key]: inThread.id });
      await owner.isRefused(403, 'PUT', `/channels/${general.id}/pins/${first.id}`);
      await owner.isRefused(403, 'PUT', at(general, `/${first.id}/reactions/x/@me`));
    };
    await look();
    await server.turn(clearSlice);
    await look();
    await clearAll(server);
    expect(countRows(server, 'messages', `author_id = '${bob.id}'`)).toBe(0);
    await look();
  });
}

test('replies that are out of sight are counted nowhere, and date no thread', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { olga: owner, bob, space, general } = await world(server, 'olga', 'bob');
  const forum = await owner.does('POST', `/spaces/${space.id}/channels`, {
    name: 'forum',
    type: 'forum',
  });
  const [first, second] = [await owner.says(forum, 'first'), await owner.says(forum, 'second')];
  await clock.pass(1_000);
  await bob.says(forum, 'reply', { thread_id: first.id });
  const [kept, emptied] = [await owner.says(general, 'kept'), await owner.says(general, 'emptied')];
  const answer = await owner.says(general, 'reply', { thread_id: kept.id });
  await clock.pass(1_000);
  for (const { id } of [kept, kept, emptied]) await bob.says(general, 'reply', { thread_id: id });
  await fill(server, general, bob, 150);
  const posts = () => owner.does('GET', at(forum, '?top_level=true&sort=latest_activity'));
  expect(idsOf(await posts())).toEqual([first.id, second.id]);
  const path = `/spaces/${space.id}/messages/search?query=kept`;
  const pages = [at(general, `/${kept.id}`), at(general, `?before=${emptied.id}`), path];
  // What is kept of pages in memory knows the old counts.
  const read = async () => {
    const found = await Promise.all(pages.map((page) => owner.does('GET', page)));
    return found.flat().map(({ reply_count, last_reply_at }: any) => [reply_count, last_reply_at]);
  };
  expect((await read()).map(([count]) => count)).toEqual([3, 3, 3]);

  const [ears] = await listening([owner]);
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 3600 });
  await ears.unread();
  expect(countRows(server, 'messages', `thread_id = '${kept.id}'`)).toBe(3);
  const look = async () => {
    const right = [1, answer.timestamp];
    expect(await read()).toEqual([right, right, right]);
    const thread = await owner.does('GET', at(general, `/${kept.id}/threads`));
    expect([thread.reply_count, thread.last_reply_at]).toEqual(right);
    const bare = await owner.does('GET', at(general, `/${emptied.id}`));
    expect(bare).toMatchObject({ reply_count: 0 });
    expect(bare).not.toHaveProperty('last_reply_at');
    expect(idsOf(await owner.does('GET', `/channels/${general.id}/threads`))).toEqual([kept.id]);
    expect(idsOf(await posts())).toEqual([second.id, first.id]);
  };
  await look();
  await owner.does('PATCH', at(general, `/${kept.id}`), { content: 'kept, edited' });
  expect((await ears.hears('message.update')).data).toMatchObject({ reply_count: 1 });
  await clearAll(server);
  const told = (await ears.unread()).filter(({ type }) => type === 'message.update');
  const counts = told.map(({ data }) => [data['id'], data['reply_count']]);
  expect(new Map(counts as [string, number][])).toEqual(
    new Map([
      [kept.id, 1],
      [emptied.id, 0],
      [first.id, 0],
    ]),
  );
  expect(countRows(server, 'messages', `thread_id = '${kept.id}'`)).toBe(1);
  await look();
});

test('every connection leaves out what is hidden', async () => {
  using folder = new Folder();
  const { settings } = folder;
  await using server = await startTest({ settings, clock: new FakeClock() });
  const { olga: owner, bob, space, general } = await world(server, 'olga', 'bob');
  await owner.says(general, 'kept');
  await fill(server, general, bob, 150);
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 3600 });
  const { sqlite } = openDatabase(server.app.db.sqlite.filename, 'full');
  const count = (from: string) => sqlite.query(`SELECT count(*) AS n FROM ${from}`).get();
  const counts = [count('messages'), count('shown_messages')];
  sqlite.close();
  expect(counts).toEqual([{ n: 51 }, { n: 1 }]);
});

test('what an account wrote before the time of the purge, elsewhere, or after coming back, stays in sight', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general, bob } = await world(server, 'olga', 'bob');
  const { space: other, general: elsewhere } = await owner.founds('Elsewhere');
  await bob.joins(other);
  const old = await bob.says(general, 'word, old');
  await clock.pass(3_600_001);
  await fill(server, general, bob, 300);
  const foreign = await bob.says(elsewhere, 'foreign');
  const ban = `/spaces/${space.id}/bans/${bob.id}`;
  await owner.does('PUT', ban, { delete_message_seconds: 3600 });
  await owner.does('DELETE', ban);
  await bob.joins(space);
  const back = await bob.says(general, 'word, back');
  const look = async () => {
    expect(idsOf(await owner.does('GET', at(general)))).toEqual([back.id, old.id]);
    const found = await owner.does('GET', `/spaces/${space.id}/messages/search?query=word`);
    expect(idsOf(found)).toEqual([back.id, old.id]);
    expect(idsOf(await owner.does('GET', at(elsewhere)))).toEqual([foreign.id]);
  };
  expect(countRows(server, 'messages')).toBeGreaterThan(200);
  await look();
  await clearAll(server);
  await look();
  const channel = await owner.does('GET', `/channels/${general.id}`);
  expect(channel.last_message_id).toBe(back.id);
});

test('RESUME brings nothing of what went out of sight meanwhile', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general, bob, cleo } = await world(server, 'olga', 'bob', 'cleo');
  const other = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const stand = await dropped(await cleo.listens(quietly));
  await bob.says(general, 'unbearable');
  await bob.says(other, 'unbearable, too');
  const parent = await owner.says(general, 'parent');
  await owner.says(general, 'kept');
  await bob.does('PATCH', at(general, `/${(await bob.says(general, 'x')).id}`), { content: 'y' });
  for (let n = 0; n < 2; n += 1) await owner.says(general, 'reply', { thread_id: parent.id });
  // So many that the clearing has more to do than one turn does.
  await fill(server, general, bob, 150);
  await fill(server, general, owner, 500, { thread_id: parent.id });
  await owner.says(general, 'newest reply', { thread_id: parent.id });
  await owner.does('DELETE', at(general, `/${parent.id}`));
  await owner.says(other, 'in a channel that goes');
  await owner.does('DELETE', `/channels/${other.id}`);
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 3600 });
  expect(countRows(server, 'messages')).toBeGreaterThan(50);
  const { missed } = await cleo.resumes(stand.session_id, stand.seq);
  const written = missed.filter(({ type }) => /^message.(create|update)$/.test(type ?? ''));
  expect(written.map(({ data }) => data['content'])).toEqual(['kept']);
  expect(missed.map(({ type }) => type)).toContain('channel.delete');
});

test('a ban takes messages although a channel that was deleted a moment ago holds newer ones', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general, bob } = await world(server, 'olga', 'bob');
  const other = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  for (let n = 0; n < 5; n += 1) await bob.says(general, 'spam');
  await fill(server, other, bob, 130);
  await owner.does('DELETE', `/channels/${other.id}`);
  const wish = { delete_message_seconds: 3600 };
  const ban = await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, wish);
  expect(ban.deleted_message_count).toBe(5);
  expect(await owner.does('GET', at(general))).toEqual([]);
  await clearAll(server);
  expect(countRows(server, 'messages', `author_id = '${bob.id}'`)).toBe(0);
});

test('what is out of sight is neither counted nor told by a second ban', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general, bob } = await world(server, 'olga', 'bob');
  await fill(server, general, bob, 335);
  const path = `/spaces/${space.id}/bans/${bob.id}`;
  const wish = { reason: 'spam', delete_message_seconds: 3600 };
  expect((await owner.does('PUT', path, wish)).deleted_message_count).toBe(335);
  const [ears] = await listening([owner]);
  expect((await owner.does('PUT', path, wish)).deleted_message_count).toBe(0);
  await ears.hearsNothing();
  const log = await owner.does('GET', `/spaces/${space.id}/audit-log?action_type=member_ban_add`);
  expect(log).toHaveLength(1);
});

test('who comes back after leaving for good keeps the reactions of the new membership', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general, bob } = await world(server, 'olga', 'bob');
  const message = await owner.says(general, 'hello');
  const react = (emoji: string) =>
    bob.does('PUT', at(general, `/${message.id}/reactions/${emoji}/@me`));
  await react('before');
  await react('both');
  await bob.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`);
  // Out of sight at once.
  const seen = async (person: Person) =>
    (await person.does('GET', at(general, `/${message.id}`))).reactions;
  expect(await seen(owner)).toBeNull();
  expect(await owner.does('GET', at(general, `/${message.id}/reactions/before`))).toEqual([]);
  await bob.joins(space);
  expect(await seen(bob)).toBeNull();
  const [olgas] = await listening([owner]);
  await react('after');
  await react('both');
  await olgas.hearsExactly('reaction.add', 'reaction.add');
  const own = (name: string) => ({ emoji: { id: null, name }, count: 1, me: true });
  expect(await seen(bob)).toEqual([own('after'), own('both')]);
  await clearAll(server);
  expect(countRows(server, 'reactions')).toBe(2);
  expect(await seen(bob)).toEqual([own('after'), own('both')]);
});

test('a turn that was refused hides nothing', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, general, bob } = await world(server, 'olga', 'bob');
  const message = await bob.says(general, 'stays');
  const refused = server.turn((turn) => {
    const { space_id } = general;
    eraseAuthor(turn, { author_id: bob.id, space_id, from_n: '0', until_n: turn.id() });
    throw new Error('refused');
  });
  expect(await refused.catch((error: Error) => error.message)).toBe('refused');
  expect(idsOf(await owner.does('GET', at(general)))).toEqual([message.id]);
});

test('what was out of sight when the server stopped is out of sight when it starts again', async () => {
  using folder = new Folder();
  const { settings } = folder;
  const home = await (async () => {
    await using server = await startTest({ settings, clock: new FakeClock() });
    const scene = await prolific(server);
    const { owner, bob, general, kept, first, inThread } = scene;
    await bob.does('PUT', at(general, `/${kept.id}/reactions/x/@me`));
    await ways['leaving for good'](scene);
    return { token: owner.token, general, kept, first, inThread };
  })();
  const again = await startAgain(settings);
  const headers = { authorization: `Bearer ${home.token}` };
  const page = await again.call('GET', at(home.general), undefined, headers);
  expect(page.data).toMatchObject([
    { id: home.first.id, content: '', reply_count: 1 },
    { id: home.kept.id, reactions: null },
  ]);
  const single = await again.call(
    'GET',
    at(home.general, `/${home.inThread.id}`),
    undefined,
    headers,
  );
  expect(single.status).toBe(404);
  await again.stop();
});

test('a thread is told of when a purge begins and when its last reply is gone, not with each slice', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { olga: owner, bob, space, general } = await world(server, 'olga', 'bob');
  const parent = await owner.says(general, 'parent');
  await owner.says(general, 'mine', { thread_id: parent.id });
  await fill(server, general, bob, 450, { thread_id: parent.id });
  const { sqlite } = server.app.db;
  sqlite.run(`UPDATE messages SET reply_count = 451 WHERE id = '${parent.id}'`);
  const [ears] = await listening([owner]);
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 3600 });
  await clearAll(server);
  const told = (await ears.unread()).filter(({ type }) => type === 'message.update');
  expect(told.map(({ data }) => [data['id'], data['reply_count']])).toEqual([
    [parent.id, 1],
    [parent.id, 1],
  ]);
  const row = sqlite.query('SELECT reply_count FROM messages WHERE id = ?');
  expect(row.get(parent.id)).toEqual({ reply_count: 1 });
});

test('a forum post goes back to its place with the newest reply that a purge clears, not with the last', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { olga: owner, bob, space, general } = await world(server, 'olga', 'bob');
  const forum = await owner.does('POST', `/spaces/${space.id}/channels`, {
    name: 'forum',
    type: 'forum',
  });
  const older = await owner.says(forum, 'older', { title: 'older' });
  const newer = await owner.says(forum, 'newer', { title: 'newer' });
  await clock.leap(1_000);
  const replies = await fill(server, forum, bob, 1_000, { thread_id: older.id });
  await server.turn(({ tx }) => {
    const last = snowflakeTime(replies.at(-1) ?? '');
    updateMessage(tx, older.id, { reply_count: 1_000, last_reply_at: last, active_at: last });
  });
  // So many that the ban itself does not come to the replies.
  await fill(server, general, bob, 600);
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 3600 });
  const posts = async () => idsOf(await owner.does('GET', at(forum, '?top_level=true')));
  for (let slices = 0; slices < 6; slices += 1) await server.turn(clearSlice);
  expect(countRows(server, 'messages', `thread_id = '${older.id}'`)).toBeGreaterThan(800);
  expect(await posts()).toEqual([newer.id, older.id]);
});
