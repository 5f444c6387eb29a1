import { expect, test } from 'bun:test';
import { maxPins } from '../../src/features/talk/pins/actions.ts';
import { FakeClock } from '../support/clock.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, hiddenChannel, listening, world } from '../support/world.ts';

const pinPath = (message: any) => `/channels/${message.channel_id}/pins/${message.id}`;

test('a pin is told to who views the channel, once, with the message as it is now', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, general, space } = home;
  const outsider = await server.person('dora');
  const message = await owner.says(general, 'look');
  const [bobs, doras] = await listening([bob, outsider]);
  await empower(home, cleo, 'manage_messages');
  await bobs.unread();
  await cleo.does('PUT', pinPath(message));
  await cleo.does('PUT', pinPath(message));
  const [pins, update] = await bobs.hearsExactly('channel.pins_update', 'message.update');
  expect(pins?.data).toEqual({
    channel_id: general.id,
    space_id: space.id,
    last_pin_at: new Date(clock.now()).toISOString(),
  });
  expect(update?.data).toEqual({ ...message, pinned: true });
  await cleo.does('DELETE', pinPath(message));
  await cleo.does('DELETE', pinPath(message));
  const [none, after] = await bobs.hearsExactly('channel.pins_update', 'message.update');
  expect(none?.data['last_pin_at']).toBeNull();
  expect(after?.data['pinned']).toBe(false);
  await doras.hearsNothing();
});

test('pins of a hidden channel are neither heard nor listed', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  await empower(home, bob, 'manage_messages');
  const hidden = await hiddenChannel(home);
  const message = await home.owner.says(hidden, 'psst');
  const [bobs] = await listening([bob]);
  await home.owner.does('PUT', pinPath(message));
  await bobs.hearsNothing();
  await bob.isRefused(403, 'GET', `/channels/${hidden.id}/pins`);
  await bob.isRefused(403, 'DELETE', pinPath(message));
});

test('the list tells nothing of messages of other channels, whether they are pinned or not', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, general, bob } = home;
  const hidden = await hiddenChannel(home);
  await owner.does('PUT', pinPath(await owner.says(general, 'seen')));
  const pinned = await owner.says(hidden, 'pinned');
  const plain = await owner.says(hidden, 'plain');
  await owner.does('PUT', pinPath(pinned));
  for (const { id } of [pinned, plain]) {
    const pins = await bob.does('GET', `/channels/${general.id}/pins?after=${id}`);
    expect(pins).toEqual([]);
  }
});

test('the list has the latest pin first, in pages, with everything that hangs on a message', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, general, bob } = await world(server, 'olga', 'bob');
  const messages = [];
  for (const text of ['one', 'two', 'three']) messages.push(await owner.says(general, text));
  const [one, two, three] = messages;
  for (const message of [two, three, one]) {
    await clock.pass(1_000);
    await owner.does('PUT', pinPath(message));
  }
  await bob.does('PUT', `/channels/${general.id}/messages/${one.id}/reactions/x/@me`);
  const at = `/channels/${general.id}/pins`;
  const contents = async (query: string) =>
    (await bob.does('GET', `${at}${query}`)).map(({ content }: any) => content);
  expect(await contents('')).toEqual(['one', 'three', 'two']);
  expect(await contents('?limit=2')).toEqual(['one', 'three']);
  expect(await contents(`?limit=2&after=${three.id}`)).toEqual(['two']);
  expect(await contents('?limit=0')).toEqual(['one']);
  const [first] = await bob.does('GET', at);
  expect(first).toMatchObject({ pinned: true, reactions: [{ count: 1, me: true }] });
  await owner.does('DELETE', pinPath(three));
  expect(await contents(`?after=${three.id}`)).toEqual([]);
  await owner.does('DELETE', `/channels/${general.id}/messages/${one.id}`);
  expect(await contents('')).toEqual(['two']);
  await bob.isRefused(400, 'GET', `${at}?limit=all`);
  await bob.isRefused(400, 'GET', `${at}?after=three`);
});

test('pins need to read old messages, pinning needs to manage messages', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, general } = home;
  const message = await owner.says(general, 'look');
  await bob.isRefused(403, 'PUT', pinPath(message));
  await bob.isRefused(403, 'DELETE', pinPath(message));
  await deny(home, general, 'read_history');
  await bob.isRefused(403, 'GET', `/channels/${general.id}/pins`);
  expect((await server.call('GET', `/channels/${general.id}/pins`)).status).toBe(401);
});

test('only messages of the channel can be pinned, and no more than the most', async () => {
  await using server = await startTest();
  const { owner, general, space } = await world(server, 'olga');
  const other = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const message = await owner.says(other, 'elsewhere');
  for (const method of ['PUT', 'DELETE']) {
    await owner.isRefused(404, method, `/channels/${general.id}/pins/${message.id}`);
    await owner.isRefused(404, method, `/channels/${general.id}/pins/1`);
    await owner.isRefused(404, method, `/channels/${general.id}/pins/nothing`);
  }
  await server.turn(({ tx, now, id }) => {
    const insert = tx.sqlite.query(
      `INSERT INTO messages (n, channel_id, space_id, author_id, content, pinned_at)
       VALUES (cast(? AS integer), ?, ?, ?, 'old', ?)`,
    );
    for (let n = 0; n < maxPins; n += 1) insert.run(id(), general.id, space.id, owner.id, now);
  });
  const last = await owner.says(general, 'one too many');
  await owner.isRefused(400, 'PUT', pinPath(last));
  expect(await owner.does('GET', `/channels/${general.id}/pins`)).toHaveLength(maxPins);
});
