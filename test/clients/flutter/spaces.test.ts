import { expect, test } from 'bun:test';
import { Flutter } from '../../support/clients/flutter.ts';
import * as read from '../../support/clients/flutter-models.ts';
import { claimsOf, FakeLiveKit } from '../../support/fake-livekit.ts';
import { startTest } from '../../support/server.ts';
import { addMembers } from '../../support/masses.ts';
import { voiceChannel, world } from '../../support/world.ts';

/** What the client takes the space from when it has joined. */
const joined = (data: any): string => data?.space?.id ?? data?.space_id ?? data?.id;

test('it joins public spaces by id and by name, and others by an invite', async () => {
  await using server = await startTest();
  const { owner, space, general } = await world(server, 'olga');
  using anna = new Flutter(server);
  await anna.signsUp('anna');
  await anna.connects();
  for (const name of [space.id, space.slug]) {
    const { ok, status, data } = await anna.rest.call('POST', `/spaces/${name}/join`);
    // 409 says that it is in already, which it takes as well.
    expect(ok || status === 409).toBe(true);
    if (ok) expect(joined(data)).toBe(space.id);
  }
  expect(await anna.rest.gets(read.space, `/spaces/${space.slug}`)).toMatchObject({ id: space.id });
  const closed = await owner.does('POST', '/spaces', { name: 'Closed', public: false });
  const made = await owner.does('POST', `/spaces/${closed.id}/invites`, {});
  const about = await anna.rest.does('GET', `/invites/${made.code}`);
  expect(about.space_id).toBe(closed.id);
  const accepted = await anna.rest.call('POST', `/invites/${made.code}/accept`);
  expect(accepted.ok || accepted.status === 409).toBe(true);
  expect(accepted.data.space_id).toBe(closed.id);
  await anna.socket.hears('space.create', ({ id }) => id === closed.id);
  await anna.opens(closed);
  await anna.rest.does('DELETE', `/spaces/${closed.id}/members/@me`, {
    query: { delete_data: true },
  });
  await anna.socket.hears('space.delete', (data) => (data.id ?? data.space_id) === closed.id);
  await anna.rest.does('GET', `/channels/${general.id}/messages`, { query: { limit: 50 } });
  expect(anna.rest.isSignedOut).toBe(false);
});

test('it reads all members of a space page by page, each with an account', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  await addMembers(server, space, 250);
  const { members } = await new Flutter(server).has(owner.token).opens(space);
  expect(members).toHaveLength(251);
  expect(new Set(members.map(({ user }: any) => user.id)).size).toBe(251);
});

test('it looks after members, roles, channels and overwrites, and others hear of it', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  using anna = new Flutter(server).has(owner.token);
  using bobs = new Flutter(server).has(bob.token);
  await anna.connects();
  await bobs.connects();
  const path = `/spaces/${space.id}`;
  const role = await anna.rest.does('POST', `${path}/roles`, { body: { name: 'Cook' } });
  await bobs.socket.hears('role.create', (data) => data.role.id === role.id);
  await anna.rest.does('PUT', `${path}/members/${bob.id}/roles/${role.id}`);
  await bobs.socket.hears('member.update', ({ roles }) => roles.includes(role.id));
  await anna.rest.does('PATCH', `${path}/members/${bob.id}`, { body: { nick: 'Bobby' } });
  const named = await bobs.socket.hears('member.update', ({ nick }) => nick === 'Bobby');
  expect(named.user?.id ?? named.user_id).toBe(bob.id);
  await anna.rest.does('GET', `/channels/${general.id}/permissions`);
  const overwrite = { type: 'role', allow: [], deny: ['send_messages'] };
  await anna.rest.does('PUT', `/channels/${general.id}/permissions/${role.id}`, {
    body: overwrite,
  });
  const words = { content: 'x' };
  const asked = { body: words, once: true };
  expect(await bobs.rest.call('POST', `/channels/${general.id}/messages`, asked)).toMatchObject({
    status: 403,
  });
  await anna.rest.does('DELETE', `/channels/${general.id}/permissions/${role.id}`);
  const made = await anna.rest.does('POST', `${path}/channels`, { body: { name: 'kitchen' } });
  const order = [
    { id: made.id, position: 0 },
    { id: general.id, position: 1 },
  ];
  await anna.rest.does('PATCH', `${path}/channels`, { body: order });
  await anna.rest.does('DELETE', `/channels/${made.id}`);
  await bobs.socket.hears('channel.delete', ({ id }) => id === made.id);
  await anna.rest.does('PUT', `${path}/bans/${bob.id}`, { body: { reason: 'noise' } });
  await bobs.socket.hears('space.delete', (data) => (data.id ?? data.space_id) === space.id);
});

test('it enters a voice channel over REST, sets flags over the socket, and leaves', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob } = home;
  const channel = await voiceChannel(home);
  using anna = new Flutter(server).has(owner.token);
  using bobs = new Flutter(server).has(bob.token);
  await anna.connects();
  await bobs.connects();
  const path = `/channels/${channel.id}`;
  const body = { self_mute: false, self_deaf: false };
  const { livekit_url, url, token } = await anna.rest.does('POST', `${path}/voice/join`, { body });
  expect(livekit_url ?? url).toStartWith('ws');
  expect(claimsOf(token).sub).toBe(owner.id);
  expect(await anna.rest.does('GET', `${path}/voice-status`)).toMatchObject([
    { user_id: owner.id, channel_id: channel.id },
  ]);
  await bobs.socket.hears('voice.state_update', ({ channel_id }) => channel_id === channel.id);
  anna.socket.command(9, { space_id: home.space.id, channel_id: channel.id, self_mute: true });
  await bobs.socket.hears('voice.state_update', ({ self_mute }) => self_mute === true);
  await anna.rest.does('DELETE', `${path}/voice/leave`);
  // Its own state without a channel says that it is out.
  await anna.socket.hears('voice.state_update', (data) => data.channel_id === null);
  // At a token over the socket it would enter anew.
  expect(anna.socket.events.filter(({ type }) => type === 'voice.server_update')).toEqual([]);
});
