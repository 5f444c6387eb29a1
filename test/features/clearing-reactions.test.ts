// Reactions that are taken away by the thousand: gone at once, told once, cleared in slices.
import { expect, test } from 'bun:test';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows } from '../support/crowd.ts';
import { Folder } from '../support/folder.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { listening, world } from '../support/world.ts';

const ofMessage = (message: any) => `/channels/${message.channel_id}/messages/${message.id}`;
const reactions = (message: any, emoji = '') =>
  `${ofMessage(message)}/reactions${emoji && `/${emoji}`}`;
const counts = (message: any) =>
  message.reactions?.map(({ emoji, count, me }: any) => [emoji.name, count, me]) ?? null;

/** So many people react, without a word. */
function crowd(server: TestServer, message: any, emoji: string, count: number): Promise<void> {
  return server.turn(({ tx }) => {
    const insert = tx.sqlite.query(
      'INSERT INTO reactions (message_id, emoji, user_id) VALUES (?, ?, ?)',
    );
    for (let n = 0; n < count; n += 1) insert.run(message.id, emoji, `${emoji}${n}`);
  });
}

/** Clears what waits; no slice takes more than 500 reactions. */
async function clearAll(server: TestServer): Promise<void> {
  let before = countRows(server, 'reactions');
  while (await server.turn(clearSlice)) {
    const now = countRows(server, 'reactions');
    expect(before - now).toBeLessThanOrEqual(500);
    before = now;
  }
}

test('all reactions of a message are gone at once, and new ones are none of them', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const message = await owner.says(general, 'hello');
  await crowd(server, message, 'x', 1_200);
  await bob.does('PUT', `${reactions(message, 'y')}/@me`);
  const [ears] = await listening([bob]);
  await owner.does('DELETE', reactions(message));
  await ears.hearsExactly('reaction.clear');
  expect(countRows(server, 'reactions')).toBe(701);

  const read = async () => counts(await bob.does('GET', ofMessage(message)));
  expect(await read()).toBeNull();
  expect(await bob.does('GET', reactions(message, 'x'))).toEqual([]);
  const [listed] = await owner.does('GET', `/channels/${general.id}/messages`);
  expect(listed.reactions).toBeNull();
  // What is not there any more is neither taken back nor cleared once more.
  await bob.does('DELETE', `${reactions(message, 'y')}/@me`);
  await owner.does('DELETE', reactions(message));
  await owner.does('DELETE', reactions(message, 'x'));
  await ears.hearsNothing();
  await owner.does('PATCH', ofMessage(message), { content: 'edited' });
  expect((await ears.hears('message.update')).data['reactions']).toBeNull();

  for (const emoji of ['x', 'y']) await bob.does('PUT', `${reactions(message, emoji)}/@me`);
  await ears.hearsExactly('reaction.add', 'reaction.add');
  const anew = [
    ['x', 1, true],
    ['y', 1, true],
  ];
  expect(await read()).toEqual(anew);
  await clearAll(server);
  expect(await read()).toEqual(anew);
  expect(countRows(server, 'reactions')).toBe(2);
  expect(countRows(server, 'clearings')).toBe(0);
});

test('one emoji of a message goes alone', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, general } = await world(server, 'olga');
  const message = await owner.says(general, 'hello');
  const other = await owner.says(general, 'other');
  await crowd(server, other, 'x/y', 600);
  await crowd(server, message, 'x/y', 1_100);
  await crowd(server, message, 'x', 700);
  await owner.does('DELETE', reactions(message, 'x%2Fy'));
  const look = async () => {
    expect(counts(await owner.does('GET', ofMessage(message)))).toEqual([['x', 700, false]]);
    expect(counts(await owner.does('GET', ofMessage(other)))).toEqual([['x/y', 600, false]]);
    expect(await owner.does('GET', reactions(message, 'x%2Fy'))).toEqual([]);
  };
  expect(countRows(server, 'reactions')).toBe(1_900);
  await look();
  await clearAll(server);
  await look();
  expect(countRows(server, 'reactions')).toBe(1_300);
});

test('emojis that were cleared leave their places to others at once', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, general } = await world(server, 'olga');
  const message = await owner.says(general, 'hello');
  for (let n = 0; n < 50; n += 1) await crowd(server, message, `e${n}`, 20);
  await owner.isRefused(400, 'PUT', `${reactions(message, 'new')}/@me`);
  await owner.does('DELETE', reactions(message));
  expect(countRows(server, 'reactions')).toBe(500);
  await owner.does('PUT', `${reactions(message, 'new')}/@me`);
  await clearAll(server);
  expect(counts(await owner.does('GET', ofMessage(message)))).toEqual([['new', 1, true]]);
});

test('reactions that were gone when the server stopped are gone when it starts again', async () => {
  using folder = new Folder();
  const { settings } = folder;
  const { token, message } = await (async () => {
    await using server = await startTest({ settings, clock: new FakeClock() });
    const { owner, general } = await world(server, 'olga');
    const sent = await owner.says(general, 'hello');
    for (const emoji of ['x', 'y']) await crowd(server, sent, emoji, 2_000);
    await owner.does('DELETE', reactions(sent, 'y'));
    await owner.does('DELETE', reactions(sent));
    return { token: owner.token, message: sent };
  })();
  const again = await startAgain(settings);
  const headers = { authorization: `Bearer ${token}` };
  const read = await again.call('GET', ofMessage(message), undefined, headers);
  expect(counts(read.data)).toBeNull();
  await again.stop();
});
