// Channels that are made, and changed, together with their overwrites.
import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';
import { empower, everyoneOf, ladder, listening, world, type World } from '../support/world.ts';

const role = (id: string, allow: string[], deny: string[]) => ({ id, type: 'role', allow, deny });

/** Hides a channel from everybody but the owner. */
const hidden = async (home: World) => role((await everyoneOf(home)).id, [], ['view_channel']);

test('a private channel is made in one step: who may not view it hears nothing of it', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, space } = home;
  const [annas, bobs, cleos] = await listening([anna, bob, cleo]);
  const forCleo = { id: cleo.id, type: 'user', allow: ['view_channel'] };
  const made = await anna.does('POST', `/spaces/${space.id}/channels`, {
    name: 'staff',
    topic: 'secret',
    permission_overwrites: [await hidden(home), forCleo],
  });
  const rules = [
    await hidden(home),
    { id: cleo.id, type: 'member', allow: ['view_channel'], deny: [] },
  ];
  expect(made.permission_overwrites).toEqual(rules);
  for (const ears of [annas, cleos]) {
    const [told] = await ears.hearsExactly('channel.create');
    expect(told?.data).toEqual(made);
  }
  await bobs.hearsNothing();
  await bob.isRefused(403, 'GET', `/channels/${made.id}`);
  await cleo.says(made, 'among us');
  await bobs.hearsNothing();
});

test('a channel is made private, and opened again, by one change', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const [annas, bobs] = await listening([anna, bob]);
  const path = `/channels/${general.id}`;
  const permission_overwrites = [await hidden(home)];
  const changed = await anna.does('PATCH', path, { topic: 'secret', permission_overwrites });
  expect(changed).toMatchObject({ topic: 'secret', permission_overwrites });
  await annas.hearsExactly('channel.update');
  await bobs.hearsExactly('channel.delete');
  // A change that says nothing of overwrites leaves them; the same list again is no change.
  expect(await anna.does('PATCH', path, { topic: 'secret' })).toEqual(changed);
  expect(await anna.does('PATCH', path, { permission_overwrites })).toEqual(changed);
  await annas.hearsNothing();
  await anna.does('PATCH', path, { permission_overwrites: [] });
  await bobs.hearsExactly('channel.create');
});

test('overwrites in a channel are judged as each of them alone', async () => {
  await using server = await startTest();
  const home = await ladder(server);
  const { anna, bob, cleo, space, general, low, high, middle } = home;
  const channels = `/spaces/${space.id}/channels`;
  const path = `/channels/${general.id}`;
  const keeper = await empower(home, cleo, 'manage_channels');
  const make = (rules: unknown) => ({ name: 'x', permission_overwrites: rules });
  // Without manage_roles a list that changes nothing is fine.
  await cleo.does('POST', channels, make([]));
  await cleo.isRefused(403, 'POST', channels, make([role(low.id, [], ['send_messages'])]));
  await cleo.does('PATCH', path, { topic: 'calm', permission_overwrites: [] });
  const mixed = { topic: 'loud', permission_overwrites: [role(low.id, [], ['send_messages'])] };
  await cleo.isRefused(403, 'PATCH', path, mixed);
  await anna.does('PATCH', `/spaces/${space.id}/roles/${middle.id}`, {
    permissions: ['manage_roles', 'manage_channels'],
  });
  for (const [status, rules] of [
    [403, [role(high.id, [], ['send_messages'])]],
    [403, [role(low.id, ['ban_members'], [])]],
    [403, [role(keeper.id, [], [])]],
    [404, [role('1', [], [])]],
    [404, [{ id: '1', type: 'member' }]],
    [400, [role(low.id, ['administrator'], [])]],
    [400, [role(low.id, ['fly'], [])]],
    [400, [role('x', [], [])]],
    [400, Array.from({ length: 251 }, (_, n) => role(String(n), [], []))],
    [400, [{ id: low.id, type: 'guest' }]],
    [422, [{ id: low.id }]],
    [422, ['x']],
    [422, 'x'],
  ] as const) {
    await bob.isRefused(status, 'POST', channels, make(rules));
    await bob.isRefused(status, 'PATCH', path, { topic: 'loud', permission_overwrites: rules });
  }
  expect((await anna.does('GET', path)).topic).toBe('calm');
  await bob.does('POST', channels, make([role(low.id, [], ['send_messages'])]));
  // The last one named for an id counts.
  const twice = make([role(low.id, ['send_messages'], []), role(low.id, [], ['send_messages'])]);
  expect((await bob.does('POST', channels, twice)).permission_overwrites).toEqual([
    role(low.id, [], ['send_messages']),
  ]);
  // What stands there from others may stay, but not go.
  const given = role(low.id, ['ban_members'], []);
  await anna.does('PATCH', path, { permission_overwrites: [given] });
  const own = role(middle.id, ['send_messages'], []);
  await bob.does('PATCH', path, { permission_overwrites: [given, own] });
  await bob.isRefused(403, 'PATCH', path, { permission_overwrites: [own] });
  await bob.does('PATCH', path, { permission_overwrites: [given] });
});

test('a channel in a category begins with the overwrites of the category, unless others are given', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space } = home;
  const [bobs] = await listening([bob]);
  const channels = `/spaces/${space.id}/channels`;
  const permission_overwrites = [await hidden(home)];
  const staff = { name: 'staff', type: 'category', permission_overwrites };
  const category = await anna.does('POST', channels, staff);
  const inside = await anna.does('POST', channels, { name: 'inside', parent_id: category.id });
  expect(inside.permission_overwrites).toEqual(permission_overwrites);
  await bobs.hearsNothing();
  const open = { name: 'open', parent_id: category.id, permission_overwrites: [] };
  expect((await anna.does('POST', channels, open)).permission_overwrites).toEqual([]);
  await bobs.hearsExactly('channel.create');
  // Afterwards the category and its channels go their own ways.
  await anna.does('PATCH', `/channels/${category.id}`, { permission_overwrites: [] });
  await bobs.hearsExactly('channel.create');
  await bob.isRefused(403, 'GET', `/channels/${inside.id}`);
});

test('a category that one may not view takes no channel of one’s own, and is not told from none', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  await empower(home, bob, 'manage_channels', 'manage_roles');
  const channels = `/spaces/${space.id}/channels`;
  const category = await anna.does('POST', channels, {
    name: 'staff',
    type: 'category',
    permission_overwrites: [await hidden(home)],
  });
  const answers = [];
  for (const parent_id of [category.id, '1']) {
    answers.push((await bob.isRefused(400, 'POST', channels, { name: 'x', parent_id })).body);
    answers.push(
      (await bob.isRefused(400, 'PATCH', `/channels/${general.id}`, { parent_id })).body,
    );
  }
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  await anna.does('PATCH', `/channels/${general.id}`, { parent_id: category.id });
  // A client that sends the whole channel changes nothing about where it stands.
  await bob.does('PATCH', `/channels/${general.id}`, { parent_id: category.id, topic: 'calm' });
});

test('the audit log says which overwrites a change was about', async () => {
  await using server = await startTest();
  const home = await ladder(server);
  const { anna, space, general, low, high } = home;
  const log = async () => {
    const { data } = await anna.call('GET', `/spaces/${space.id}/audit-log?limit=100`);
    return data.filter(({ action_type }: any) => action_type.startsWith('channel_'));
  };
  const mute = (id: string) => role(id, [], ['send_messages']);
  await anna.does('PATCH', `/channels/${general.id}`, {
    topic: 'calm',
    permission_overwrites: [mute(low.id), mute(high.id)],
  });
  const entries = await log();
  expect(entries).toHaveLength(3);
  expect(entries[0].changes).toEqual({ topic: { old: null, new: 'calm' } });
  expect(entries.slice(1).map(({ changes }: any) => changes.overwrite_id)).toEqual([
    high.id,
    low.id,
  ]);
  await anna.does('POST', `/spaces/${space.id}/channels`, {
    name: 'x',
    permission_overwrites: [mute(low.id)],
  });
  expect((await log())[0].changes).toMatchObject({ name: 'x', overwrite_ids: [low.id] });
  // One entry for many, so that one request does not fill the log.
  const roles: string[] = [];
  for (let n = 0; n < 21; n += 1) {
    const made = await anna.does('POST', `/spaces/${space.id}/roles`, { name: `r${n}` });
    roles.push(made.id);
  }
  await anna.does('PATCH', `/channels/${general.id}`, {
    permission_overwrites: [mute(low.id), mute(high.id), ...roles.map(mute)],
  });
  expect(await log()).toHaveLength(5);
  expect((await log())[0].changes).toEqual({ overwrite_ids: roles });
});
