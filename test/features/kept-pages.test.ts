// Pages that are kept in memory: what changes a message drops them, and each reader sees the own reactions.
import { expect, test } from 'bun:test';
import { channelOf } from '../../src/access/load.ts';
import { endOfTime, hide } from '../../src/features/talk/messages/hidden.ts';
import { updateMessage } from '../../src/features/talk/messages/queries.ts';
import { tellMessage } from '../../src/features/talk/messages/telling.ts';
import { uploads } from '../support/forms.ts';
import { startTest, type TestServer } from '../support/server.ts';
import type { Person } from '../support/person.ts';
import { world } from '../support/world.ts';

interface Channel {
  id: string;
}

const pageOf = (reader: Person, { id }: Channel, query = '') =>
  reader.does('GET', `/channels/${id}/messages${query}`);

const thumb = encodeURIComponent('👍');
const reactionTo = (channel: Channel, message: { id: string }, emoji = thumb) =>
  `/channels/${channel.id}/messages/${message.id}/reactions/${emoji}`;

/** Changes a message behind the server's back. */
function forge(server: TestServer, message: { id: string }): void {
  server.app.db.sqlite
    .query("UPDATE messages SET content = 'forged' WHERE n = cast(? AS integer)")
    .run(message.id);
}

/** Reads the pages that are kept, so that they are, and expects what a page says that is not kept. */
async function readsRight(readers: readonly Person[], channel: Channel, thread: Channel) {
  for (const reader of readers) {
    expect(await pageOf(reader, channel)).toEqual(await pageOf(reader, channel, '?order=desc'));
    const { status, data } = await reader.call('GET', repliesTo(channel, thread));
    const other = await reader.call('GET', `${repliesTo(channel, thread)}&order=desc`);
    expect([status, data]).toEqual([other.status, other.data]);
  }
}

const repliesTo = (channel: Channel, thread: Channel) =>
  `/channels/${channel.id}/messages?thread_id=${thread.id}`;

test('the newest page is kept as it goes out, and compared with the rows in tests', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const said = await anna.says(general, 'hello');
  const [first] = await pageOf(anna, general);
  expect(first).toEqual(said);
  forge(server, said);
  await isRefused(anna, 'of the messages');
  server.app.db.sqlite.query('DELETE FROM messages WHERE n = cast(? AS integer)').run(said.id);
  await isRefused(bob, 'the kept page');

  async function isRefused(reader: Person, because: string) {
    expect((await reader.call('GET', `/channels/${general.id}/messages`)).status).toBe(500);
    const last = server.logged.findLast(({ level }) => level === 'error');
    expect(String(last?.fields.err)).toStartWith(`Error: ${because}`);
  }
});

test('outside of tests it comes from memory, and all else from the rows', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const said = await anna.says(general, 'hello');
  await pageOf(anna, general);
  forge(server, said);
  Object.assign(server.app, { strict: false });
  expect((await pageOf(anna, general))[0].content).toBe('hello');
  const one = await anna.does('GET', `/channels/${general.id}/messages/${said.id}`);
  expect(one.content).toBe('forged');
  await anna.says(general, 'another');
  expect((await pageOf(anna, general)).length).toBe(2);
});

test('whatever changes a message, the kept pages follow, for each reader', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, general, space } = await world(server, 'anna', 'bob', 'cleo');
  const at = `/channels/${general.id}/messages`;
  const post = await anna.says(general, 'a post');
  const bobs = await bob.says(general, 'by bob');
  const plain = await anna.says(general, 'nobody answers');
  const party = encodeURIComponent('🎉');
  const deeds: (() => Promise<unknown>)[] = [
    () => anna.says(general, 'one more'),
    () => uploads(anna, general, { content: 'a file' }, [{ filename: 'a.txt', bytes: 'text' }]),
    () => bob.says(general, 'a reply', { thread_id: post.id }),
    () => anna.does('PATCH', `${at}/${post.id}`, { content: 'changed "reactions":[]' }),
    () => bob.does('PUT', `${reactionTo(general, post)}/@me`),
    () => cleo.does('PUT', `${reactionTo(general, post)}/@me`),
    () => bob.does('PUT', `${reactionTo(general, post, party)}/@me`),
    () => cleo.does('DELETE', `${reactionTo(general, post)}/@me`),
    () => anna.does('DELETE', reactionTo(general, post, party)),
    () => cleo.does('PUT', `${reactionTo(general, post, 'name')}/@me`),
    () => anna.does('DELETE', `/channels/${general.id}/messages/${post.id}/reactions`),
    () => anna.does('PUT', `/channels/${general.id}/pins/${post.id}`),
    () => anna.does('DELETE', `/channels/${general.id}/pins/${post.id}`),
    async () => {
      const reply = await cleo.says(general, 'another reply', { thread_id: post.id });
      await readsRight([anna, bob, cleo], general, post);
      await cleo.does('DELETE', `${at}/${reply.id}`);
    },
    () => cleo.says(general, 'and another', { thread_id: post.id }),
    () => anna.does('DELETE', `${at}/${plain.id}`),
    () => anna.does('POST', `${at}/bulk-delete`, { messages: [bobs.id] }),
    () => bob.does('PUT', `${reactionTo(general, post)}/@me`),
    () => cleo.does('PUT', `${reactionTo(general, post)}/@me`),
    () => anna.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 3_600 }),
    () => anna.does('DELETE', `${at}/${post.id}`),
  ];
  for (const deed of deeds) {
    await readsRight([anna, bob, cleo], general, post);
    await deed();
  }
  await readsRight([anna, cleo], general, post);
});

test('who has reacted sees that, and nobody else does', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, general } = await world(server, 'anna', 'bob', 'cleo');
  const said = await anna.says(general, 'hello "reactions":[{"me":false}]');
  const quiet = await anna.says(general, 'nobody reacts');
  await bob.does('PUT', `${reactionTo(general, said)}/@me`);
  await cleo.does('PUT', `${reactionTo(general, said, 'name')}/@me`);
  const mine = async (reader: Person, query = '') => {
    const page: any[] = await pageOf(reader, general, query);
    const shown = page.find(({ id }) => id === said.id).reactions;
    return shown.filter(({ me }: any) => me).map(({ emoji }: any) => emoji.name);
  };
  // From memory the second time; `before` is not kept.
  for (const query of ['', '', '?limit=2', `?before=${quiet.id}`]) {
    expect(await mine(anna, query)).toEqual([]);
    expect(await mine(bob, query)).toEqual(['👍']);
    expect(await mine(cleo, query)).toEqual(['name']);
  }
});

test('a turn that is rolled back leaves the page as it was', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  const said = await anna.says(general, 'hello');
  expect(await pageOf(anna, general)).toEqual([said]);
  const failing = server.turn<void>((turn) => {
    const channel = channelOf(turn.app, general.id);
    updateMessage(turn.tx, said.id, { content: 'never' });
    if (channel !== null) tellMessage(turn, channel, said.id);
    throw new Error('it fails');
  });
  expect(await failing.catch(String)).toBe('Error: it fails');
  expect(await pageOf(anna, general)).toEqual([said]);
});

test('what is hidden in a turn that tells nobody is not on the page', async () => {
  await using server = await startTest();
  const { anna, bob, general, space } = await world(server, 'anna', 'bob');
  await bob.says(general, 'of bob');
  const said = await anna.says(general, 'of anna');
  expect((await pageOf(anna, general)).length).toBe(2);
  const ofBob = { author_id: bob.id, space_id: space.id, from_n: '0', until_n: endOfTime };
  await server.turn((turn) => hide(turn.tx, 'hidden_authors', ofBob));
  expect(await pageOf(anna, general)).toEqual([said]);
});

test('a page of a conversation is kept for its people alone', async () => {
  await using server = await startTest();
  const { anna, bob, cleo } = await world(server, 'anna', 'bob', 'cleo');
  const channel = await anna.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  const said = await anna.says(channel, 'between us');
  for (const reader of [anna, bob, anna]) expect(await pageOf(reader, channel)).toEqual([said]);
  expect((await cleo.call('GET', `/channels/${channel.id}/messages`)).status).not.toBe(200);
  await bob.does('PUT', `${reactionTo(channel, said)}/@me`);
  expect((await pageOf(bob, channel))[0].reactions).toMatchObject([{ count: 1, me: true }]);
  expect((await pageOf(anna, channel))[0].reactions).toMatchObject([{ count: 1, me: false }]);
});

test('a page has the address of the server as it is now', async () => {
  await using server = await startTest();
  const { anna, general } = await world(server, 'anna');
  await uploads(anna, general, { content: '' }, [{ filename: 'a.txt', bytes: 'text' }]);
  const urlIn = async () => new URL((await pageOf(anna, general))[0].attachments[0].url).origin;
  const before = await urlIn();
  server.app.address.listensOn(1, '::');
  expect(await urlIn()).not.toBe(before);
});
