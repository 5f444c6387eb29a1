import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

const named = (list: { name: string }[]) => list.map(({ name }) => name);

test('a public space is read by anyone, a private one by its members and instance admins', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const statuses = async () => {
    const answers = [
      await server.call('GET', `/spaces/${space.id}`),
      await server.call('GET', `/spaces/${space.id}`, undefined, { authorization: 'Bearer x' }),
      await cleo.call('GET', `/spaces/${space.id}`),
      await bob.call('GET', `/spaces/${space.id}`),
      await anna.call('GET', `/spaces/${space.id}`),
      await server.admin.call('GET', `/spaces/${space.id}`),
    ];
    return answers.map(({ status }) => status);
  };
  expect(await statuses()).toEqual([200, 200, 200, 200, 200, 200]);
  await anna.does('PATCH', `/spaces/${space.id}`, { public: false });
  expect(await statuses()).toEqual([401, 401, 403, 200, 200, 200]);
  expect((await server.call('GET', '/spaces/1')).status).toBe(404);
  await anna.does('PATCH', `/spaces/${space.id}`, { public: true });
  expect(await statuses()).toEqual([200, 200, 200, 200, 200, 200]);
});

test('a space is changed by who manages it, told to its members once and to nobody else', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const [annas, bobs, cleos] = [await anna.listens(), await bob.listens(), await cleo.listens()];
  for (const ears of [annas, bobs, cleos]) await ears.unread();
  const patch = {
    name: 'New',
    description: 'words',
    verification_level: 'high',
    default_notifications: 'mentions',
    explicit_content_filter: 'everyone',
    nsfw_level: 'explicit',
    preferred_locale: 'de',
    afk_channel_id: general.id,
    system_channel_id: general.id,
    rules_channel_id: general.id,
    afk_timeout: 60,
    public: false,
    allow_guest_access: false,
  };
  await bob.isRefused(403, 'PATCH', `/spaces/${space.id}`, patch);
  await cleo.isRefused(403, 'PATCH', `/spaces/${space.id}`, patch);
  const after = await anna.does('PATCH', `/spaces/${space.id}`, { ...patch, owner_id: anna.id });
  expect(after).toEqual({ ...space, ...patch });
  for (const [ears, ...entry] of [[annas, 'audit_log.create'], [bobs]] as const) {
    const [told] = await ears.hearsExactly('space.update', ...entry);
    expect(told?.data).toEqual(after);
  }
  await cleos.hearsNothing();
  await anna.does('PATCH', `/spaces/${space.id}`, patch);
  await anna.does('PATCH', `/spaces/${space.id}`, {});
  await bobs.hearsNothing();
  for (const empty of ['', null]) {
    await anna.does('PATCH', `/spaces/${space.id}`, { rules_channel_id: general.id });
    const cleared = await anna.does('PATCH', `/spaces/${space.id}`, {
      description: empty,
      afk_channel_id: empty,
      system_channel_id: empty,
      rules_channel_id: empty,
    });
    expect(cleared).toMatchObject({
      description: null,
      afk_channel_id: null,
      system_channel_id: null,
      rules_channel_id: null,
    });
  }
  // An instance admin may, though no member.
  await server.admin.does('PATCH', `/spaces/${space.id}`, { name: 'By the admin' });
});

test('a space is not handed over by changing it: that is refused, and nothing else of it is done', async () => {
  await using server = await startTest();
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  const path = `/spaces/${space.id}`;
  for (const owner_id of [bob.id, '1']) {
    const refused = await owner.isRefused(400, 'PATCH', path, { name: 'New', owner_id });
    expect(refused.body.error.details).toEqual({ owner_id: expect.any(String) });
  }
  await owner.isRefused(400, 'PATCH', path, { owner_id: 'bob' });
  await owner.isRefused(422, 'PATCH', path, { owner_id: 7 });
  await bob.isRefused(403, 'PATCH', path, { owner_id: bob.id });
  expect(await owner.does('GET', path)).toMatchObject({ name: space.name, owner_id: owner.id });
  // Who sends a space back whole asks for nothing.
  const same = await owner.does('PATCH', path, { name: 'New', owner_id: owner.id });
  expect(same).toMatchObject({ name: 'New', owner_id: owner.id });
});

test('public spaces are listed by name with the number of their members; private ones are not', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  const { space: zoo } = await anna.founds('Zoo');
  await anna.founds('Hidden', { public: false });
  const { space: attic } = await anna.founds('Attic');
  await bob.joins(zoo);
  const { status, data, body } = await server.call('GET', '/spaces/public');
  expect(status).toBe(200);
  expect(named(data)).toEqual(['Attic', 'General', 'Zoo']);
  expect(body).not.toHaveProperty('cursor');
  expect(data[2]).toEqual({
    id: zoo.id,
    name: 'Zoo',
    slug: 'zoo',
    description: null,
    icon: null,
    member_count: 2,
    public: true,
    allow_guest_access: true,
  });
  expect(data[0]).toMatchObject({ id: attic.id, member_count: 1 });
  expect(named((await server.call('GET', '/spaces/public?limit=1&offset=1')).data)).toEqual([
    'General',
  ]);
  await server.admin.does('PATCH', `/spaces/${data[1].id}`, { public: false });
  expect(named((await server.call('GET', '/spaces/public')).data)).toEqual(['Attic', 'Zoo']);
});

test('the list of public spaces comes in pages, and says nothing of private ones', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { space: b } = await anna.founds('B');
  const { space: twin } = await anna.founds('B');
  const { space: d } = await anna.founds('D');
  const { space: den } = await anna.founds('Den', { public: false });
  const page = async (query: string) => {
    const { data } = await server.call('GET', `/spaces/public?${query}`);
    return data.map(({ slug }: { slug: string }) => slug);
  };
  const all = ['b', 'b-2', 'd', 'general'];
  expect(await page('limit=1')).toEqual(['b']);
  expect(await page(`limit=2&after=${b.id}`)).toEqual(['b-2', 'd']);
  expect(await page(`after=${twin.id}`)).toEqual(['d', 'general']);
  expect(await page(`limit=1&offset=1&after=${b.id}`)).toEqual(['d']);
  // Where it stands would tell what a private space is called: it is as unknown as any other.
  for (const after of [den.id, '1']) expect(await page(`after=${after}`)).toEqual(all);
  await anna.does('DELETE', `/spaces/${d.id}`);
  expect(await page(`after=${d.id}`)).toEqual(['b', 'b-2', 'general']);
  expect((await server.call('GET', '/spaces/public?after=b')).status).toBe(400);
});

test('a deleted space is gone at once for everyone, and its members are told', async () => {
  await using server = await startTest();
  const { anna, bob, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const message = await bob.says(general, 'hello');
  const [annas, bobs, cleos] = [await anna.listens(), await bob.listens(), await cleo.listens()];
  for (const ears of [annas, bobs, cleos]) await ears.unread();
  await bob.isRefused(403, 'DELETE', `/spaces/${space.id}`);
  await cleo.isRefused(403, 'DELETE', `/spaces/${space.id}`);
  expect((await server.call('DELETE', `/spaces/${space.id}`)).status).toBe(401);
  const answer = await anna.call('DELETE', `/spaces/${space.id}`);
  expect([answer.status, answer.body]).toEqual([200, { data: null }]);
  for (const ears of [annas, bobs]) {
    const [told] = await ears.hearsExactly('space.delete');
    expect(told?.data).toEqual({ id: space.id });
  }
  await cleos.hearsNothing();
  for (const person of [anna, bob, server.admin]) {
    await person.isRefused(404, 'GET', `/spaces/${space.id}`);
    await person.isRefused(404, 'GET', `/spaces/${space.slug}`);
    await person.isRefused(404, 'GET', `/spaces/${space.id}/channels`);
    await person.isRefused(404, 'GET', `/channels/${general.id}`);
    await person.isRefused(404, 'GET', `/channels/${general.id}/messages/${message.id}`);
    await person.isRefused(404, 'POST', `/channels/${general.id}/messages`, { content: 'x' });
    await person.isRefused(404, 'DELETE', `/spaces/${space.id}`);
    await person.isRefused(404, 'POST', `/spaces/${space.id}/join`);
  }
  expect(named((await server.call('GET', '/spaces/public')).data)).toEqual(['General']);
  expect(named(await bob.does('GET', '/users/@me/spaces'))).toEqual(['General']);
});

test('an instance admin may delete any space', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { space } = await anna.founds('Home', { public: false });
  await server.admin.does('DELETE', `/spaces/${space.id}`);
  await anna.isRefused(404, 'GET', `/spaces/${space.id}`);
});
