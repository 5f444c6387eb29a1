// What an account holds, as one JSON: its profile, spaces, relationships, and the newest messages.
import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { opens } from '../support/conversing.ts';
import { fill } from '../support/crowd.ts';
import { Guest } from '../support/guest.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { asks, befriend, blocks } from '../support/strangers.ts';
import { world } from '../support/world.ts';

const path = '/users/@me/data-export';
const exported = (person: Person): Promise<any> => person.does('GET', path);

test('an export has what one has written anywhere, the oldest first, and nothing of others', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const { space: other, general: elsewhere } = await owner.founds('Other');
  await bob.joins(other);
  const dm = await opens(bob, owner);
  const first = await bob.says(general, 'first');
  await owner.says(general, 'not his');
  const said = [
    first,
    await bob.says(dm, 'between us'),
    await bob.says(elsewhere, 'elsewhere'),
    await bob.says(general, 'in a thread', { thread_id: first.id }),
  ];
  const gone = await bob.says(general, 'taken back');
  await bob.does('DELETE', `/channels/${general.id}/messages/${gone.id}`);
  await bob.does('DELETE', `/spaces/${other.id}/members/@me`);
  const cleo = await server.person('cleo');
  await befriend(bob, cleo);
  await clock.pass(1);
  await asks(bob, owner);
  const { export_date, ...data } = await exported(bob);
  expect(Date.parse(export_date)).toBeGreaterThan(0);
  expect(Object.keys(data)).toEqual([
    'user',
    'spaces',
    'messages',
    'message_count',
    'relationships',
  ]);
  expect(data.user).toEqual(await bob.does('GET', '/users/@me'));
  const spaces = await bob.does('GET', '/users/@me/spaces');
  expect(data.spaces).toEqual(spaces.map(({ id, name }: any) => ({ id, name })));
  expect(data.spaces.map(({ id }: any) => id)).toContain(space.id);
  // The first is his welcome, by the server's own words.
  const own = data.messages.filter(({ content }: any) => !content.includes('joined the server'));
  expect(own).toEqual(
    said.map(({ id, channel_id, content, timestamp }) => ({
      id,
      channel_id,
      content,
      created_at: timestamp,
    })),
  );
  expect(data.message_count).toBe(data.messages.length);
  const relations = data.relationships.map(({ created_at: _, ...one }: any) => one);
  expect(relations).toEqual([
    { user_id: bob.id, target_id: owner.id, type: 4 },
    { user_id: bob.id, target_id: cleo.id, type: 1 },
  ]);
});

test('of more than 10,000 messages it has the newest, and the number of all', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const { general: other } = await owner.founds('Other');
  const before = (await exported(bob)).message_count;
  const old = await fill(server, other, bob, 3_000);
  const middle = await fill(server, general, bob, 6_000);
  const latest = await fill(server, other, bob, 3_000);
  const { messages, message_count, truncated } = await exported(bob);
  expect([message_count, truncated]).toEqual([before + 12_000, true]);
  const ids = messages.map(({ id }: any) => id);
  expect(ids).toEqual([...old.slice(-1_000), ...middle, ...latest]);
});

test('the text of an export has an end', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'olga', 'bob');
  const content = 'ä'.repeat(4_000);
  const ids = await fill(server, general, bob, 1_100, { content });
  const { messages, message_count, truncated } = await exported(bob);
  expect(truncated).toBe(true);
  expect(message_count).toBeGreaterThanOrEqual(1_100);
  const most = Math.floor((8 * 1024 * 1024) / 8_000);
  expect(messages.map(({ id }: any) => id)).toEqual(ids.slice(-most));
});

test('what is hidden or in a channel that is gone is not in it', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const other = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const { space: stays, general: kept } = await owner.founds('Stays');
  await bob.joins(stays);
  await fill(server, general, bob, 200);
  await fill(server, other, bob, 200);
  const said = await bob.says(kept, 'kept');
  await owner.does('DELETE', `/channels/${other.id}`);
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, { delete_message_seconds: 3600 });
  const { messages, truncated } = await exported(bob);
  const own = messages.filter(({ content }: any) => !content.includes('joined the server'));
  expect(own.map(({ id }: any) => id)).toEqual([said.id]);
  expect(truncated).toBeUndefined();
});

test('guests and bots export nothing', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  const guest = await Guest.enter(server, space);
  const { token } = await owner.does('POST', '/applications', { name: 'Ping' });
  const as = (authorization: string) => server.call('GET', path, undefined, { authorization });
  expect([(await as(guest.authorization)).status, (await as(`Bot ${token}`)).status]).toEqual([
    403, 403,
  ]);
  expect((await server.call('GET', path)).status).toBe(401);
});

test('five in an hour are enough', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  for (let count = 0; count < 5; count += 1) await exported(anna);
  const { body } = await anna.isRefused(429, 'GET', path);
  expect(body.error.retry_after).toBe(3_600);
  await exported(bob);
  await clock.pass(3_600_000);
  await exported(anna);
});

test('others are answered while a large export is made', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  await fill(server, general, bob, 10_000, { content: 'x'.repeat(500) });
  let isOver = false;
  const export_ = exported(bob).then((data) => {
    isOver = true;
    return data;
  });
  let answered = 0;
  while (!isOver) {
    await owner.does('GET', '/users/@me');
    if (!isOver) answered += 1;
  }
  expect((await export_).messages).toHaveLength(10_000);
  expect(answered).toBeGreaterThan(5);
});

test('whom one has blocked is in one’s own export, not in theirs', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  await blocks(anna, bob);
  const kinds = async (person: Person) =>
    (await exported(person)).relationships.map(({ type }: any) => type);
  expect([await kinds(anna), await kinds(bob)]).toEqual([[2], []]);
});
