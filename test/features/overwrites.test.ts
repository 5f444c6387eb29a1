import { expect, test } from 'bun:test';
import { permissionNames } from '../../src/access/permissions.ts';
import { maxInSpace } from '../../src/features/spaces/channels/overwrites.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, hiddenChannel, ladder, rolesOf, world } from '../support/world.ts';

function put(
  person: Person,
  channel: { id: string },
  id: string | undefined,
  allow: string[],
  deny: string[],
  type = 'role',
) {
  const path = `/channels/${channel.id}/permissions/${id}`;
  return person.call('PUT', path, { type, allow, deny });
}

test('an overwrite is set, replaced, listed and taken away; each change is told as the channel', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const [everyone] = await rolesOf(anna, space);
  const path = `/channels/${general.id}/permissions`;
  const [bobs, cleos] = [await bob.listens(), await cleo.listens()];
  for (const ears of [bobs, cleos]) await ears.unread();
  const set = await put(anna, general, everyone?.id, ['send_tts', 'send_tts'], ['add_reactions']);
  const wish = { id: everyone?.id, type: 'role', allow: ['send_tts'], deny: ['add_reactions'] };
  expect([set.status, set.data]).toEqual([200, wish]);
  const [told] = await bobs.hearsExactly('channel.update');
  expect(told?.data['permission_overwrites']).toEqual([wish]);
  expect(await anna.does('GET', path)).toEqual([wish]);
  await put(anna, general, everyone?.id, ['send_tts'], ['add_reactions']);
  await bobs.hearsNothing();
  await put(anna, general, everyone?.id, [], ['send_tts']);
  await bobs.hearsExactly('channel.update');
  expect(await anna.does('GET', path)).toEqual([{ ...wish, allow: [], deny: ['send_tts'] }]);
  expect(await anna.does('DELETE', `${path}/${everyone?.id}`)).toBeNull();
  await bobs.hearsExactly('channel.update');
  // What is not there is taken away without a word.
  expect(await anna.does('DELETE', `${path}/${everyone?.id}`)).toBeNull();
  expect(await anna.does('DELETE', `${path}/nonsense`)).toBeNull();
  await bobs.hearsNothing();
  await cleos.hearsNothing();
  for (const person of [bob, cleo]) {
    await person.isRefused(403, 'GET', path);
    expect((await put(person, general, everyone?.id, [], [])).status).toBe(403);
    await person.isRefused(403, 'DELETE', `${path}/${everyone?.id}`);
  }
});

test('the list of overwrites comes in pages', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const [everyone, moderator] = await rolesOf(anna, space);
  for (const { id } of [everyone, moderator].flatMap((role) => role ?? [])) {
    await put(anna, general, id, ['send_tts'], []);
  }
  await put(anna, general, bob.id, ['send_tts'], [], 'member');
  const path = `/channels/${general.id}/permissions`;
  const page = async (query: string) => {
    const overwrites = await anna.does('GET', `${path}?${query}`);
    return overwrites.map(({ id }: { id: string }) => id);
  };
  const all = await page('');
  expect(all).toHaveLength(3);
  expect(await page('limit=2')).toEqual(all.slice(0, 2));
  expect(await page(`limit=2&after=${all[1]}`)).toEqual(all.slice(2));
  await anna.does('DELETE', `${path}/${all[1]}`);
  expect(await page(`after=${all[1]}`)).toEqual([all[0], all[2]]);
  await anna.isRefused(400, 'GET', `${path}?after=x`);
});

test('what an overwrite names must have its shape and exist in this space', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const [everyone] = await rolesOf(anna, space);
  const { space: other } = await anna.founds('Other');
  const [foreign] = await rolesOf(anna, other);
  const path = `/channels/${general.id}/permissions/${everyone?.id}`;
  for (const body of [
    {},
    { type: 'role' },
    { type: 'role', allow: [] },
    { type: 'role', allow: 'x', deny: [] },
    { type: 'role', allow: [1], deny: [] },
    { type: 1, allow: [], deny: [] },
    { type: 'role', allow: null, deny: [] },
  ]) {
    await anna.isRefused(422, 'PUT', path, body);
  }
  for (const body of [
    { type: 'guest', allow: [], deny: [] },
    { type: 'role', allow: ['fly'], deny: [] },
    { type: 'role', allow: [], deny: ['fly'] },
    { type: 'role', allow: ['administrator'], deny: [] },
    { type: 'role', allow: [], deny: ['administrator'] },
  ]) {
    await anna.isRefused(400, 'PUT', path, body);
  }
  for (const [id, type] of [
    [foreign?.id, 'role'],
    ['1', 'role'],
    ['abc', 'role'],
    [bob.id, 'role'],
    [cleo.id, 'member'],
    ['1', 'member'],
    [everyone?.id, 'member'],
  ] as const) {
    expect((await put(anna, general, id, [], [], type)).status).toBe(404);
  }
  expect((await put(anna, general, bob.id, ['manage_automod'], [], 'member')).status).toBe(200);
});

test('only what one holds in the channel oneself can be allowed, denied or taken back', async () => {
  await using server = await startTest();
  const { anna, bob, general, low } = await ladder(server);
  expect((await put(bob, general, low.id, ['kick_members'], ['send_messages'])).status).toBe(200);
  for (const name of ['ban_members', 'manage_channels', 'send_tts']) {
    expect((await put(bob, general, low.id, [name], [])).status).toBe(403);
    expect((await put(bob, general, low.id, [], [name])).status).toBe(403);
  }
  // What stands there already may stay, but not go.
  await put(anna, general, low.id, ['ban_members'], []);
  expect((await put(bob, general, low.id, ['ban_members', 'kick_members'], [])).status).toBe(200);
  expect((await put(bob, general, low.id, [], [])).status).toBe(403);
  await bob.isRefused(403, 'DELETE', `/channels/${general.id}/permissions/${low.id}`);
  await anna.does('DELETE', `/channels/${general.id}/permissions/${low.id}`);
  // What is denied to oneself here cannot be given to others here.
  await put(anna, general, bob.id, [], ['kick_members'], 'member');
  expect((await put(bob, general, low.id, ['kick_members'], [])).status).toBe(403);
});

test('nobody reaches above their rank: not to a higher role, nor to somebody of the same rank', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, space, general, low, middle, high } = await ladder(server);
  expect((await put(bob, general, high.id, [], ['send_messages'])).status).toBe(403);
  expect((await put(bob, general, middle.id, [], ['embed_links'])).status).toBe(200);
  expect((await put(bob, general, low.id, [], ['send_messages'])).status).toBe(200);
  expect((await put(bob, general, cleo.id, [], ['send_messages'], 'member')).status).toBe(200);
  expect((await put(bob, general, bob.id, ['send_messages'], [], 'member')).status).toBe(200);
  expect((await put(bob, general, anna.id, [], ['send_messages'], 'member')).status).toBe(403);
  await anna.does('PUT', `/spaces/${space.id}/members/${cleo.id}/roles/${middle.id}`);
  expect((await put(bob, general, cleo.id, [], ['add_reactions'], 'member')).status).toBe(403);
  await bob.isRefused(403, 'DELETE', `/channels/${general.id}/permissions/${cleo.id}`);
  await put(anna, general, high.id, [], ['send_messages']);
  await bob.isRefused(403, 'DELETE', `/channels/${general.id}/permissions/${high.id}`);
  expect((await put(server.admin, general, high.id, ['ban_members'], [])).status).toBe(200);
});

test('who does not view a channel does not change who may', async () => {
  await using server = await startTest();
  const home = await ladder(server);
  const { bob, general, low } = home;
  await deny(home, general, 'view_channel');
  const path = `/channels/${general.id}/permissions`;
  await bob.isRefused(403, 'GET', path);
  expect((await put(bob, general, low.id, ['view_channel'], [])).status).toBe(403);
  expect((await put(bob, general, bob.id, ['view_channel'], [], 'member')).status).toBe(403);
});

test('what an overwrite of a member says comes before those of their roles, these before @everyone’s', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const [everyone] = await rolesOf(anna, space);
  const send = async () => {
    const path = `/channels/${general.id}/messages`;
    return (await bob.call('POST', path, { content: 'x' })).status;
  };
  await put(anna, general, everyone?.id, [], ['send_messages']);
  expect(await send()).toBe(403);
  const [no, yes] = [
    await empower(home, { id: bob.id, name: 'no' }),
    await empower(home, { id: bob.id, name: 'yes' }),
  ];
  await put(anna, general, no.id, [], ['send_messages']);
  await put(anna, general, yes.id, ['send_messages'], []);
  // Among roles an allow wins over any deny.
  expect(await send()).toBe(200);
  await put(anna, general, bob.id, [], ['send_messages'], 'member');
  expect(await send()).toBe(403);
  await put(anna, general, bob.id, ['send_messages'], ['send_messages'], 'member');
  expect(await send()).toBe(200);
});

test('administrators and owners are subject to no overwrite', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  await deny(home, general, 'view_channel');
  await bob.isRefused(403, 'GET', `/channels/${general.id}`);
  await empower(home, bob, 'administrator');
  for (const person of [anna, bob, server.admin]) {
    await person.does('GET', `/channels/${general.id}`);
  }
});

test('losing a channel and gaining it are heard by those whom it concerns, in that order of events', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  await cleo.joins(space);
  const [annas, bobs, cleos] = [await anna.listens(), await bob.listens(), await cleo.listens()];
  for (const ears of [annas, bobs, cleos]) await ears.unread();
  await deny(home, general, 'view_channel');
  for (const ears of [bobs, cleos]) {
    const [gone] = await ears.hearsExactly('channel.delete');
    expect(gone?.data).toEqual({ id: general.id, space_id: space.id, type: 'text' });
  }
  await annas.hearsExactly('channel.update', 'audit_log.create');
  await anna.says(general, 'unheard');
  await annas.hearsExactly('message.create');
  await put(anna, general, bob.id, ['view_channel'], [], 'member');
  const [back] = await bobs.hearsExactly('channel.create', 'read_state.update');
  expect(back?.data['permission_overwrites']).toHaveLength(2);
  await cleos.hearsNothing();
  await anna.says(general, 'heard');
  await bobs.hearsExactly('message.create');
  await cleos.hearsNothing();
});

test('what is denied to a member outlives leaving, a kick and a ban; what is allowed does not', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const other = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const third = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'third' });
  const list = (channel: { id: string }) => anna.does('GET', `/channels/${channel.id}/permissions`);
  const member = `/spaces/${space.id}/members/${bob.id}`;
  const banned = `/spaces/${space.id}/bans/${bob.id}`;
  const both = ['send_tts', 'add_reactions'];
  for (const goes of [
    () => bob.does('DELETE', `/spaces/${space.id}/members/@me`),
    () => bob.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`),
    () => anna.does('DELETE', member),
    async () => {
      await anna.does('PUT', banned, {});
      await anna.does('DELETE', banned);
    },
  ]) {
    await put(anna, general, bob.id, both, ['send_messages', 'send_tts'], 'member');
    await put(anna, other, bob.id, ['send_tts'], [], 'member');
    await put(anna, third, bob.id, ['send_tts'], ['send_tts'], 'member');
    await goes();
    const kept = { id: bob.id, type: 'member', allow: [], deny: ['send_messages'] };
    expect(await list(general)).toEqual([kept]);
    // Within one overwrite, what is allowed is not denied.
    expect([await list(other), await list(third)]).toEqual([[], []]);
    await bob.joins(space);
    await bob.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'muted' });
  }
  await anna.does('DELETE', `/channels/${general.id}/permissions/${bob.id}`);
  await bob.says(general, 'heard again');
});

test('a channel that was hidden from a member stays hidden when they come back', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  await put(anna, general, bob.id, [], ['view_channel'], 'member');
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  const bobs = await bob.listens();
  await bob.joins(space);
  const heard = await bobs.unread();
  expect(heard.map(({ type }) => type)).not.toContain('channel.create');
  await anna.says(general, 'about bob');
  await bobs.hearsNothing();
});

test('what is denied to somebody who left can be changed and taken away, and nothing allowed', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  await put(anna, general, bob.id, [], ['send_messages'], 'member');
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  expect((await put(anna, general, bob.id, ['send_tts'], [], 'member')).status).toBe(404);
  expect((await put(anna, general, bob.id, [], ['send_tts'], 'member')).status).toBe(200);
  const path = `/channels/${general.id}/permissions`;
  expect(await anna.does('GET', path)).toMatchObject([{ id: bob.id, deny: ['send_tts'] }]);
  await anna.does('DELETE', `${path}/${bob.id}`);
  expect(await anna.does('GET', path)).toEqual([]);
  expect((await put(anna, general, bob.id, [], ['send_tts'], 'member')).status).toBe(404);
});

test('what is denied to somebody who left is denied in other channels, by those who see where it stands', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, space, general } = home;
  const hidden = await hiddenChannel(home);
  await empower(home, cleo, 'manage_roles', 'manage_channels', 'send_messages', 'send_tts');
  const channels = `/spaces/${space.id}/channels`;
  const denied = { id: bob.id, type: 'member', allow: [], deny: ['send_messages'] };
  const made = { name: 'copy', permission_overwrites: [denied] };
  await anna.does('PUT', `/channels/${hidden.id}/permissions/${bob.id}`, denied);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await cleo.isRefused(404, 'POST', channels, made);
  expect((await put(cleo, general, bob.id, [], ['send_messages'], 'member')).status).toBe(404);
  const copy = await anna.does('POST', channels, made);
  expect(copy.permission_overwrites).toEqual([denied]);
  expect((await put(cleo, general, bob.id, [], ['send_messages'], 'member')).status).toBe(200);
  expect((await put(anna, general, bob.id, ['send_tts'], [], 'member')).status).toBe(404);
  await bob.joins(space);
  for (const { id } of [general, copy]) {
    await bob.isRefused(403, 'POST', `/channels/${id}/messages`, { content: 'muted' });
  }
});

test('a member is also called a user', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await world(server, 'anna', 'bob');
  const { status, data } = await put(anna, general, bob.id, [], ['send_tts'], 'user');
  expect({ status, type: data.type }).toEqual({ status: 200, type: 'member' });
  const path = `/channels/${general.id}/permissions`;
  expect(await anna.does('GET', path)).toMatchObject([{ id: bob.id, type: 'member' }]);
});

test('the overwrites of a channel are bounded in number and in size', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const [everyone] = await rolesOf(anna, space);
  const fill = (count: number, allow: string) =>
    server.turn(({ tx, app }) => {
      for (let n = 0; n < count; n += 1) {
        tx.sqlite.run('INSERT OR REPLACE INTO overwrites VALUES (?, ?, ?, ?, ?)', [
          general.id,
          String(n),
          'role',
          allow,
          '[]',
        ]);
      }
      app.cache.clear();
      return null;
    });
  await fill(250, '[]');
  expect((await put(anna, general, everyone?.id, [], [])).status).toBe(400);
  const names = permissionNames.filter((name) => name !== 'administrator');
  await fill(70, JSON.stringify(names));
  await anna.does('DELETE', `/channels/${general.id}/permissions/249`);
  // The channel would be told in a frame that no client can read.
  expect((await put(anna, general, everyone?.id, names, [])).status).toBe(400);
  expect((await anna.does('GET', `/channels/${general.id}`)).permission_overwrites).toHaveLength(
    249,
  );
});

test('the overwrites of all channels together are bounded', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const [everyone] = await rolesOf(anna, space);
  const others: { id: string }[] = [];
  for (let n = 0; n < maxInSpace / 250; n += 1) {
    others.push(await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'other' }));
  }
  await server.turn(({ tx, app }) => {
    for (const { id } of others) {
      for (let n = 0; n < 250; n += 1) {
        tx.sqlite.run("INSERT INTO overwrites VALUES (?, ?, 'role', '[]', '[]')", [id, `${n}`]);
      }
    }
    app.cache.clear();
    return null;
  });
  expect((await put(anna, general, everyone?.id, [], [])).status).toBe(400);
  const one = [{ id: everyone?.id, type: 'role' }];
  const channels = `/spaces/${space.id}/channels`;
  await anna.isRefused(400, 'POST', channels, { name: 'x', permission_overwrites: one });
  await anna.isRefused(400, 'PATCH', `/channels/${general.id}`, { permission_overwrites: one });
  // A new channel in a category would have as many as the category.
  await server.turn(({ tx, app }) => {
    tx.sqlite.run("UPDATE channels SET type = 'category' WHERE id = ?", [others[0]?.id ?? '']);
    app.cache.clear();
    return null;
  });
  await anna.isRefused(400, 'POST', channels, { name: 'x', parent_id: others[0]?.id });
  await anna.does('DELETE', `/channels/${others[0]?.id}/permissions/0`);
  expect((await put(anna, general, everyone?.id, [], [])).status).toBe(200);
  // One that is there already can change.
  expect((await put(anna, general, everyone?.id, [], ['send_tts'])).status).toBe(200);
});
