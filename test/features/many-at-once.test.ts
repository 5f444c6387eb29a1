// One request that changes many things: each change is told and recorded once, in few statements.
import { expect, spyOn, test } from 'bun:test';
import { changesSpace } from '../../src/access/load.ts';
import { addChannels, addRoles } from '../support/masses.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { everyoneOf, listening, world } from '../support/world.ts';

interface Entry {
  target_id: string;
  action_type: string;
  changes: object;
}

/** How often the server runs statements that begin so, and updates by key, while it makes a call. */
async function statementsOf(
  server: TestServer,
  beginning: string,
  call: () => Promise<unknown>,
): Promise<{ those: number; updates: number }> {
  const { orm, sqlite } = server.app.db;
  const queries = spyOn(sqlite, 'query');
  const updates = spyOn(orm, 'update');
  try {
    await call();
    const those = queries.mock.calls.filter(([sql]) => sql.startsWith(beginning)).length;
    return { those, updates: updates.mock.calls.length };
  } finally {
    queries.mockRestore();
    updates.mockRestore();
  }
}

test('channels that one request moves to and fro end at the last place, with an entry for each', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const [one = '', two = '', three = ''] = await addChannels(server, space, 3, '');
  const [bobs] = await listening([bob]);
  const to = (id: string, position: number) => ({ id, position });
  const wishes = Array.from({ length: 400 }, (_, n) => to(n % 2 === 0 ? one : two, n + 10));
  const stays = [to(three, 90), to(three, 3)];
  await anna.does('PATCH', `/spaces/${space.id}/channels`, [...wishes, ...stays, to('12', 7)]);
  const [told] = await bobs.hearsExactly('channel.reorder');
  const places = told?.data['channels'].map(({ id, position }: any) => [id, position]);
  expect(places).toEqual([
    [general.id, 0],
    [three, 3],
    [one, 408],
    [two, 409],
  ]);
  const entries: Entry[] = await anna.does('GET', `/spaces/${space.id}/audit-log`);
  const moved = entries.filter(({ action_type }) => action_type === 'channel_update');
  expect(moved.map(({ target_id, changes }) => [target_id, changes]).toReversed()).toEqual([
    [one, { position: { old: 1, new: 408 } }],
    [two, { position: { old: 2, new: 409 } }],
  ]);
});

test('a request that names a role often moves it once, to the last place named', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna');
  const path = `/spaces/${space.id}/roles`;
  const roles: { id: string }[] = [];
  for (const name of ['one', 'two', 'three']) {
    roles.push(await anna.does('POST', path, { name, permissions: [] }));
  }
  const [annas] = await listening([anna]);
  const [, , three] = roles;
  const positions = [1, 4, 2, 3, 1, 4];
  await anna.does(
    'PATCH',
    path,
    positions.map((position) => ({ id: three?.id, position })),
  );
  const heard = await annas.hearsExactly('role.update', 'role.update');
  expect(heard.map(({ data }) => [data['role'].name, data['role'].position])).toEqual([
    ['three', 4],
    ['two', 5],
  ]);
  const entries: Entry[] = await anna.does('GET', `/spaces/${space.id}/audit-log`);
  const moved = entries.filter(({ action_type }) => action_type === 'role_update');
  expect(moved.map(({ target_id }) => target_id)).toEqual([three?.id ?? '']);
});

test('a hundred things are moved and recorded in as many statements as one', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna');
  const channels = await addChannels(server, space, 100, '');
  const roles = await addRoles(server, space, 100);
  for (const [kind, ids] of [
    ['channels', channels],
    ['roles', roles],
  ] as const) {
    const path = `/spaces/${space.id}/${kind}`;
    const upside = ids.toReversed().map((id, n) => ({ id, position: n + 1 }));
    const done = await statementsOf(server, 'INSERT INTO audit_entries', () =>
      anna.does('PATCH', path, upside),
    );
    expect([kind, done]).toEqual([kind, { those: 1, updates: 0 }]);
  }
  const [newest]: Entry[] = await anna.does('GET', `/spaces/${space.id}/audit-log?limit=1`);
  expect(newest?.action_type).toBe('role_update');
});

test('the channels of a deleted category stay, each told once to those who may view it', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space } = home;
  const path = `/spaces/${space.id}/channels`;
  const category = await anna.does('POST', path, { name: 'Shelf', type: 'category' });
  const ids = await addChannels(server, space, 60, 'a topic');
  await server.turn(({ tx }) => {
    for (const id of ids) {
      tx.sqlite.query('UPDATE channels SET parent_id = ? WHERE id = ?').run(category.id, id);
    }
  });
  const [hidden = '', ...open] = ids;
  const { id: everyone } = await everyoneOf(home);
  const denied = { type: 'role', allow: [], deny: ['view_channel'] };
  await anna.does('PUT', `/channels/${hidden}/permissions/${everyone}`, denied);
  const [annas, bobs] = await listening([anna, bob], ['spaces']);
  const done = await statementsOf(server, 'UPDATE channels SET parent_id = NULL', () =>
    anna.does('DELETE', `/channels/${category.id}`),
  );
  // The category itself is the one that is hidden by its key.
  expect(done).toEqual({ those: 1, updates: 1 });
  for (const [ears, expected] of [
    [annas, ids],
    [bobs, open],
  ] as const) {
    const [gone, ...told] = await ears.unread();
    expect([gone?.type, gone?.data['id']]).toEqual(['channel.delete', category.id]);
    expect(told.map(({ type }) => type)).toEqual(expected.map(() => 'channel.update'));
    expect(told.map(({ data }) => data['id'])).toEqual([...expected]);
    expect(new Set(told.map(({ data }) => data['parent_id']))).toEqual(new Set([null]));
  }
  const channels = await anna.does('GET', path);
  expect(channels.filter(({ parent_id }: any) => parent_id !== null)).toEqual([]);
});

test('a role or a member that every channel names goes from all of them in few statements', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const ids = await addChannels(server, space, 60, '');
  const role = await anna.does('POST', `/spaces/${space.id}/roles`, { name: 'shy' });
  const named: [id: string, type: string, allow: string[], deny: string[]][] = [
    [role.id, 'role', [], ['view_channel']],
    [bob.id, 'member', ['send_messages'], []],
  ];
  await server.turn((turn) => {
    changesSpace(turn.app, space.id);
    const add = turn.tx.sqlite.query('INSERT INTO overwrites VALUES (?, ?, ?, ?, ?)');
    for (const channel_id of ids) {
      for (const [id, type, allow, deny] of named) {
        add.run(channel_id, id, type, JSON.stringify(allow), JSON.stringify(deny));
      }
    }
  });
  const [annas] = await listening([anna], ['spaces']);
  const gone = 'DELETE FROM overwrites';
  const calls = [`/spaces/${space.id}/roles/${role.id}`, `/spaces/${space.id}/members/${bob.id}`];
  for (const [index, path] of calls.entries()) {
    const done = await statementsOf(server, gone, () => anna.does('DELETE', path));
    expect(done).toEqual({ those: 1, updates: 0 });
    const told = (await annas.unread()).filter(({ type }) => type === 'channel.update');
    expect(told.map(({ data }) => data['id'])).toEqual(ids);
    const left = told.map(({ data }) => data['permission_overwrites'].length);
    expect(new Set(left)).toEqual(new Set([1 - index]));
  }
  const classes = server.app.db.sqlite
    .query('SELECT DISTINCT class_id FROM channels WHERE space_id = ? AND deleted_at IS NULL')
    .all(space.id);
  expect(classes).toHaveLength(1);
});
