import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
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

test('a channel has every field, and defaults for all but the name', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna', 'bob');
  const path = `/spaces/${space.id}/channels`;
  const channel = await anna.does('POST', path, { name: '  News  ' });
  expect(channel).toEqual({
    id: expect.stringMatching(/^\d+$/),
    type: 'text',
    space_id: space.id,
    name: 'News',
    topic: null,
    position: 0,
    parent_id: null,
    nsfw: false,
    rate_limit: 0,
    bitrate: null,
    user_limit: null,
    owner_id: null,
    last_message_id: null,
    permission_overwrites: [],
    archived: false,
    auto_archive_after: null,
    allow_anonymous_read: false,
    created_at: expect.stringMatching(/Z$/),
  });
  expect(await anna.does('GET', `/channels/${channel.id}`)).toEqual(channel);
  const category = await anna.does('POST', path, { name: 'Talk', type: 'category' });
  const full = {
    name: 'Voice',
    type: 'voice',
    topic: 'words',
    position: 7,
    parent_id: category.id,
    nsfw: true,
    rate_limit: 21_600,
    bitrate: 384_000,
    user_limit: 99,
    allow_anonymous_read: true,
  };
  expect(await anna.does('POST', path, full)).toMatchObject(full);
});

test('each field of a channel has its bounds, the same when it is made and when it is changed', async () => {
  await using server = await startTest();
  const { anna, general, space } = await world(server, 'anna', 'bob');
  const path = `/spaces/${space.id}/channels`;
  const { general: foreign, space: other } = await anna.founds('Other');
  const category = await anna.does('POST', `/spaces/${other.id}/channels`, {
    name: 'Far',
    type: 'category',
  });
  const wrong = [
    { name: '' },
    { name: '  ' },
    { name: 'x'.repeat(101) },
    { name: 'x'.repeat(10_000) },
    { topic: 'x'.repeat(1025) },
    { type: 'dm' },
    { type: 'group_dm' },
    { type: 'nonsense' },
    { parent_id: general.id },
    { parent_id: foreign.id },
    { parent_id: category.id },
    { parent_id: '1' },
    { parent_id: 'abc' },
    { parent_id: '' },
    { bitrate: -1 },
    { bitrate: 384_001 },
    { user_limit: -1 },
    { user_limit: 100 },
    { rate_limit: -1 },
    { rate_limit: 21_601 },
    { position: -1 },
  ];
  const misshapen = [
    { name: 1 },
    { type: 5 },
    { topic: [] },
    { parent_id: 5 },
    { bitrate: '64000' },
    { user_limit: 1.5 },
    { nsfw: 1 },
    { position: '1' },
    { allow_anonymous_read: 'true' },
  ];
  for (const [status, bodies] of [
    [400, wrong],
    [422, misshapen],
  ] as const) {
    for (const body of bodies) {
      await anna.isRefused(status, 'POST', path, { name: 'x', ...body });
      await anna.isRefused(status, 'PATCH', `/channels/${general.id}`, body);
    }
  }
  await anna.isRefused(422, 'POST', path, {});
  await anna.isRefused(422, 'POST', path, { type: 'text' });
  expect(await anna.does('GET', `/channels/${general.id}`)).toEqual(general);
  const longest = { name: '\u{1f642}'.repeat(100), topic: '\u{1f642}'.repeat(1024) };
  expect(await anna.does('POST', path, longest)).toMatchObject(longest);
});

test('only text and announcement become each other; a category stands in no category', async () => {
  await using server = await startTest();
  const { anna, general, space } = await world(server, 'anna', 'bob');
  const path = `/spaces/${space.id}/channels`;
  const patch = (body: object) => anna.call('PATCH', `/channels/${general.id}`, body);
  expect((await patch({ type: 'announcement' })).data.type).toBe('announcement');
  expect((await patch({ type: 'text' })).data.type).toBe('text');
  expect((await patch({ type: 'text' })).status).toBe(200);
  for (const type of ['voice', 'category', 'forum']) {
    expect((await patch({ type })).status).toBe(400);
  }
  const outer = await anna.does('POST', path, { name: 'Outer', type: 'category' });
  await anna.isRefused(400, 'POST', path, { name: 'In', type: 'category', parent_id: outer.id });
  const inner = await anna.does('POST', path, { name: 'Inner', type: 'category' });
  await anna.isRefused(400, 'PATCH', `/channels/${inner.id}`, { parent_id: outer.id });
  await anna.isRefused(400, 'PATCH', `/channels/${inner.id}`, { parent_id: inner.id });
});

test('channels are listed by position, hidden ones only to those who view them', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space } = home;
  const cleo = await server.person('cleo');
  const path = `/spaces/${space.id}/channels`;
  await anna.does('POST', path, { name: 'third', position: 30 });
  const hidden = await anna.does('POST', path, { name: 'hidden', position: 20 });
  await anna.does('POST', path, { name: 'first', position: 10 });
  await deny(home, hidden, 'view_channel');
  expect(await names(anna, space)).toEqual(['general', 'first', 'hidden', 'third']);
  expect(await names(server.admin, space)).toEqual(['general', 'first', 'hidden', 'third']);
  for (const person of [bob, cleo]) {
    expect(await names(person, space)).toEqual(['general', 'first', 'third']);
    await person.isRefused(403, 'GET', `/channels/${hidden.id}`);
  }
  const { data } = await server.call('GET', path);
  expect(data.map(({ name }: Channel) => name)).toEqual(['general', 'first', 'third']);
  await anna.does('PATCH', `/spaces/${space.id}`, { public: false });
  expect((await server.call('GET', path)).status).toBe(401);
  await cleo.isRefused(403, 'GET', path);
  expect(await names(bob, space)).toEqual(['general', 'first', 'third']);
  await anna.isRefused(404, 'GET', `/spaces/${space.slug}/channels`);
});

test('the list of channels comes in pages; nothing says where a hidden one stands', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const path = `/spaces/${space.id}/channels`;
  const make = (name: string, position: number) => anna.does('POST', path, { name, position });
  const [b, hidden, d] = [await make('b', 3), await make('hidden', 2), await make('d', 1)];
  await deny(home, hidden, 'view_channel');
  const page = async (person: Person, query: string) => {
    const channels: Channel[] = await person.does('GET', `${path}?${query}`);
    return channels.map(({ name }) => name);
  };
  expect(await page(anna, '')).toEqual(['general', 'd', 'hidden', 'b']);
  expect(await page(anna, 'limit=2')).toEqual(['general', 'd']);
  expect(await page(anna, `limit=1&after=${d.id}`)).toEqual(['hidden']);
  expect(await page(anna, `after=${b.id}`)).toEqual([]);
  expect(await page(bob, `limit=1&after=${d.id}`)).toEqual(['b']);
  // Behind what is gone, or was never there for whoever asks, the list begins anew.
  const whole = ['general', 'd', 'b'];
  for (const after of [hidden.id, '1']) expect(await page(bob, `after=${after}`)).toEqual(whole);
  await anna.does('DELETE', `/channels/${d.id}`);
  expect(await page(bob, `after=${d.id}`)).toEqual(['general', 'b']);
  expect(await page(bob, `limit=0&after=${general.id}`)).toEqual(['b']);
  await bob.isRefused(400, 'GET', `${path}?after=general`);
});

test('one channel is read by members alone, of public spaces too', async () => {
  await using server = await startTest();
  const { bob, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  expect((await bob.does('GET', `/channels/${general.id}`)).id).toBe(general.id);
  await cleo.isRefused(403, 'GET', `/channels/${general.id}`);
  expect((await server.call('GET', `/channels/${general.id}`)).status).toBe(401);
  const unknown = await bob.isRefused(404, 'GET', '/channels/1');
  expect(unknown.body.error.message).toContain('unknown_channel');
});

test('a space has a bounded number of channels', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna', 'bob');
  const path = `/spaces/${space.id}/channels`;
  await server.turn(({ tx }) => {
    for (let n = 1; n < 500; n += 1) {
      tx.sqlite.run(
        "INSERT INTO channels (id, type, space_id, class_id, name, created_at) SELECT ?, 'text', space_id, class_id, 'c', 0 FROM channels WHERE space_id = ? AND name = 'general'",
        [String(n), space.id],
      );
    }
    return null;
  });
  server.app.cache.clear();
  await anna.isRefused(400, 'POST', path, { name: 'One more' });
});

test('asking for an id before a channel has it does not hide the channel', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { anna, general, space } = await world(server, 'anna', 'bob');
  // On a clock that stands still, ids count up by one.
  const { id } = await anna.says(general, 'now');
  const coming = Array.from({ length: 20 }, (_, n) => String(BigInt(id) + BigInt(n + 1)));
  for (const one of coming) await anna.isRefused(404, 'GET', `/channels/${one}`);
  const made = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'new' });
  expect(coming).toContain(made.id);
  await anna.does('GET', `/channels/${made.id}`);
});
