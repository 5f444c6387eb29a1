import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

test('a message reaches everyone who may view the channel, and nobody else', async () => {
  await using server = await startTest();
  const [anna, bob, cleo] = await Promise.all(['anna', 'bob', 'cleo'].map((n) => server.person(n)));
  if (!anna || !bob || !cleo) throw new Error('three people were expected');
  const { space, general } = await anna.founds();
  await bob.joins(space);
  const [annas, bobs, cleos] = await Promise.all([anna.listens(), bob.listens(), cleo.listens()]);
  await annas.unread();
  await bobs.unread();
  await cleos.unread();
  const sent = await anna.says(general, 'hello');
  const heard = await bobs.hears('message.create');
  expect(heard.data).toEqual(sent);
  await annas.hearsExactly('message.create');
  await bobs.hearsNothing();
  await cleos.hearsNothing();
});

test('a session that dropped gets what it missed, once and in order', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const bobs = await bob.listens();
  const { session_id } = bobs.ready;
  bobs.drop();
  await bobs.closes();
  for (const content of ['one', 'two', 'three']) await anna.says(general, content);
  const { ears, missed } = await bob.resumes(session_id, bobs.seq);
  expect(missed.map(({ data }) => data['content'])).toEqual(['one', 'two', 'three']);
  await anna.says(general, 'four');
  await ears.hears('message.create', ({ content }) => content === 'four');
});
