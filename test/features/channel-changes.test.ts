import { expect, test } from 'bun:test';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { deny, world } from '../support/world.ts';

interface Channel {
  id: string;
  name: string;
  position: number;
}

async function names(person: Person, space: { id: string }): Promise<string[]> {
  const channels: Channel[] = await person.does('GET', `/spaces/${space.id}/channels`);
  return channels.map(({ name }) => name);
}

test('a new channel is told to its members alone', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const path = `/spaces/${space.id}/channels`;
  const [bobs, cleos] = [await bob.listens(), await cleo.listens()];
  for (const ears of [bobs, cleos]) await ears.unread();
  await bob.isRefused(403, 'POST', path, { name: 'x' });
  await cleo.isRefused(403, 'POST', path, { name: 'x' });
  const channel = await anna.does('POST', path, { name: 'News' });
  const [told] = await bobs.hearsExactly('channel.create');
  expect(told?.data).toEqual(channel);
  await cleos.hearsNothing();
});

test('a change is told once to those who view the channel; one that changes nothing is not', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  const path = `/spaces/${space.id}/channels`;
  const hidden = await anna.does('POST', path, { name: 'Hidden' });
  await deny(home, hidden, 'view_channel');
  const category = await anna.does('POST', path, { name: 'Talk', type: 'category' });
  const [annas, bobs, cleos] = [await anna.listens(), await bob.listens(), await cleo.listens()];
  for (const ears of [annas, bobs, cleos]) await ears.unread();
  const patch = {
    name: 'renamed',
    topic: 'words',
    type: 'announcement',
    parent_id: category.id,
    position: 3,
    nsfw: true,
    archived: true,
    allow_anonymous_read: true,
    rate_limit: 5,
    bitrate: 64_000,
    user_limit: 10,
  };
  await bob.isRefused(403, 'PATCH', `/channels/${general.id}`, patch);
  await cleo.isRefused(403, 'PATCH', `/channels/${general.id}`, patch);
  const after = await anna.does('PATCH', `/channels/${general.id}`, patch);
  expect(after).toEqual({ ...general, ...patch });
  for (const [ears, ...entry] of [[annas, 'audit_log.create'], [bobs]] as const) {
    const [told] = await ears.hearsExactly('channel.update', ...entry);
    expect(told?.data).toEqual(after);
  }
  await anna.does('PATCH', `/channels/${general.id}`, patch);
  await anna.does('PATCH', `/channels/${general.id}`, { nonsense: 1 });
  await annas.hearsNothing();
  await anna.does('PATCH', `/channels/${hidden.id}`, { topic: 'secret' });
  await annas.hearsExactly('channel.update', 'audit_log.create');
  await bobs.hearsNothing();
  await cleos.hearsNothing();
  const cleared = await anna.does('PATCH', `/channels/${general.id}`, {
    topic: null,
    parent_id: null,
    bitrate: null,
    user_limit: null,
  });
  expect(cleared).toMatchObject({ topic: null, parent_id: null, bitrate: null, user_limit: null });
  // An instance admin may, though no member.
  await server.admin.does('PATCH', `/channels/${general.id}`, { topic: 'By the admin' });
});

test('a deleted channel is gone for everyone; its children and what the space names lose it', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const path = `/spaces/${space.id}/channels`;
  const category = await anna.does('POST', path, { name: 'Talk', type: 'category' });
  await anna.does('PATCH', `/channels/${general.id}`, { parent_id: category.id });
  const news = await anna.does('POST', path, { name: 'News' });
  await anna.does('PATCH', `/spaces/${space.id}`, { rules_channel_id: news.id });
  const message = await bob.says(news, 'hello');
  const [bobs, cleos] = [await bob.listens(), await cleo.listens()];
  for (const ears of [bobs, cleos]) await ears.unread();
  await bob.isRefused(403, 'DELETE', `/channels/${news.id}`);
  await cleo.isRefused(403, 'DELETE', `/channels/${news.id}`);
  expect(await anna.does('DELETE', `/channels/${news.id}`)).toBeNull();
  const [gone, renamed] = await bobs.hearsExactly('channel.delete', 'space.update');
  expect(gone?.data).toEqual({ id: news.id, space_id: space.id, type: 'text' });
  expect(renamed?.data['rules_channel_id']).toBeNull();
  expect((await anna.does('GET', `/spaces/${space.id}`)).rules_channel_id).toBeNull();
  for (const person of [anna, bob, server.admin]) {
    await person.isRefused(404, 'GET', `/channels/${news.id}`);
    await person.isRefused(404, 'GET', `/channels/${news.id}/messages/${message.id}`);
    await person.isRefused(404, 'DELETE', `/channels/${news.id}`);
  }
  expect(await anna.does('DELETE', `/channels/${category.id}`)).toBeNull();
  const [, child] = await bobs.hearsExactly('channel.delete', 'channel.update');
  expect(child?.data).toMatchObject({ id: general.id, parent_id: null });
  expect(await names(bob, space)).toEqual(['general']);
  await cleos.hearsNothing();
});

test('channels are moved by who manages them; each class in which something moved is told', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const cleo = await server.person('cleo');
  const path = `/spaces/${space.id}/channels`;
  const second = await anna.does('POST', path, { name: 'second', position: 1 });
  const hidden = await anna.does('POST', path, { name: 'hidden', position: 2 });
  await deny(home, hidden, 'view_channel');
  const [annas, bobs, cleos] = [await anna.listens(), await bob.listens(), await cleo.listens()];
  for (const ears of [annas, bobs, cleos]) await ears.unread();
  const moves = [
    { id: general.id, position: 5 },
    { id: second.id, position: 0 },
  ];
  await bob.isRefused(403, 'PATCH', path, moves);
  await cleo.isRefused(403, 'PATCH', path, moves);
  const list = await anna.does('PATCH', path, moves);
  expect(list.map(({ name }: Channel) => name)).toEqual(['second', 'hidden', 'general']);
  for (const ears of [annas, bobs]) {
    const told = await ears.hears('channel.reorder');
    expect(told?.data['space_id']).toBe(space.id);
    expect(told?.data['channels'].map(({ name }: Channel) => name)).toEqual(['second', 'general']);
  }
  await annas.hearsExactly('audit_log.create', 'audit_log.create');
  await anna.does('PATCH', path, [{ id: hidden.id, position: 9 }]);
  const [told] = await annas.hearsExactly('channel.reorder', 'audit_log.create');
  expect(told?.data['channels'].map(({ id }: Channel) => id)).toEqual([hidden.id]);
  await bobs.hearsNothing();
  // Unknown and foreign ids are ignored; what does not move is not told.
  const { general: foreign } = await anna.founds('Other');
  await annas.unread();
  await anna.does('PATCH', path, [
    { id: foreign.id, position: 3 },
    { id: '1', position: 3 },
    { id: '9'.repeat(64), position: 3 },
    { id: hidden.id, position: 9 },
  ]);
  await anna.does('PATCH', path, []);
  expect((await anna.does('GET', `/channels/${foreign.id}`)).position).toBe(0);
  await annas.hearsNothing();
  await cleos.hearsNothing();
  for (const wrong of [
    { id: general.id, position: -1 },
    // Wrong whatever it is said of.
    { id: '1', position: -1 },
    { id: 'abc', position: -1 },
    { id: '9'.repeat(65), position: 1 },
  ]) {
    await anna.isRefused(400, 'PATCH', path, [{ id: general.id, position: 1 }, wrong]);
  }
  expect((await anna.does('GET', `/channels/${general.id}`)).position).toBe(5);
  for (const body of [{}, [{ id: general.id }], [{ position: 1 }], [{ id: 1, position: 1 }]]) {
    await anna.isRefused(422, 'PATCH', path, body);
  }
});

test('who manages channels neither sees nor moves those that are hidden from them', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const path = `/spaces/${space.id}/channels`;
  const role = await anna.does('POST', `/spaces/${space.id}/roles`, {
    name: 'Keeper',
    permissions: ['manage_channels'],
  });
  await anna.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  const hidden = await anna.does('POST', path, { name: 'hidden', position: 2 });
  await deny(home, hidden, 'view_channel');
  const answer = await bob.does('PATCH', path, [
    { id: general.id, position: 4 },
    { id: hidden.id, position: 4 },
  ]);
  expect(answer.map(({ name }: Channel) => name)).toEqual(['general']);
  expect((await anna.does('GET', `/channels/${hidden.id}`)).position).toBe(2);
  await bob.isRefused(403, 'PATCH', `/channels/${hidden.id}`, { topic: 'x' });
  await bob.isRefused(403, 'DELETE', `/channels/${hidden.id}`);
});
