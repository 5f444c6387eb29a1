import { expect, test } from 'bun:test';
import type { Ears } from '../support/ears.ts';
import { addMembers } from '../support/masses.ts';
import { allIntents } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

/** Asks for members and reads the chunks of the answer. */
async function ask(ears: Ears, data: object): Promise<any[]> {
  ears.send(10, data);
  const chunks: any[] = [];
  for (;;) {
    const { data: chunk } = await ears.hears('member.chunk');
    chunks.push(chunk);
    if (chunk['chunk_count'] === chunk['chunk_index'] + 1) return chunks;
  }
}

const usersOf = (chunks: any[]) => chunks.flatMap(({ members }) => members.map((m: any) => m.user));

test('REQUEST_MEMBERS answers all members of a space, also of a large one', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'olga', 'bob');
  const ids = await addMembers(server, space, 1_500);
  const ears = await bob.listens(['messages']);
  const chunks = await ask(ears, { space_id: space.id });
  expect(usersOf(chunks).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  expect(usersOf(chunks)).toHaveLength(1_502);
  expect(chunks.map(({ chunk_index }) => chunk_index)).toEqual([...chunks.keys()]);
});

test('a query finds usernames and nicknames by their beginning, in any case, up to the limit', async () => {
  await using server = await startTest();
  const { owner, bob, space } = await world(server, 'olga', 'anton', 'antje', 'bob', 'cleo');
  await bob.does('PATCH', `/spaces/${space.id}/members/@me`, { nickname: 'Antonia' });
  const ears = await owner.listens();
  const found = async (more: object) =>
    usersOf(await ask(ears, { space_id: space.id, ...more })).map(({ username }) => username);
  expect(await found({ query: 'ANT' })).toEqual(['anton', 'antje', 'bob']);
  expect(await found({ query: 'anto' })).toEqual(['anton', 'bob']);
  expect(await found({ query: 'ant', limit: 2 })).toEqual(['anton', 'antje']);
  expect(await found({ limit: 1 })).toEqual(['olga']);
  expect(await found({ query: 'nobody' })).toEqual([]);
  expect(await found({ query: '%' })).toEqual([]);
});

test('a query goes through all of a large space', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  await addMembers(server, space, 1_700);
  const zoe = await server.person('zoe');
  await zoe.joins(space);
  const ears = await owner.listens(['messages']);
  const chunks = await ask(ears, { space_id: space.id, query: 'zo' });
  expect(usersOf(chunks).map(({ id }) => id)).toEqual([zoe.id]);
});

test('who is no member hears nothing, and nothing is answered for spaces that are not there', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'olga', 'bob');
  const stranger = await server.person('stan');
  const ears = await stranger.listens();
  for (const space_id of [space.id, '1', '', 'x']) ears.send(10, { space_id });
  for (const data of [{}, null, { space_id: 1 }, { space_id: space.id, limit: -1 }]) {
    ears.send(10, data);
  }
  await ears.hearsNothing();
  const bobs = await bob.listens();
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bobs.hears('space.delete');
  bobs.send(10, { space_id: space.id });
  await bobs.hearsNothing();
});

test('who asks for everything again and again is answered in turn, and not without end', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'olga', 'bob');
  await addMembers(server, space, 1_200);
  const ears = await bob.listens(allIntents);
  for (let n = 0; n < 60; n += 1) ears.send(10, { space_id: space.id });
  const isLast = ({ data }: any) => data.chunk_count === data.chunk_index + 1;
  for (let n = 0; n < 8; n += 1) await ears.hears('member.chunk', (data) => isLast({ data }));
  // Comes after everything that was promised, once there is room for it.
  const isEmpty = ({ type, data }: any) => type === 'member.chunk' && data.members.length === 0;
  // Asked for again only where nothing came since: a client has 120 frames a minute.
  const events = () => ears.frames.filter(({ op }) => op === 0).length;
  for (let known = 0; !ears.frames.some(isEmpty); await ears.settled()) {
    if (events() === known) ears.send(10, { space_id: space.id, query: 'nobody' });
    known = events();
  }
  const answers = ears.frames.filter((frame) => frame.type === 'member.chunk' && isLast(frame));
  expect(answers.length).toBeLessThan(60);
});
