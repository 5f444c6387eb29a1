import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { startTest } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { empower, hiddenChannel, listening, world } from '../support/world.ts';

const bulk = (channel: any) => `/channels/${channel.id}/messages/bulk-delete`;

test('messages go at once, told in one event, and foreign ids are passed over', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, general, space } = home;
  const other = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const gone = [await owner.says(general, 'one'), await bob.says(general, 'two')];
  const stays = await owner.says(general, 'three');
  const elsewhere = await owner.says(other, 'four');
  const [bobs] = await listening([bob]);
  const ids = gone.map(({ id }) => id);
  await owner.does('POST', bulk(general), {
    messages: [...ids, ids[0], `0${ids[1]}`, elsewhere.id, '1', 'one', '', '9'.repeat(65)],
  });
  const [told] = await bobs.hearsExactly('message.delete_bulk');
  expect(told?.data).toEqual({ ids, channel_id: general.id, space_id: space.id });
  const left = await bob.does('GET', `/channels/${general.id}/messages`);
  expect(left.map(({ id }: any) => id)).toEqual([stays.id]);
  await bob.does('GET', `/channels/${other.id}/messages/${elsewhere.id}`);
  await owner.does('POST', bulk(general), { messages: [] });
  await owner.does('POST', bulk(general), { messages: ids });
  await bobs.hearsNothing();
});

test('it needs to manage messages, a list of ids, and not more than a hundred', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, general } = home;
  const message = await bob.says(general, 'mine');
  await bob.isRefused(403, 'POST', bulk(general), { messages: [message.id] });
  await empower(home, cleo, 'manage_messages');
  const hidden = await hiddenChannel(home);
  await cleo.isRefused(403, 'POST', bulk(hidden), { messages: [] });
  const many = Array.from({ length: 101 }, (_, n) => String(n + 1));
  await cleo.isRefused(400, 'POST', bulk(general), { messages: many });
  await cleo.isRefused(400, 'POST', bulk(general), '{"messages":');
  for (const body of [{}, { messages: null }, { messages: 'all' }, { messages: [1] }]) {
    await cleo.isRefused(422, 'POST', bulk(general), body);
  }
  await owner.does('GET', `/channels/${general.id}/messages/${message.id}`);
});

test('what hangs on the messages goes along: replies, answers, counts, files, the newest message', async () => {
  await using server = await startTest();
  const { owner, general, bob } = await world(server, 'olga', 'bob');
  const first = await owner.says(general, 'first');
  const parent = await bob.says(general, 'parent');
  const reply = await bob.says(general, 'reply', { thread_id: parent.id });
  const thread = await owner.says(general, 'another thread');
  const inside = await bob.says(general, 'inside', { thread_id: thread.id });
  await bob.says(general, 'stays inside', { thread_id: thread.id });
  const answer = await bob.says(general, 'answer', { reply_to: parent.id });
  const newest = await owner.says(general, 'newest');
  await server.turn(({ tx }) => {
    tx.sqlite
      .query(
        `INSERT INTO attachments (id, message_id, channel_id, filename, safe_name, secret, size)
         VALUES ('1', ?, ?, 'a.txt', 'a.txt', 'secret', 1)`,
      )
      .run(parent.id, general.id);
  });
  const [bobs] = await listening([bob]);
  await owner.does('POST', bulk(general), { messages: [parent.id, inside.id, newest.id] });
  await bobs.hears('message.delete_bulk', ({ ids }) => ids.length === 3);
  await bobs.hears(
    'message.update',
    ({ id, reply_count }) => id === thread.id && reply_count === 1,
  );
  const later = [
    await bobs.frame(({ op, seq }) => op === 0 && seq !== undefined, 'what hangs on it'),
    await bobs.frame(({ op, seq }) => op === 0 && seq !== undefined, 'what hangs on it'),
  ];
  const types = new Set(later.map(({ type }) => type));
  expect(types).toEqual(new Set(['message.delete_bulk', 'message.update']));
  const at = `/channels/${general.id}/messages`;
  await bob.isRefused(404, 'GET', `${at}/${reply.id}`);
  expect((await bob.does('GET', `${at}/${answer.id}`)).reply_to).toBeNull();
  const channel = await bob.does('GET', `/channels/${general.id}`);
  expect(channel.last_message_id).toBe(answer.id);
  expect(await bob.does('GET', `${at}/${first.id}`)).toMatchObject({ content: 'first' });
  const { db } = server.app;
  expect(db.sqlite.query('SELECT * FROM attachments').all()).toEqual([]);
  const kept = db.sqlite.query('SELECT * FROM events WHERE bytes LIKE \'%"parent"%\'').all();
  expect(kept).toEqual([]);
});

test('a hundred messages with threads of many replies are cleared in later turns', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, general, space } = await world(server, 'olga');
  const parents: string[] = [];
  await server.turn(({ tx, id }) => {
    const insert = tx.sqlite.query(
      `INSERT INTO messages (n, channel_id, space_id, author_id, content, thread_id, reply_count)
       VALUES (cast(? AS integer), ?, ?, ?, 'x', ?, ?)`,
    );
    for (let n = 0; n < 100; n += 1) {
      const parent = id();
      parents.push(parent);
      insert.run(parent, general.id, space.id, owner.id, null, 7);
      for (let reply = 0; reply < 7; reply += 1) {
        insert.run(id(), general.id, space.id, owner.id, parent, 0);
      }
    }
  });
  const left = () =>
    server.app.db.sqlite.query<{ n: number }, []>('SELECT count(*) AS n FROM messages').get()?.n;
  await owner.does('POST', bulk(general), { messages: parents });
  expect(left()).toBe(700);
  await clock.pass(1_000);
  await until(async () => left() === 0);
});
