import { expect, test } from 'bun:test';
import { Guest } from '../support/guest.ts';
import { startTest } from '../support/server.ts';
import { deny, world } from '../support/world.ts';

const ids = (list: { id: string }[]) => list.map(({ id }) => id);

test('where guests are off, a public space is read by accounts alone', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const cleo = await server.person('cleo');
  const guest = await Guest.enter(server);
  const sent = await owner.says(general, 'for members');
  const paths = [
    `/spaces/${space.id}`,
    `/spaces/${space.slug}`,
    `/spaces/${space.id}/channels`,
    `/spaces/${space.id}/anonymous-count`,
    `/spaces/${space.id}/messages/search?query=members`,
    `/channels/${general.id}/messages`,
    `/channels/${general.id}/messages?thread_id=${sent.id}`,
    `/channels/${general.id}/messages/${sent.id}`,
  ];
  for (const path of paths) {
    expect({ path, status: (await server.call('GET', path)).status }).toEqual({
      path,
      status: 200,
    });
  }
  await owner.does('PATCH', `/spaces/${space.id}`, { allow_guest_access: false });
  for (const path of paths) {
    for (const authorization of ['', `Bearer ${'0'.repeat(64)}`]) {
      const { status, code } = await server.call('GET', path, undefined, { authorization });
      expect({ path, status, code }).toEqual({ path, status: 401, code: 'unauthorized' });
    }
    // Accounts go on reading, joined or not.
    for (const one of [bob, cleo]) expect((await one.call('GET', path)).status).toBe(200);
    expect({ path, status: (await guest.call('GET', path)).status }).toEqual({ path, status: 403 });
  }
  // Whether there is a space or a channel is asked before.
  expect((await server.call('GET', '/spaces/1/channels')).status).toBe(404);
  expect((await server.call('GET', '/channels/1/messages')).status).toBe(404);
});

test('where guests are off but a channel is open to all, that one alone is read without an account', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = home;
  const cleo = await server.person('cleo');
  await owner.does('PATCH', `/spaces/${space.id}`, { allow_guest_access: false });
  const made = (name: string) =>
    owner.does('POST', `/spaces/${space.id}/channels`, { name, allow_anonymous_read: true });
  const [shown, hidden, dumb] = [await made('shown'), await made('hidden'), await made('dumb')];
  await deny(home, hidden, 'view_channel');
  await deny(home, dumb, 'read_history');
  const sent = new Map<string, { id: string }>();
  for (const channel of [general, shown, hidden, dumb]) {
    sent.set(channel.id, await owner.says(channel, 'a word'));
  }
  const reads = async (path: string) => {
    const { status, data } = await server.call('GET', path);
    expect({ path, status }).toEqual({ path, status: 200 });
    return data;
  };
  const search = `/spaces/${space.id}/messages/search?query=word`;
  expect((await reads(`/spaces/${space.id}`)).id).toBe(space.id);
  expect(ids(await reads(`/spaces/${space.id}/channels`))).toEqual([shown.id, dumb.id]);
  expect(ids(await reads(search))).toEqual([sent.get(shown.id)?.id ?? '']);
  expect(ids(await reads(`/channels/${shown.id}/messages`))).toEqual([
    sent.get(shown.id)?.id ?? '',
  ]);
  for (const channel of [general, hidden, dumb]) {
    const path = `/channels/${channel.id}/messages`;
    expect((await server.call('GET', path)).status).toBe(401);
    expect((await server.call('GET', `${path}/${sent.get(channel.id)?.id}`)).status).toBe(401);
  }
  // Members and accounts that only look read as before.
  expect(ids(await bob.does('GET', search))).toHaveLength(2);
  expect(ids(await cleo.does('GET', search))).toHaveLength(2);
  // Where @everyone sees none of the open channels, nothing is left without an account.
  await owner.does('PATCH', `/channels/${dumb.id}`, { allow_anonymous_read: false });
  await deny(home, shown, 'view_channel');
  for (const path of [`/spaces/${space.id}`, `/spaces/${space.id}/channels`, search]) {
    expect({ path, status: (await server.call('GET', path)).status }).toEqual({
      path,
      status: 401,
    });
  }
});

test('an open channel of a private space is not read without an account', async () => {
  await using server = await startTest();
  const { owner, space, general } = await world(server, 'olga');
  await owner.does('PATCH', `/channels/${general.id}`, { allow_anonymous_read: true });
  for (const allow_guest_access of [true, false]) {
    await owner.does('PATCH', `/spaces/${space.id}`, { public: false, allow_guest_access });
    for (const path of [`/spaces/${space.id}`, `/channels/${general.id}/messages`]) {
      expect((await server.call('GET', path)).status).toBe(401);
    }
  }
});

test('where guests are off, a file is not fetched by plain ids', async () => {
  await using server = await startTest();
  const { owner, space, general } = await world(server, 'olga');
  const form = new FormData();
  form.append('payload_json', JSON.stringify({ content: '' }));
  form.append('files[0]', new File(['hello'], 'a.txt', { type: 'text/plain' }));
  const { attachments } = await owner.does('POST', `/channels/${general.id}/messages/upload`, form);
  const plain = `//cdn/attachments/${general.id}/${attachments[0].id}/a.txt`;
  const status = async () => (await server.call('GET', plain)).status;
  expect(await status()).toBe(200);
  await owner.does('PATCH', `/spaces/${space.id}`, { allow_guest_access: false });
  expect(await status()).toBe(404);
  await owner.does('PATCH', `/channels/${general.id}`, { allow_anonymous_read: true });
  expect(await status()).toBe(200);
});

test('what single accounts are denied in a channel is told to members alone', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const cleo = await server.person('cleo');
  await owner.does('PATCH', `/channels/${general.id}`, { allow_anonymous_read: true });
  const roles = await owner.does('GET', `/spaces/${space.id}/roles`);
  for (const [id, type] of [
    [roles[0].id, 'role'],
    [bob.id, 'member'],
  ] as const) {
    const overwrite = { type, allow: [], deny: ['send_messages'] };
    await owner.does('PUT', `/channels/${general.id}/permissions/${id}`, overwrite);
  }
  // It outlives the membership.
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  const guest = await Guest.enter(server, space);
  const path = `/spaces/${space.id}/channels`;
  const types = async (reply: Promise<{ data: any }>) =>
    (await reply).data[0].permission_overwrites
      .map(({ type }: { type: string }) => type)
      .toSorted();
  for (const one of [server, guest, bob, cleo]) {
    expect(await types(one.call('GET', path))).toEqual(['role']);
  }
  for (const one of [owner, server.admin]) {
    expect(await types(one.call('GET', path))).toEqual(['member', 'role']);
  }
});
