// Two large deletions at once: what the second one hides stays hidden when the first one is cleared.
import { expect, test } from 'bun:test';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows, fill } from '../support/crowd.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

/** Clears until nothing waits and looks after each slice; answers how many rows were left each time. */
async function clearAll(server: TestServer, left: () => number[], look: () => Promise<void>) {
  const states = [left()];
  await look();
  while (await server.turn(clearSlice)) {
    states.push(left());
    await look();
  }
  return states;
}

/** Whether the first deletion is cleared and the second is not. */
const isOverlap = ([first, second]: number[]) => first === 0 && second !== undefined && second > 0;

test('messages of a second banned member stay hidden when those of the first are cleared', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, bob, cleo, space, general } = await world(server, 'olga', 'bob', 'cleo');
  const kept = await owner.says(general, 'kept');
  for (const person of [bob, cleo]) await fill(server, general, person, 300);
  for (const { id } of [bob, cleo]) {
    const wish = { delete_message_seconds: 3600 };
    await owner.does('PUT', `/spaces/${space.id}/bans/${id}`, wish);
  }
  const left = () =>
    [bob, cleo].map(({ id }) => countRows(server, 'messages', `author_id = '${id}'`));
  const states = await clearAll(server, left, async () => {
    const page = await owner.does('GET', `/channels/${general.id}/messages?limit=100`);
    expect(page.map(({ id }: { id: string }) => id)).toEqual([kept.id]);
  });
  expect(states.some(isOverlap)).toBe(true);
  expect(states.at(-1)).toEqual([0, 0]);
});

/** A message with 1,200 reactions. */
async function reacted(server: TestServer, owner: Person, channel: { id: string }): Promise<any> {
  const message = await owner.says(channel, 'hello');
  await server.turn(({ tx }) => {
    const insert = tx.sqlite.query(
      "INSERT INTO reactions (message_id, emoji, user_id) VALUES (?, 'x', ?)",
    );
    for (let n = 0; n < 1_200; n += 1) insert.run(message.id, `${n}`);
  });
  return message;
}

test('reactions of a second message stay hidden when those of the first are cleared', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, general } = await world(server, 'olga');
  const messages = [await reacted(server, owner, general), await reacted(server, owner, general)];
  const path = (id: string) => `/channels/${general.id}/messages/${id}`;
  for (const { id } of messages) await owner.does('DELETE', `${path(id)}/reactions`);
  const left = () =>
    messages.map(({ id }) => countRows(server, 'reactions', `message_id = '${id}'`));
  const states = await clearAll(server, left, async () => {
    for (const { id } of messages) {
      expect((await owner.does('GET', path(id))).reactions).toBeNull();
      expect(await owner.does('GET', `${path(id)}/reactions/x`)).toEqual([]);
    }
  });
  expect(states.some(isOverlap)).toBe(true);
  expect(states.at(-1)).toEqual([0, 0]);
});

test('reactions of a second leaver stay hidden when those of the first are cleared', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { owner, bob, cleo, space, general } = await world(server, 'olga', 'bob', 'cleo');
  const ids = await fill(server, general, owner, 250);
  for (const person of [bob, cleo]) {
    await server.turn(({ tx }) => {
      const insert = tx.sqlite.query(
        "INSERT INTO reactions (message_id, emoji, user_id) VALUES (?, 'x', ?)",
      );
      for (const id of ids) insert.run(id, person.id);
    });
  }
  for (const person of [bob, cleo]) {
    await person.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`);
  }
  const left = () =>
    [bob, cleo].map(({ id }) => countRows(server, 'reactions', `user_id = '${id}'`));
  const states = await clearAll(server, left, async () => {
    const page = await owner.does('GET', `/channels/${general.id}/messages?limit=100`);
    expect(page).toHaveLength(100);
    for (const { reactions } of page) expect(reactions).toBeNull();
  });
  expect(states.some(isOverlap)).toBe(true);
  expect(states.at(-1)).toEqual([0, 0]);
});
