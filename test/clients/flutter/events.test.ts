// What the Flutter client hears beside messages: presence, accounts, roles, voice, and what guests are told.
import { expect, test } from 'bun:test';
import { Flutter } from '../../support/clients/flutter.ts';
import { FlutterSocket, guestIntents } from '../../support/clients/flutter-socket.ts';
import * as read from '../../support/clients/flutter-models.ts';
import { FakeLiveKit } from '../../support/fake-livekit.ts';
import { dot } from '../../support/place.ts';
import { startTest, type TestServer } from '../../support/server.ts';
import { voiceChannel, world } from '../../support/world.ts';

/** Two people with the client, connected, in one space. */
async function begin(server: TestServer) {
  const home = await world(server, 'olga', 'bob');
  const anna = new Flutter(server).has(home.owner.token);
  const bobs = new Flutter(server).has(home.bob.token);
  await anna.connects();
  await bobs.connects();
  const leave = () => {
    for (const client of [anna, bobs]) client[Symbol.dispose]();
  };
  return { ...home, anna, bobs, [Symbol.dispose]: leave };
}

test('it clears reactions and takes pins off, and others see that', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bobs, owner, general } = both;
  const { id } = await owner.says(general, 'hello');
  const path = `/channels/${general.id}/messages/${id}/reactions`;
  const here = ({ message_id }: any) => message_id === id;
  const put = (emoji: string) => bobs.rest.does('PUT', `${path}/${encodeURIComponent(emoji)}/@me`);
  await put('👍');
  await put('🎉');
  await anna.rest.does('DELETE', `${path}/${encodeURIComponent('👍')}`);
  expect(await bobs.socket.hears('reaction.clear_emoji', here)).toMatchObject({
    channel_id: general.id,
    emoji: '👍',
  });
  await anna.rest.does('DELETE', path);
  expect(await bobs.socket.hears('reaction.clear', here)).toMatchObject({
    channel_id: general.id,
  });
  const [shown] = await bobs.rest.gets(read.messages, `/channels/${general.id}/messages`);
  expect(shown.reactions).toEqual([]);
  await anna.rest.does('PUT', `/channels/${general.id}/pins/${id}`);
  await anna.rest.does('DELETE', `/channels/${general.id}/pins/${id}`);
  expect(await bobs.rest.gets(read.messages, `/channels/${general.id}/pins`)).toEqual([]);
});

test('it shows who is there: statuses that one chooses, who leaves, and whom it asks for', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bobs, bob, owner, space } = both;
  const said = (status: string) => (data: any) => data.user_id === bob.id && data.status === status;
  bobs.socket.command(8, { status: 'idle', activity: { name: 'Chess', type: 'playing' } });
  await anna.socket.hears('presence.update', said('idle'));
  const path = `/spaces/${space.id}/presences`;
  const statuses = async () =>
    Object.fromEntries(
      (await anna.rest.gets(read.presences, path)).map((one: any) => [one.user_id, one.status]),
    );
  expect(await statuses()).toEqual({ [owner.id]: 'online', [bob.id]: 'idle' });
  bobs.socket.command(8, { status: 'invisible' });
  await anna.socket.hears('presence.update', said('offline'));
  expect(await statuses()).toEqual({ [owner.id]: 'online', [bob.id]: 'offline' });
  bobs.socket.command(8, { status: 'dnd' });
  await anna.socket.hears('presence.update', said('dnd'));
  using late = new Flutter(server).has(owner.token);
  await late.connects();
  expect(read.presences(late.socket.ready.presences).find(said('dnd'))).toBeDefined();
  // Signing out calls no endpoint: the close with 1000 is all.
  const before = anna.socket.events.length;
  bobs.socket.leave();
  await anna.socket.hears(
    'presence.update',
    (data) => said('offline')(data) && anna.socket.events.length > before,
  );
});

test('it shows changed accounts, spaces, channels and roles, and members who come and go', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bobs, bob, space, general } = both;
  const profile = { display_name: 'Bobby', bio: 'Peas', avatar: dot, banner: dot };
  const changed = read.user(await bobs.rest.does('PATCH', '/users/@me', { body: profile }));
  expect(changed).toMatchObject({ display_name: 'Bobby', avatar: expect.any(String) });
  const user = await anna.socket.hears('user.update', ({ id }) => id === bob.id);
  expect(user).toMatchObject({ display_name: 'Bobby', bio: 'Peas', avatar: changed.avatar });
  const own = await bobs.rest.does('PATCH', '/users/@me', { body: { avatar: null, bio: '' } });
  expect(read.user(own).avatar).toBeNull();

  const path = `/spaces/${space.id}`;
  const garden = { name: 'Garden', description: null };
  read.space(await anna.rest.does('PATCH', path, { body: garden }));
  await bobs.socket.hears('space.update', ({ id, name }) => id === space.id && name === 'Garden');
  const topic = { topic: 'Peas', rate_limit: 0 };
  read.channel(await anna.rest.does('PATCH', `/channels/${general.id}`, { body: topic }));
  const channel = await bobs.socket.hears('channel.update', ({ id }) => id === general.id);
  expect(channel).toMatchObject({ space_id: space.id, topic: 'Peas' });

  const role = read.role(await anna.rest.does('POST', `${path}/roles`, { body: { name: 'Cook' } }));
  const patch = { name: 'Chef', color: 255, permissions: ['send_messages'] };
  await anna.rest.does('PATCH', `${path}/roles/${role.id}`, { body: patch });
  const told = await bobs.socket.hears('role.update', (data) => data.role.id === role.id);
  expect(told).toMatchObject({ space_id: space.id, role: patch });
  await anna.rest.does('PATCH', `${path}/roles`, { body: [{ id: role.id, position: 1 }] });
  await anna.rest.does('DELETE', `${path}/roles/${role.id}`);
  const gone = await bobs.socket.hears('role.delete');
  expect([gone.space_id, gone.role_id ?? gone.role?.id]).toEqual([space.id, role.id]);

  const cleo = await server.person('cleo');
  const about = (data: any) => data.space_id === space.id && idOf(data) === cleo.id;
  await cleo.joins(space);
  expect(await anna.socket.hears('member.join', about)).toMatchObject({ nick: null });
  await cleo.does('DELETE', `${path}/members/@me`);
  await anna.socket.hears('member.leave', about);
  expect(bobs.rest.isSignedOut).toBe(false);
});

const idOf = (data: any): string => data.user_id ?? data.user?.id;

test('it mutes channels without a body, and keeps emojis, invites and bans of a space', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bobs, bob, space, general } = both;
  const mutes = async () =>
    (await bobs.rest.does('GET', '/users/@me/mutes')).map((one: any) => one.channel_id ?? one);
  await bobs.rest.does('PUT', `/channels/${general.id}/mute`);
  expect(await mutes()).toEqual([general.id]);
  await bobs.rest.does('DELETE', `/channels/${general.id}/mute`);
  expect(await mutes()).toEqual([]);

  const path = `/spaces/${space.id}`;
  const list = (kind: string) => anna.rest.does('GET', `${path}/${kind}`);
  const party = { name: 'party', image: dot };
  const emoji = await anna.rest.does('POST', `${path}/emojis`, { body: party });
  const picture = new URL(emoji.image_url ?? `/cdn/emojis/${emoji.id}.png`, server.origin);
  expect((await fetch(`${server.origin}${picture.pathname}`)).status).toBe(200);
  await anna.rest.does('PATCH', `${path}/emojis/${emoji.id}`, { body: { name: 'feast' } });
  expect(await list('emojis')).toMatchObject([{ id: emoji.id, name: 'feast' }]);
  await anna.rest.does('DELETE', `${path}/emojis/${emoji.id}`);
  expect(await list('emojis')).toEqual([]);

  const wish = { body: { max_uses: 0, max_age: 0, temporary: false } };
  const made = await anna.rest.does('POST', `/channels/${general.id}/invites`, wish);
  expect(made.code).toMatch(/^[A-Za-z0-9]+$/);
  expect((await list('invites')).map(({ code }: any) => code)).toContain(made.code);
  await anna.rest.does('DELETE', `/invites/${made.code}`);
  expect((await list('invites')).map(({ code }: any) => code)).not.toContain(made.code);

  const ban = { reason: 'noise', delete_message_seconds: 0 };
  await anna.rest.does('PUT', `${path}/bans/${bob.id}`, { body: ban });
  expect(await list('bans')).toMatchObject([{ user: { id: bob.id }, reason: 'noise' }]);
  await anna.rest.does('DELETE', `${path}/bans/${bob.id}`);
  expect(await list('bans')).toEqual([]);
  expect((await bobs.rest.call('POST', `${path}/join`)).ok).toBe(true);
});

test('READY shows who is in voice, and one who is thrown out is told so', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space } = home;
  const { id: channel_id } = await voiceChannel(home);
  using bobs = new Flutter(server).has(bob.token);
  await bobs.connects();
  const body = { self_mute: false, self_deaf: false };
  await bobs.rest.does('POST', `/channels/${channel_id}/voice/join`, { body });
  using anna = new Flutter(server).has(owner.token);
  await anna.connects();
  // A flat list, whatever the space.
  expect(anna.socket.ready.voice_states).toMatchObject([{ user_id: bob.id, channel_id }]);
  await anna.rest.does('DELETE', `/spaces/${space.id}/members/${bob.id}`);
  const out = ({ user_id, channel_id: where }: any) => user_id === bob.id && where === null;
  await bobs.socket.hears('voice.state_update', out);
  await anna.socket.hears('voice.state_update', out);
});

test('a guest connects with the intents that it asks for, reads along, and is never signed out', async () => {
  await using server = await startTest();
  const { owner, space, general } = await world(server, 'olga');
  await owner.does('PATCH', `/channels/${general.id}`, { allow_anonymous_read: true });
  const { rest } = new Flutter(server);
  const body = { space_id: space.id };
  const { token } = await rest.does('POST', '/auth/guest', { body });
  rest.token = token;
  const key = Buffer.alloc(32).toString('base64');
  const keys = { exchange_key: key, signing_key: key };
  // Refused, which it ignores.
  await rest.call('PUT', '/users/@me/encryption', { body: keys });
  using socket = new FlutterSocket({
    ...{ url: server.gateway, token, intents: guestIntents },
    ...{ delays: { refused: 1, closed: 0 }, second_ms: 40 },
  });
  await socket.isAtRest();
  for (const path of ['relationships', 'channels', 'mutes', 'read-states', 'connections']) {
    await rest.call('GET', `/users/@me/${path}`);
  }
  for (const path of ['roles', 'channels', 'members']) {
    await rest.does('GET', `/spaces/${space.id}/${path}`);
  }
  for (const path of ['emojis', 'presences', 'arcade'])
    await rest.call('GET', `/spaces/${space.id}/${path}`);
  const { id } = await owner.says(general, 'hello');
  await socket.hears('message.create', (data) => data.id === id && data.content === 'hello');
  const ack = { body: { message_id: id } };
  await rest.call('POST', `/channels/${general.id}/ack`, ack);
  expect(rest.isSignedOut).toBe(false);
  expect(socket.endedWith).toBeNull();
});

test('what it asks for now and then is answered; a lost channel and an operation of older versions end nothing', async () => {
  await using server = await startTest();
  using both = await begin(server);
  const { anna, bobs, owner, bob, space, general } = both;
  const path = `/spaces/${space.id}`;
  for (const list of [
    `/users/${bob.id}/mutual-friends`,
    `/users/search?query=bob&limit=25`,
    `${path}/members/search?query=bob`,
    `${path}/audit-log`,
    `${path}/soundboard`,
    `${path}/voice-regions`,
    `/channels/${general.id}/threads`,
  ]) {
    expect(await anna.rest.does('GET', list)).toBeArray();
  }
  await anna.rest.does('GET', '/voice/info');
  read.user(await anna.rest.does('GET', `/users/${bob.id}`));
  const made = await anna.rest.does('POST', `${path}/channels`, { body: { name: 'kitchen' } });
  const { id } = await owner.says(made, 'hello');
  const ids = [id, (await owner.says(made, 'peas')).id];
  const bulk = { body: { messages: ids } };
  await anna.rest.does('POST', `/channels/${made.id}/messages/bulk-delete`, bulk);
  await anna.rest.does('DELETE', `/channels/${made.id}`);
  // It asks again every 5 s, which must not sign it out.
  const ack = await bobs.rest.call('POST', `/channels/${made.id}/ack`, {
    body: { message_id: id },
  });
  expect([403, 404]).toContain(ack.status);
  bobs.socket.command(11, { channel_id: general.id });
  const { id: after } = await owner.says(general, 'still here');
  await bobs.socket.hears('message.create', (data) => data.id === after);
  expect([bobs.socket.identifies, bobs.socket.endedWith]).toEqual([1, null]);
  await anna.rest.does('DELETE', path);
  await bobs.socket.hears('space.delete', (data) => (data.id ?? data.space_id) === space.id);
  expect([anna.rest.isSignedOut, bobs.rest.isSignedOut]).toEqual([false, false]);
});
