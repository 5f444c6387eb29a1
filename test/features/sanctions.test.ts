import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

test('a timeout, a mute and a deafening outlive leaving and coming back', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
    communication_disabled_until: until,
    mute: true,
    deaf: true,
  });
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bob.joins(space);
  expect(await anna.does('GET', `/spaces/${space.id}/members/${bob.id}`)).toMatchObject({
    timed_out_until: until,
    mute: true,
    deaf: true,
  });
  await bob.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'hello' });
  await anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
    communication_disabled_until: null,
  });
  await bob.says(general, 'hello');
});

test('who leaves without any sanction comes back without any', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bob.joins(space);
  await bob.says(general, 'hello');
  expect(await anna.does('GET', `/spaces/${space.id}/members/${bob.id}`)).toMatchObject({
    timed_out_until: null,
    mute: false,
    deaf: false,
  });
});

test('a timeout has one time, which exists, under one of its names', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const path = `/spaces/${space.id}/members/${bob.id}`;
  const leap = await anna.does('PATCH', path, { timed_out_until: '2090-12-31T23:59:60Z' });
  expect(leap.timed_out_until).toBe('2090-12-31T23:59:59.000Z');
  for (const name of ['timed_out_until', 'communication_disabled_until']) {
    for (const given of ['soon', '2090-02-31T00:00:00Z', '2090-01-01T24:00:00Z', '2090-01-01']) {
      await anna.isRefused(400, 'PATCH', path, { [name]: given });
    }
    await anna.isRefused(422, 'PATCH', path, { [name]: 4_000_000_000 });
  }
  for (const given of ['2091-01-01T00:00:00Z', null, '']) {
    const both = { timed_out_until: given, communication_disabled_until: given };
    await anna.isRefused(422, 'PATCH', path, both);
  }
  expect((await anna.does('GET', path)).timed_out_until).toBe(leap.timed_out_until);
  expect((await anna.does('PATCH', path, { timed_out_until: '' })).timed_out_until).toBeNull();
});

test('the owner and instance admins cannot be put under timeout', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  await server.admin.joins(space);
  const until = '2090-01-01T00:00:00Z';
  const path = ({ id }: { id: string }) => `/spaces/${space.id}/members/${id}`;
  for (const by of [anna, server.admin]) {
    for (const person of [anna, server.admin]) {
      await by.isRefused(403, 'PATCH', path(person), { timed_out_until: until });
    }
  }
  // A timeout from before somebody became the owner takes nothing from them.
  await anna.does('PATCH', path(bob), { timed_out_until: until });
  await server.turn(({ tx, app }) => {
    tx.sqlite.run('UPDATE spaces SET owner_id = ? WHERE id = ?', [bob.id, space.id]);
    app.cache.clear();
    return null;
  });
  await bob.does('PATCH', `/channels/${general.id}`, { topic: 'mine' });
});
