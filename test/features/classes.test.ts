import { expect, test } from 'bun:test';
import { pruneShares } from '../../src/events/prune.ts';
import { forgetChannels } from '../../src/features/spaces/channels/queries.ts';
import { forgetClasses } from '../../src/features/server/instance/retention.ts';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { FakeClock } from '../support/clock.ts';
import { countRows } from '../support/crowd.ts';
import { startTest } from '../support/server.ts';
import { empower, hiddenChannel, listening, world, type World } from '../support/world.ts';

/** A channel that only one member sees, and that is deleted again. */
async function conversation({ anna, bob, space }: World<'anna' | 'bob'>, name: string) {
  const channel = await anna.does('POST', `/spaces/${space.id}/channels`, { name });
  await anna.does('PUT', `/channels/${channel.id}/permissions/${bob.id}`, {
    type: 'member',
    allow: ['view_channel'],
    deny: [],
  });
  return channel;
}

test('a visibility class is heard no more when no channel has it and the log names it no more', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const all = `space_id = '${space.id}'`;
  const classes = () => countRows(server, 'visibility_classes', `${all} AND NOT retired`);
  const forget = () => server.turn((turn) => forgetClasses(turn, 0));
  const before = classes();
  const channel = await conversation(home, 'ticket');
  expect(classes()).toBe(before + 1);
  await forget();
  expect(classes()).toBe(before + 1);
  await anna.says(channel, 'hello');
  await anna.does('DELETE', `/channels/${channel.id}`);
  while (await server.turn(clearSlice));
  // Who was away may still be told of it.
  await forget();
  expect(classes()).toBe(before + 1);
  server.app.db.sqlite.run(
    'DELETE FROM event_scopes WHERE seq IN (SELECT seq FROM events WHERE account_id IS NULL)',
  );
  server.app.db.sqlite.run('DELETE FROM events WHERE account_id IS NULL');
  while (await server.turn(({ tx }) => pruneShares(tx, 0, 1_000)));
  expect(countRows(server, 'events', 'true')).toBe(0);
  // Or that it was, and was taken out.
  await forget();
  expect(classes()).toBe(before + 1);
  server.app.db.sqlite.run('DELETE FROM event_gaps');
  await forget();
  expect(classes()).toBe(before);
  // The audit log tells of the channel still, and goes by it.
  await forget();
  expect(countRows(server, 'visibility_classes', all)).toBe(before + 1);
  // The same rule may come back, and is heard like any.
  const bobs = await bob.listens();
  const again = await conversation(home, 'ticket');
  await bobs.unread();
  await anna.says(again, 'hello again');
  await bobs.hearsExactly('message.create');
  await anna.says(general, 'and here');
  await bobs.hearsExactly('message.create');
  expect(classes()).toBe(before + 1);
  // At last nothing that is kept tells of either channel.
  await anna.does('DELETE', `/channels/${again.id}`);
  while (await server.turn(clearSlice));
  for (const table of ['events', 'event_scopes', 'audit_entries']) {
    server.app.db.sqlite.run(`DELETE FROM ${table}`);
  }
  await server.turn(({ tx }) => forgetChannels(tx, [channel.id, again.id]));
  await forget();
  expect(countRows(server, 'visibility_classes', all)).toBe(before);
});

test('a visibility class that comes back is not heard by those who lost it while nobody heard it', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, space } = home;
  const role = await empower(home, bob, 'manage_channels');
  const cleosRole = `/spaces/${space.id}/members/${cleo.id}/roles/${role.id}`;
  await anna.does('PUT', cleosRole);
  const [bobs, cleos] = await listening([bob, cleo]);
  const staff = async () => {
    const channel = await hiddenChannel(home, 'staff');
    const rule = { type: 'role', allow: ['view_channel'], deny: [] };
    await anna.does('PUT', `/channels/${channel.id}/permissions/${role.id}`, rule);
    return channel;
  };
  await anna.does('DELETE', `/channels/${(await staff()).id}`);
  for (const table of ['event_scopes', 'events']) server.app.db.sqlite.run(`DELETE FROM ${table}`);
  await server.turn((turn) => forgetClasses(turn, 0));
  expect(countRows(server, 'visibility_classes', 'retired')).toBe(1);
  await anna.does('DELETE', `/spaces/${space.id}/members/${bob.id}`);
  await anna.does('DELETE', cleosRole);
  for (const ears of [bobs, cleos]) await ears.unread();

  const channel = await staff();
  await anna.says(channel, 'of staff alone');

  await bobs.hearsNothing();
  await cleos.hearsExactly('channel.create', 'channel.delete');
});

test('classes are looked through in slices', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { space } = await world(server, 'anna', 'bob');
  await server.turn(({ tx }) => {
    for (let n = 0; n < 450; n += 1) {
      tx.sqlite.run('INSERT INTO visibility_classes (space_id, signature) VALUES (?, ?)', [
        space.id,
        `[[["member","${n}","allow"]],false]`,
      ]);
    }
    return null;
  });
  let after: number | null = 0;
  let slices = 0;
  while (after !== null) {
    const from: number = after;
    after = await server.turn((turn) => forgetClasses(turn, from));
    slices += 1;
  }
  expect(slices).toBe(3);
  expect(countRows(server, 'visibility_classes', `space_id = '${space.id}'`)).toBe(1);
});
