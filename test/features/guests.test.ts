import { expect, test } from 'bun:test';
import { changesSpace } from '../../src/access/load.ts';
import { features } from '../../src/features.ts';
import { placeChannel } from '../../src/features/spaces/channels/actions.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears, type Frame } from '../support/ears.ts';
import { Guest } from '../support/guest.ts';
import { bodyOf, pathOf, place } from '../support/place.ts';
import { startTest } from '../support/server.ts';
import { deny, everyoneOf, listening, world, type World } from '../support/world.ts';

const counts = ['anonymous_count.update', 'anonymous_count_updated'];

/** Opens a channel to guests. */
const open = ({ owner }: World, { id }: any, allow_anonymous_read = true) =>
  owner.does('PATCH', `/channels/${id}`, { allow_anonymous_read });

/** What was heard, without how many guests there are. */
async function heard(ears: Ears) {
  return (await ears.unread()).filter(({ type = '' }) => !counts.includes(type));
}

test('whoever has no account gets a token for an hour and one public space that takes guests', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space } = await world(server, 'olga');
  const [home] = await server.admin.does('GET', '/users/@me/spaces');
  const answer = await server.call('POST', '/auth/guest');
  expect(answer.body).toEqual({
    token: expect.stringMatching(/^[0-9a-f]{64}$/),
    space_id: home.id,
    expires_at: new Date(clock.now() + 3_600_000).toISOString(),
  });
  const there = await Guest.enter(server, space);
  expect(there.space_id).toBe(space.id);
  // The token is kept nowhere.
  const rows = server.app.db.sqlite.query('SELECT * FROM guest_tokens').all();
  expect(JSON.stringify(rows)).not.toContain(there.token);
  const { space: closed } = await owner.founds('Closed', { public: false });
  const { space: shy } = await owner.founds('Shy', { allow_guest_access: false });
  for (const space_id of [closed.id, shy.id, '1']) {
    expect((await server.call('POST', '/auth/guest', { space_id })).status).toBe(404);
  }
  for (const space_id of ['abc', 7]) {
    const refused = await server.call('POST', '/auth/guest', { space_id });
    expect(refused.status).toBe(space_id === 7 ? 422 : 400);
  }
});

test('where no space takes guests there is none to be', async () => {
  await using server = await startTest();
  const [home] = await server.admin.does('GET', '/users/@me/spaces');
  await server.admin.does('PATCH', `/spaces/${home.id}`, { allow_guest_access: false });
  const { status, code } = await server.call('POST', '/auth/guest');
  expect([status, code]).toEqual([404, 'not_found']);
});

test('ten guests an hour come from one address', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  for (let n = 0; n < 10; n += 1) await Guest.enter(server);
  const { status, code, headers } = await server.call('POST', '/auth/guest');
  expect([status, code, headers.get('retry-after')]).toEqual([429, 'rate_limited', '3600']);
  await clock.pass(3_600_000);
  await Guest.enter(server);
});

test('a guest reads what is open to guests in its space, and nothing else', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = home;
  const path = `/spaces/${space.id}`;
  const shown = await owner.does('POST', `${path}/channels`, { name: 'shown' });
  const hidden = await owner.does('POST', `${path}/channels`, { name: 'hidden' });
  for (const channel of [shown, hidden]) await open(home, channel);
  await deny(home, hidden, 'view_channel');
  const message = await owner.says(shown, 'welcome');
  const others = [await owner.says(general, 'members'), await owner.says(hidden, 'secret')];
  const guest = await Guest.enter(server, space);

  expect(await guest.reads('/users/@me')).toEqual({
    id: expect.stringMatching(/^guest:[0-9a-f]{16}$/),
    username: 'Guest',
    display_name: 'Guest',
    avatar: null,
    bot: false,
    system: false,
    is_guest: true,
    created_at: expect.any(String),
  });
  expect((await guest.reads('/users/@me/spaces')).map(({ id }: any) => id)).toEqual([space.id]);
  expect((await guest.reads(path)).id).toBe(space.id);
  expect((await guest.reads(`${path}/channels`)).map(({ id }: any) => id)).toEqual([shown.id]);
  expect(await guest.reads(`/channels/${shown.id}/messages`)).toMatchObject([{ id: message.id }]);
  expect(await guest.reads(`/channels/${shown.id}/messages/${message.id}`)).toMatchObject({
    id: message.id,
  });
  for (const { channel_id, id } of others) {
    for (const tail of ['', `/${id}`]) {
      const refused = await guest.call('GET', `/channels/${channel_id}/messages${tail}`);
      expect([refused.status, refused.code]).toEqual([403, 'forbidden']);
    }
  }
  expect(await guest.reads(`${path}/members?with_user=true`)).toHaveLength(2);
  expect(await guest.reads(`${path}/roles`)).toEqual(await owner.does('GET', `${path}/roles`));
  expect(await guest.reads(`/channels/${shown.id}/voice-status`)).toEqual([]);
  expect((await guest.call('GET', `/channels/${general.id}/voice-status`)).status).toBe(403);
  expect((await guest.call('GET', `${path}/anonymous-count`)).body).toEqual({ count: 0 });
  const found = await guest.reads(`${path}/messages/search?query=e`);
  expect(found.map(({ channel_id }: any) => channel_id)).not.toContain(general.id);
  const invite = await owner.does('POST', `${path}/invites`, {});
  expect((await guest.reads(`/invites/${invite.code}`)).code).toBe(invite.code);
  // People of the space are known to its guests, others are not.
  const bobs = await guest.reads(`/users/${bob.id}`);
  expect(bobs).not.toHaveProperty('is_admin');
  expect((await guest.call('GET', `/users/${server.admin.id}`)).status).toBe(404);
  expect((await guest.call('POST', '/auth/logout')).body).toEqual({ data: { ok: true } });
  expect((await guest.call('GET', '/users/@me')).status).toBe(200);
});

test('a guest of one space is none of another', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga');
  const { owner, space } = home;
  const guest = await Guest.enter(server, space);
  const other = await owner.founds('Other');
  const { space: closed, general: inside } = await owner.founds('Closed', { public: false });
  const { space: shy } = await owner.founds('Shy', { allow_guest_access: false });
  await open(home, inside);
  await owner.says(inside, 'not for guests of elsewhere');
  // A public space shows them no more than what is open to its own guests.
  expect(await guest.reads(`/spaces/${other.space.id}/channels`)).toEqual([]);
  for (const path of [
    `/spaces/${closed.id}`,
    `/spaces/${closed.id}/channels`,
    `/spaces/${shy.id}`,
    `/spaces/${shy.id}/channels`,
    `/spaces/${other.space.id}/members`,
    `/spaces/${other.space.id}/roles`,
    `/channels/${inside.id}/messages`,
    `/channels/${inside.id}/voice-status`,
    `/channels/${other.general.id}/messages`,
  ]) {
    expect({ path, status: (await guest.call('GET', path)).status }).toEqual({ path, status: 403 });
  }
});

test('a guest changes nothing: every call that could is refused before anything happens', async () => {
  await using server = await startTest();
  const { anna, ids } = await place(server);
  await anna.does('PATCH', `/spaces/${ids['space_id']}`, { public: true });
  await anna.does('PATCH', `/channels/${ids['channel_id']}`, { allow_anonymous_read: true });
  const guest = await Guest.enter(server, { id: ids['space_id'] ?? '' });
  const dump = () =>
    JSON.stringify(
      ['messages', 'members', 'spaces', 'channels', 'invites', 'reactions', 'users'].map((table) =>
        server.app.db.sqlite.query(`SELECT * FROM ${table}`).all(),
      ),
    );
  const before = dump();
  const needing = features
    .flatMap((feature) => feature.endpoints)
    .filter(({ method, access }) => access.token && (method !== 'GET' || access.guests !== true));
  expect(needing.length).toBeGreaterThan(60);
  for (const endpoint of needing.filter(({ path }) => path !== '/auth/logout')) {
    const path = pathOf(endpoint, { owner_id: '1', file: '1.png', ...ids });
    const { status, code } = await guest.call(endpoint.method, path, bodyOf(endpoint));
    const call = `${endpoint.method} ${path}`;
    expect({ call, status, code }).toEqual({ call, status: 403, code: 'forbidden' });
  }
  expect(dump()).toBe(before);
});

test('READY shows a guest the space, its people and what is open; then the guest listens', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, space, general } = home;
  const shown = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'shown' });
  await open(home, shown);
  const owners = await owner.listens();
  const guest = await Guest.enter(server, space);
  const ears = await guest.listens();
  expect(ears.ready).toMatchObject({
    user: null,
    is_guest: true,
    user_id: expect.stringMatching(/^guest:/),
    spaces: [{ id: space.id }],
    channels: [{ id: shown.id }],
    presences: [],
    voice_states: [],
    rings: [],
    dm_channels: [],
    mutes: [],
    unread: [],
    relationships: [],
  });
  expect(ears.ready['members']).toHaveLength(2);
  expect(ears.ready['users']).toHaveLength(2);
  expect(ears.ready['roles']).toHaveLength(3);
  expect(JSON.stringify(ears.ready)).not.toContain('is_admin');
  await owner.says(general, 'for members');
  const sent = await owner.says(shown, 'for all');
  await owner.does('POST', `/channels/${shown.id}/typing`);
  await owner.does('PUT', `/channels/${shown.id}/messages/${sent.id}/reactions/yes/@me`);
  const types = (await heard(ears)).map(({ type }) => type);
  expect(types).toEqual(['message.create', 'typing.start', 'reaction.add']);
  // What a guest says over the socket is not heard.
  ears.send(8, { status: 'dnd' });
  ears.send(9, { channel_id: general.id, space_id: space.id });
  ears.send(10, { space_id: space.id });
  await owners.unread();
  await ears.hearsNothing();
  await owners.hearsNothing();
});

test('in which order READY has its people tells a guest nothing of who is there', async () => {
  await using server = await startTest();
  const { dora, space } = await world(server, 'olga', 'bob', 'cleo', 'dora');
  const guest = await Guest.enter(server, space);
  const order = async () => {
    const { ready } = await guest.listens();
    return ready['members'].map(({ user_id }: any) => user_id);
  };
  const before = await order();
  expect(before.at(-1)).toBe(dora.id);
  await dora.listens();
  expect(await order()).toEqual(before);
});

test('where @everyone views nothing, guests are as little told who belongs there as members are', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space } = home;
  const guest = await Guest.enter(server, space);
  const path = `/spaces/${space.id}/members`;
  expect(await guest.reads(path)).toHaveLength(2);
  const everyone = await everyoneOf(home);
  await owner.does('PATCH', `/spaces/${space.id}/roles/${everyone.id}`, { permissions: [] });
  await bob.isRefused(403, 'GET', path);
  expect((await guest.call('GET', path)).status).toBe(403);
});

test('of presence, voice and moderation guests hear nothing, whatever they ask for', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, space, general } = home;
  await open(home, general);
  const guest = await Guest.enter(server, space);
  const ears = await guest.listens();
  const bobs = await bob.listens();
  bobs.send(8, { status: 'dnd' });
  await bobs.settled();
  await owner.does('PUT', `/spaces/${space.id}/bans/${cleo.id}`, {});
  await owner.does('POST', `/spaces/${space.id}/invites`, {});
  expect((await heard(ears)).map(({ type }) => type)).toEqual(['member.leave']);
});

test('a channel that is opened or closed to guests comes and goes for them at once', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = home;
  const guest = await Guest.enter(server, space);
  const ears = await guest.listens();
  const [bobs] = await listening([bob]);
  expect(ears.ready['channels']).toEqual([]);
  await open(home, general);
  const [shown] = await heard(ears);
  expect([shown?.type, shown?.data['id']]).toEqual(['channel.create', general.id]);
  await owner.says(general, 'now');
  expect((await heard(ears)).map(({ type }) => type)).toEqual(['message.create']);
  await deny(home, general, 'view_channel');
  expect((await heard(ears)).map(({ type }) => type)).toEqual(['channel.delete']);
  await owner.says(general, 'unheard');
  expect(await heard(ears)).toEqual([]);
  await bobs.unread();
});

/** Whom the overwrites name in what was heard of channels. */
const namedIn = (frames: readonly Frame[]) =>
  frames
    .flatMap(({ data }) => data['channels'] ?? [data])
    .flatMap(({ permission_overwrites = [] }: any) => permission_overwrites)
    .map(({ type }: any) => type);

test('what single accounts may do in a channel is not told to guests who listen', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = home;
  const everyone = await everyoneOf(home);
  const bobs = { id: bob.id, type: 'member', deny: ['send_messages'] };
  const all = { id: everyone.id, type: 'role', deny: ['mention_everyone'] };
  await owner.does('PATCH', `/channels/${general.id}`, { permission_overwrites: [bobs, all] });
  const guest = await Guest.enter(server, space);
  const ears = await guest.listens();
  const [owners] = await listening([owner]);
  const path = `/spaces/${space.id}/channels`;
  const made = { name: 'made', allow_anonymous_read: true, permission_overwrites: [bobs, all] };
  const deeds: [string, () => Promise<unknown>][] = [
    ['channel.create', () => open(home, general)],
    ['channel.update', () => owner.does('PATCH', `/channels/${general.id}`, { name: 'hall' })],
    ['channel.update', () => owner.does('PATCH', `/channels/${general.id}`, { rate_limit: 5 })],
    ['channel.create', () => owner.does('POST', path, made)],
    ['channel.reorder', () => owner.does('PATCH', path, [{ id: general.id, position: 3 }])],
  ];
  for (const [type, deed] of deeds) {
    await owners.unread();
    await deed();
    const frames = await heard(ears);
    expect([type, ...new Set(namedIn(frames))]).toEqual([type, 'role']);
    expect(frames.map((frame) => frame.type)).toEqual([type]);
    expect(new Set(namedIn(await owners.unread()))).toEqual(new Set(['role', 'member']));
  }
});

test('nor is it where their channels do not fit into READY', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'olga', 'bob');
  const bobs = { id: bob.id, type: 'member' as const, allow: [], deny: ['send_messages' as const] };
  const more = { type: 'text' as const, topic: 't'.repeat(1_000), allow_anonymous_read: true };
  await server.turn((turn) => {
    changesSpace(turn.app, space.id);
    for (let n = 0; n < 80; n += 1) {
      placeChannel(turn, space.id, { ...more, name: `channel ${n}`, position: n }, [bobs]);
    }
  });
  const guest = await Guest.enter(server, space);
  const ears = await Ears.open(server.gateway);
  ears.send(2, { token: guest.authorization, intents: ['spaces'] });
  const ready = await ears.hears('ready');
  const after: Frame[] = [];
  while (ready.data['channels'].length + after.length < 80) {
    after.push(await ears.hears('channel.create'));
  }
  expect(after.length).toBeGreaterThan(10);
  expect(namedIn([ready, ...after])).toEqual([]);
});

test('guests are sent away when their space takes none any more, and their tokens open nothing', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  for (const change of [{ public: false }, { allow_guest_access: false }]) {
    const guest = await Guest.enter(server, space);
    const ears = await guest.listens();
    await owner.does('PATCH', `/spaces/${space.id}`, change);
    expect(await ears.closes()).toBe(4004);
    expect((await guest.call('GET', '/users/@me')).status).toBe(401);
    await owner.does('PATCH', `/spaces/${space.id}`, { public: true, allow_guest_access: true });
  }
  const guest = await Guest.enter(server, space);
  const ears = await guest.listens();
  await owner.does('DELETE', `/spaces/${space.id}`);
  expect(await ears.closes()).toBe(4004);
  expect((await guest.call('GET', '/users/@me')).status).toBe(401);
});

test('a token ends after an hour, and its sockets with it; what is left of it is removed', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { space } = await world(server, 'olga');
  const guest = await Guest.enter(server, space);
  const ears = await guest.listens();
  for (let n = 0; n < 60; n += 1) {
    await clock.pass(59_000);
    await ears.settled();
  }
  expect((await guest.call('GET', '/users/@me')).status).toBe(200);
  await clock.pass(61_000);
  expect(await ears.closes()).toBe(4004);
  expect((await guest.call('GET', '/users/@me')).status).toBe(401);
  const again = await Ears.open(server.gateway);
  again.send(2, { token: guest.authorization, intents: [] });
  expect(await again.closes()).toBe(4004);
  await clock.leap(600_000);
  await Bun.sleep(20);
  expect(server.app.db.sqlite.query('SELECT * FROM guest_tokens').all()).toEqual([]);
});

test('a guest who drops begins anew; of too many sockets the oldest gives way', async () => {
  await using server = await startTest();
  const { space } = await world(server, 'olga');
  const guest = await Guest.enter(server, space);
  const ears = await guest.listens();
  const { session_id } = ears.ready as { session_id: string };
  ears.drop();
  const back = await Ears.open(server.gateway);
  back.send(3, { token: guest.authorization, session_id, seq: ears.seq });
  expect(await back.closes()).toBe(4009);
  const forged = await Ears.open(server.gateway);
  forged.send(3, { token: `Bearer ${'0'.repeat(64)}`, session_id, seq: ears.seq });
  expect(await forged.closes()).toBe(4004);
  const all: Ears[] = [];
  for (let n = 0; n < 4; n += 1) all.push(await guest.listens());
  expect(await all[0]?.closes()).toBe(4009);
  for (const one of all.slice(1)) await one.settled();
});

test('everybody in the space is told how many guests listen, at most once a second', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space } = await world(server, 'olga');
  const stranger = await server.person('zoe');
  const [owners, zoes] = await listening([owner, stranger], []);
  const guests = [await Guest.enter(server, space), await Guest.enter(server, space)];
  const ears: Ears[] = [];
  for (const guest of guests) ears.push(await guest.listens());
  await owners.hearsNothing();
  await clock.pass(1_000);
  for (const one of [owners, ...ears]) {
    for (const { data } of await one.hearsExactly(...counts)) {
      expect(data).toEqual({ count: 2, space_id: space.id });
    }
  }
  const counted = () => server.call('GET', `/spaces/${space.id}/anonymous-count`);
  expect((await counted()).body).toEqual({ count: 2 });
  ears[0]?.close();
  await ears[0]?.closes();
  while ((await counted()).body.count !== 1) await Bun.sleep(1);
  await clock.pass(1_000);
  const [told] = await owners.hearsExactly(...counts);
  expect(told?.data['count']).toBe(1);
  await zoes.hearsNothing();
});

test('guests count for the rate limit by their address', async () => {
  await using server = await startTest({ settings: { RATE_LIMIT_PER_MINUTE: '60' } });
  const { space } = await world(server, 'olga');
  const guests = [await Guest.enter(server, space), await Guest.enter(server, space)];
  const left = [];
  for (const guest of guests) {
    left.push((await guest.call('GET', '/users/@me')).headers.get('x-ratelimit-remaining'));
  }
  expect(left).toEqual(['67', '66']);
});
