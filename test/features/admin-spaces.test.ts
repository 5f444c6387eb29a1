// What instance admins do to spaces: the list with its counts, changes of any space, and handing one over.
import { expect, test } from 'bun:test';
import { acts, botOf } from '../support/admins.ts';
import { startTest } from '../support/server.ts';
import { deny, hiddenChannel, listening, world } from '../support/world.ts';

const path = (space: { id: string }) => `/admin/spaces/${space.id}`;

test('only instance admins get in', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  await anna.isRefused(403, 'GET', '/admin/spaces');
  await anna.isRefused(403, 'PATCH', path(space), { name: 'Ours' });
  await anna.isRefused(403, 'PATCH', path(space), { owner_id: bob.id });
  expect(await acts(server.admin)).toEqual([]);
});

test('the list goes by id, page by page, with the number of members', async () => {
  await using server = await startTest();
  const { admin } = server;
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const { space: closed } = await bob.founds('Crème brûlée', { public: false });
  const all: any[] = await admin.does('GET', '/admin/spaces');
  expect(all.map(({ name, member_count }) => [name, member_count])).toEqual([
    ['General', 3],
    ['Home', 2],
    ['Crème brûlée', 1],
  ]);
  expect(all[1]).toEqual({
    id: space.id,
    name: 'Home',
    slug: space.slug,
    description: null,
    icon: null,
    owner_id: anna.id,
    member_count: 2,
    public: true,
    allow_guest_access: true,
    created_at: space.created_at,
  });
  const first = await admin.call('GET', '/admin/spaces?limit=2');
  expect(first.data).toEqual(all.slice(0, 2));
  expect(first.body.cursor).toEqual({ after: space.id, has_more: true });
  const second = await admin.call('GET', `/admin/spaces?limit=2&after=${space.id}`);
  expect([second.data, second.body.cursor]).toEqual([all.slice(2), undefined]);
  const named = async (query: string) =>
    (await admin.does('GET', `/admin/spaces?${query}`)).map(({ id }: any) => id);
  expect(await named('query=BRULEE')).toEqual([closed.id]);
  expect(await named('search=o')).toEqual([space.id]);
  await anna.does('DELETE', `/spaces/${space.id}`);
  expect(await named('')).toEqual([all[0].id, closed.id]);
});

test('the count is right beyond a slice', async () => {
  await using server = await startTest();
  const { space } = await world(server, 'anna');
  await server.turn(({ tx }) => {
    tx.sqlite
      .query(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         INSERT INTO users (id, username, created_at) SELECT printf('1%017d', i), 'hay' || i, 0 FROM n`,
      )
      .run();
    tx.sqlite
      .query(
        `INSERT INTO members (space_id, user_id, joined_at)
         SELECT ?, id, 0 FROM users WHERE id LIKE '10000%'`,
      )
      .run(space.id);
  });
  const [found] = await server.admin.does('GET', '/admin/spaces?query=home');
  expect(found.member_count).toBe(20_001);
});

test('an admin changes any space; its members hear it, and both logs tell who did it', async () => {
  await using server = await startTest();
  const { admin } = server;
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const [annas, bobs] = await listening([anna, bob], ['spaces', 'moderation']);
  const [cleos] = await listening([cleo], ['spaces', 'moderation']);
  const change = { name: 'Kitchen', description: 'Soup', public: false, allow_guest_access: false };

  const answer = await admin.does('PATCH', path(space), change);

  expect(answer).toMatchObject({ ...change, id: space.id, owner_id: anna.id });
  await annas.hearsExactly('space.update', 'audit_log.create');
  expect((await bobs.hearsExactly('space.update'))[0]?.data).toEqual(answer);
  await cleos.hearsNothing();
  await cleo.isRefused(403, 'GET', `/spaces/${space.id}`);
  const [entry] = await anna.does('GET', `/spaces/${space.id}/audit-log`);
  expect(entry).toMatchObject({ user_id: admin.id, action_type: 'space_update' });
  expect(await acts(admin)).toEqual([
    [
      'space_update',
      space.id,
      {
        name: { old: 'Home', new: 'Kitchen' },
        description: { old: null, new: 'Soup' },
        public: { old: true, new: false },
        allow_guest_access: { old: true, new: false },
      },
    ],
  ]);
  // What changes nothing leaves no trace.
  await admin.does('PATCH', path(space), change);
  await admin.does('PATCH', path(space), { name: null, owner_id: anna.id, public: null });
  await admin.does('PATCH', path(space), {});
  await annas.hearsNothing();
  expect(await acts(admin)).toHaveLength(1);
  expect(await admin.does('PATCH', path(space), { description: null })).toMatchObject({
    description: null,
  });
  await admin.isRefused(404, 'PATCH', path({ id: '7' }), { name: 'Nowhere' });
  await admin.isRefused(404, 'PATCH', path({ id: 'kitchen' }), { name: 'Nowhere' });
  await admin.isRefused(400, 'PATCH', path(space), { name: '' });
});

test('a space changes hands: what both hear and may moves at once', async () => {
  await using server = await startTest();
  const { admin } = server;
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space } = home;
  const hidden = await hiddenChannel(home);
  const cleo = await server.person('cleo');
  const [annas, bobs, cleos] = await listening([anna, bob, cleo]);

  const answer = await admin.does('PATCH', path(space), { owner_id: bob.id });

  expect(answer.owner_id).toBe(bob.id);
  expect((await bobs.hears('space.update')).data).toEqual(answer);
  expect((await bobs.hears('channel.create')).data['id']).toBe(hidden.id);
  await annas.hears('space.update');
  expect((await annas.hears('channel.delete')).data['id']).toBe(hidden.id);
  await cleos.hearsNothing();
  await bob.says(hidden, 'mine');
  await annas.hearsNothing();
  await anna.isRefused(403, 'DELETE', `/spaces/${space.id}`);
  await anna.does('GET', `/spaces/${space.id}`);
  const changes = { owner_id: { old: anna.id, new: bob.id } };
  expect(await acts(admin)).toEqual([['space_update', space.id, changes]]);
  const [entry] = await bob.does('GET', `/spaces/${space.id}/audit-log`);
  expect(entry).toMatchObject({ user_id: admin.id, action_type: 'space_update', changes });

  // To somebody who was no member.
  await admin.does('PATCH', path(space), { owner_id: cleo.id });
  expect((await cleos.hears('space.create')).data['id']).toBe(space.id);
  expect((await cleos.hears('space.update')).data['owner_id']).toBe(cleo.id);
  await bobs.hears('space.update');
  await cleo.does('DELETE', `/spaces/${space.id}`);
});

test('a space goes to nobody who could not own it', async () => {
  await using server = await startTest();
  const { admin } = server;
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  await deny(home, general, 'send_tts');
  const dora = await server.person('dora');
  const [annas] = await listening([anna]);
  const bot = await botOf(anna);
  const emil = await server.person('emil');
  await admin.does('PATCH', `/admin/users/${emil.id}`, { disabled: true });
  await anna.does('PUT', `/spaces/${space.id}/bans/${dora.id}`, {});
  await annas.unread();
  for (const { id } of [dora, bot, emil]) {
    await admin.isRefused(400, 'PATCH', path(space), { owner_id: id, name: 'Lost' });
  }
  await admin.isRefused(404, 'PATCH', path(space), { owner_id: '7' });
  expect(await anna.does('GET', `/spaces/${space.id}`)).toMatchObject({
    owner_id: anna.id,
    name: 'Home',
  });
  await bob.isRefused(403, 'DELETE', `/spaces/${space.id}`);
  await annas.hearsNothing();
  expect((await acts(admin)).map(([action]) => action)).toEqual(['user_update']);
});
