import { expect, test } from 'bun:test';
import { maxSpaces } from '../../src/features/spaces/members/actions.ts';
import { insertMember } from '../../src/features/spaces/members/queries.ts';
import { insertSpace } from '../../src/features/spaces/spaces/queries.ts';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

const named = (list: { name: string }[]) => list.map(({ name }) => name);

test('a new space has everything that a space needs, and its maker owns it', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const space = await anna.does('POST', '/spaces', { name: '  My Place  ' });
  expect(space).toEqual({
    id: expect.stringMatching(/^\d+$/),
    name: 'My Place',
    slug: 'my-place',
    description: null,
    icon: null,
    banner: null,
    splash: null,
    owner_id: anna.id,
    verification_level: 'none',
    default_notifications: 'all',
    explicit_content_filter: 'disabled',
    vanity_url_code: null,
    preferred_locale: 'en-US',
    afk_channel_id: null,
    afk_timeout: 300,
    system_channel_id: null,
    rules_channel_id: null,
    nsfw_level: 'default',
    premium_tier: 'none',
    premium_subscription_count: 0,
    public: false,
    allow_guest_access: true,
    max_members: 500_000,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  expect(await anna.does('GET', `/spaces/${space.id}`)).toEqual(space);
  const roles = await anna.does('GET', `/spaces/${space.id}/roles`);
  expect(named(roles)).toEqual(['@everyone', 'Moderator', 'Admin']);
  expect(roles.map(({ position }: { position: number }) => position)).toEqual([0, 1, 2]);
  expect(roles.map(({ permissions }: { permissions: [] }) => permissions.length)).toEqual([
    16, 24, 32,
  ]);
  expect(roles.map(({ color, hoist }: any) => [color, hoist])).toEqual([
    [0, false],
    [3_447_003, true],
    [15_158_332, true],
  ]);
  const channels = await anna.does('GET', `/spaces/${space.id}/channels`);
  expect(channels).toHaveLength(1);
  expect(channels[0]).toMatchObject({
    name: 'general',
    type: 'text',
    position: 0,
    parent_id: null,
  });
  const members = await anna.does('GET', `/spaces/${space.id}/members`);
  expect(members).toMatchObject([{ user_id: anna.id, roles: [roles[2].id] }]);
});

test('the maker’s sessions hear of the new space and of all that is in it; nobody else does', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  const [ears, others] = [await anna.listens(), await bob.listens()];
  await ears.unread();
  const space = await anna.does('POST', '/spaces', { name: 'Home', public: true });
  const heard = await ears.unread();
  expect(heard[0]).toMatchObject({ type: 'space.create', data: space });
  const types = heard.map(({ type }) => type);
  expect(types.filter((type) => type === 'role.create')).toHaveLength(3);
  expect(types.filter((type) => type === 'channel.create')).toHaveLength(1);
  await others.hearsNothing();
});

test('each field of a new space has its bounds', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (const body of [
    { name: '' },
    { name: '  ' },
    { name: 'x'.repeat(101) },
    { name: 'x'.repeat(10_000) },
    { name: 'a\nb' },
    { name: 'x', description: 'x'.repeat(1001) },
    { name: 'x', slug: '' },
    { name: 'x', slug: 'x'.repeat(101) },
    { name: 'x', slug: '-x' },
    { name: 'x', slug: 'x-' },
    { name: 'x', slug: 'x--y' },
    { name: 'x', slug: '123' },
    { name: 'x', slug: 'X' },
    { name: 'x', slug: 'a b' },
  ]) {
    await anna.isRefused(400, 'POST', '/spaces', body);
  }
  for (const body of [
    {},
    { name: 5 },
    { name: 'x', public: 1 },
    { name: 'x', description: [] },
    { name: 'x', slug: 1 },
    { name: 'x', allow_guest_access: 'true' },
  ]) {
    await anna.isRefused(422, 'POST', '/spaces', body);
  }
  expect((await server.call('POST', '/spaces', { name: 'x' })).status).toBe(401);
  const full = {
    name: '\u{1f642}'.repeat(100),
    slug: 'x'.repeat(100),
    description: '\u{1f642}'.repeat(1000),
    public: true,
    allow_guest_access: false,
  };
  expect(await anna.does('POST', '/spaces', { ...full, owner_id: '1' })).toMatchObject({
    ...full,
    owner_id: anna.id,
  });
  const cleared = await anna.does('POST', '/spaces', { name: 'x', slug: null, description: '' });
  expect(cleared).toMatchObject({ slug: 'x', description: null });
});

test('a slug follows from the name, is never empty, and is never taken twice', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const slugOf = async (name: string, more: object = {}) => {
    const { slug } = await anna.does('POST', '/spaces', { name, ...more });
    return slug as string;
  };
  expect(await slugOf('Die Höhle & Co.')).toBe('die-hohle-co');
  expect(await slugOf('die höhle, co')).toBe('die-hohle-co-2');
  expect(await slugOf('x', { slug: 'die-hohle-co' })).toBe('die-hohle-co-3');
  expect(await slugOf('2024')).toBe('s-2024');
  expect(await slugOf('日本語')).toMatch(/^s-\d+$/);
  expect(await slugOf('Public')).toBe('public-2');
  expect(await slugOf('public', { slug: 'public' })).toBe('public-3');
  const long = 'x'.repeat(100);
  expect(await slugOf(long)).toBe(long);
  expect(await slugOf(long)).toBe(`${'x'.repeat(98)}-2`);
  const found = await anna.does('GET', '/spaces/die-hohle-co-2');
  expect(found.name).toBe('die höhle, co');
});

test('a slug is changed on request only, and comes free with its space', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna');
  const { space: other } = await anna.founds('Other');
  const path = `/spaces/${space.id}`;
  expect((await anna.does('PATCH', path, { name: 'Renamed' })).slug).toBe('home');
  expect((await anna.does('PATCH', path, { slug: 'home' })).slug).toBe('home');
  expect((await anna.does('PATCH', path, { slug: 'other' })).slug).toBe('other-2');
  await anna.isRefused(400, 'PATCH', path, { slug: '1' });
  await anna.isRefused(404, 'PATCH', '/spaces/other-2', { name: 'x' });
  await anna.does('DELETE', `/spaces/${other.id}`);
  expect((await anna.does('PATCH', path, { slug: 'other' })).slug).toBe('other');
});

test('an update has the same bounds as a creation', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna');
  const { general: foreign } = await anna.founds('Other');
  for (const patch of [
    { name: '' },
    { name: 'x'.repeat(101) },
    { description: 'x'.repeat(1001) },
    { verification_level: 'x'.repeat(33) },
    { afk_timeout: -1 },
    { afk_timeout: 86_401 },
    { system_channel_id: foreign.id },
    { rules_channel_id: '12345' },
    { afk_channel_id: 'abc' },
  ]) {
    await anna.isRefused(400, 'PATCH', `/spaces/${space.id}`, patch);
  }
  for (const patch of [
    { name: 1 },
    { public: 'yes' },
    { afk_timeout: '60' },
    { rules_channel_id: 5 },
  ]) {
    await anna.isRefused(422, 'PATCH', `/spaces/${space.id}`, patch);
  }
  expect(await anna.does('GET', `/spaces/${space.id}`)).toEqual(space);
});

test('a server that may hold no more spaces takes no more', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  server.app.db.sqlite.run('UPDATE instance SET max_spaces = 2');
  const { space } = await anna.founds('One');
  await anna.isRefused(403, 'POST', '/spaces', { name: 'Two' });
  await anna.does('DELETE', `/spaces/${space.id}`);
  await anna.founds('Two');
});

test('an account is in so many spaces only, by founding and by joining', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'anna', 'bob');
  const mine = await bob.does('GET', '/users/@me/spaces');
  await server.turn(({ tx }) => {
    for (let n = mine.length; n < maxSpaces; n += 1) {
      insertSpace(tx, { id: `${n}`, name: 'a', slug: `${n}`, owner_id: bob.id, created_at: 0 });
      insertMember(tx, { space_id: `${n}`, user_id: bob.id, joined_at: 0 });
    }
  });
  await bob.isRefused(403, 'POST', '/spaces', { name: 'One more' });
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bob.does('POST', '/spaces', { name: 'One more' });
  await bob.isRefused(403, 'POST', `/spaces/${space.id}/join`, {});
});
