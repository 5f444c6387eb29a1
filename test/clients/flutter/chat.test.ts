import { expect, test } from 'bun:test';
import { Flutter } from '../../support/clients/flutter.ts';
import * as read from '../../support/clients/flutter-models.ts';
import { dot } from '../../support/place.ts';
import { startTest, type TestServer } from '../../support/server.ts';
import { world } from '../../support/world.ts';

/** Two people with the client, connected, in one space. */
async function begin(server: TestServer) {
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const anna = new Flutter(server).has(owner.token);
  const bobs = new Flutter(server).has(bob.token);
  await anna.connects();
  await bobs.connects();
  const leave = () => {
    for (const { socket } of [anna, bobs]) socket.leave();
  };
  const path = `/channels/${general.id}/messages`;
  return { owner, bob, space, general, anna, bobs, path, [Symbol.dispose]: leave };
}

test('it writes, answers, edits, deletes and pins, and everybody hears it', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bobs, owner, general, path } = both;
  await bobs.rest.does('POST', `/channels/${general.id}/typing`, { body: {} });
  await anna.socket.hears('typing.start', ({ channel_id }) => channel_id === general.id);
  const sent = read.message(
    await anna.rest.does('POST', path, { body: { content: 'hello' }, once: true }),
  );
  const heard = await bobs.socket.hears('message.create', ({ id }) => id === sent.id);
  expect(heard).toMatchObject({
    content: 'hello',
    author_id: owner.id,
    space_id: general.space_id,
  });
  const answer = { content: 'hi', reply_to: sent.id };
  const reply = read.message(await bobs.rest.does('POST', path, { body: answer, once: true }));
  expect(reply.reply_to).toBe(sent.id);
  await anna.rest.does('PATCH', `${path}/${sent.id}`, { body: { content: 'hello there' } });
  await bobs.socket.hears('message.update', ({ content }) => content === 'hello there');
  await anna.rest.does('PUT', `/channels/${general.id}/pins/${sent.id}`);
  expect(await bobs.rest.gets(read.messages, `/channels/${general.id}/pins`)).toHaveLength(1);
  await bobs.rest.does('DELETE', `${path}/${reply.id}`);
  await anna.socket.hears('message.delete', ({ id }) => id === reply.id);
  const page = await bobs.rest.gets(read.messages, path, { limit: 50 });
  expect(page.map(({ content }: any) => content)).toEqual(['hello there']);
  await bobs.rest.does('POST', `/channels/${general.id}/ack`, { body: { message_id: sent.id } });
});

test('it pages through a channel by the oldest message that it has', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  for (let n = 0; n < 60; n += 1) await owner.says(general, `${n}`);
  const { rest } = new Flutter(server).has(owner.token);
  const path = `/channels/${general.id}/messages`;
  const first = await rest.gets(read.messages, path, { limit: 50 });
  const oldest = first.map(({ id }: any) => id).toSorted(compare)[0];
  const second = await rest.gets(read.messages, path, { limit: 50, before: oldest });
  const all = [...first, ...second].map(({ content }: any) => Number(content));
  expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n));
  const around = await rest.gets(read.messages, path, { limit: 50, around: oldest });
  expect(around.map(({ id }: any) => id)).toContain(oldest);
});

/** It compares ids as numbers. */
const compare = (a: string, b: string) => (BigInt(a) < BigInt(b) ? -1 : 1);

test('it sends files under their own names, without a text', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bobs, path } = both;
  const names = ['photo "one".png', 'Grüße aus Köln.txt', '日本.txt', "it's 100%.txt"];
  const files = names.map((filename, n) => ({
    filename,
    content_type: n === 0 ? 'image/png' : 'text/plain',
    bytes: n === 0 ? Buffer.from(dot.split(',')[1] ?? '', 'base64') : filename,
  }));
  const { ok, data, error } = await anna.rest.upload(`${path}/upload`, {}, files);
  expect({ ok, error }).toEqual({ ok: true, error: null });
  const sent = read.message(data);
  expect(sent.content).toBe('');
  expect(sent.attachments.map(({ filename }: any) => filename)).toEqual(names);
  const heard = await bobs.socket.hears('message.create', ({ id }) => id === sent.id);
  expect(heard.attachments).toEqual(sent.attachments);
  for (const [index, { url }] of sent.attachments.entries()) {
    const { pathname } = new URL(url, server.origin);
    const bytes = await (await fetch(`${server.origin}${pathname}`)).bytes();
    expect(Buffer.from(bytes)).toEqual(Buffer.from(files[index]?.bytes ?? ''));
  }
});

test('it reacts with what its keyboard writes and with emojis of the space', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bobs, owner, bob, space, general, path } = both;
  const body = { name: 'party', image: dot };
  const { id: emoji_id } = await anna.rest.does('POST', `/spaces/${space.id}/emojis`, { body });
  const { id } = await owner.says(general, 'hello');
  const reactions = `${path}/${id}/reactions`;
  const custom = `party:${emoji_id}`;
  for (const [client, emoji] of [
    [anna, '❤️'],
    [bobs, '❤'],
    [anna, custom],
  ] as const) {
    await client.rest.does('PUT', `${reactions}/${encodeURIComponent(emoji)}/@me`);
  }
  // Events carry the text that it shows already, so that no second pill appears.
  const hearts = { user_id: bob.id, message_id: id, emoji: '❤️' };
  expect(
    await anna.socket.hears('reaction.add', ({ user_id }) => user_id === bob.id),
  ).toMatchObject(hearts);
  await bobs.socket.hears('reaction.add', ({ emoji }) => emoji === custom);
  const [shown] = await bobs.rest.gets(read.messages, path, { limit: 50 });
  expect(shown.reactions).toEqual([
    { emoji: { id: null, name: '❤️' }, count: 2, me: true },
    { emoji: { id: emoji_id, name: 'party' }, count: 1, me: false },
  ]);
  await anna.rest.does('DELETE', `${reactions}/${encodeURIComponent(custom)}/@me`);
  await bobs.socket.hears('reaction.remove', ({ emoji }) => emoji === custom);
  // It looks for accounts and asks for none; ids are passed over.
  expect(await bobs.rest.gets(read.users, `${reactions}/${encodeURIComponent('❤')}`)).toEqual([]);
});

test('it opens threads and a forum, and counts the answers', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bobs, owner, space, general, path } = both;
  const first = await owner.says(general, 'a question');
  const answer = { content: 'an answer', thread_id: first.id };
  await bobs.rest.does('POST', `/channels/${general.id}/typing`, { body: { thread_id: first.id } });
  await bobs.rest.does('POST', path, { body: answer, once: true });
  await anna.socket.hears('message.create', ({ thread_id }) => thread_id === first.id);
  await anna.socket.hears('message.update', ({ reply_count }) => reply_count === 1);
  const replies = await anna.rest.gets(read.messages, path, { limit: 50, thread_id: first.id });
  expect(replies).toMatchObject([{ content: 'an answer' }]);
  const wish = { name: 'board', type: 'forum' };
  const forum = await anna.rest.does('POST', `/spaces/${space.id}/channels`, { body: wish });
  await bobs.socket.hears('channel.create', ({ id }) => id === forum.id);
  const post = { content: 'text', title: 'A post' };
  const board = `/channels/${forum.id}/messages`;
  const { id } = await bobs.rest.does('POST', board, { body: post, once: true });
  await anna.rest.does('POST', board, { body: { content: 'yes', thread_id: id }, once: true });
  const posts = await anna.rest.gets(read.messages, board, { limit: 50, top_level: true });
  expect(posts).toMatchObject([{ title: 'A post', reply_count: 1 }]);
});

test('it searches with blanks and signs in the words', async () => {
  await using server = await startTest();
  const { owner, space, general } = await world(server, 'olga');
  await owner.says(general, 'coffee & cake + tea');
  await owner.says(general, 'only coffee');
  const { rest } = new Flutter(server).has(owner.token);
  const found = (query: string) =>
    rest.gets(read.messages, `/spaces/${space.id}/messages/search`, {
      query,
      limit: 25,
      offset: 0,
    });
  expect(await found('coffee & cake')).toMatchObject([{ content: 'coffee & cake + tea' }]);
  expect(await found('coffee')).toHaveLength(2);
  expect(await found('cake + tea')).toHaveLength(1);
});
