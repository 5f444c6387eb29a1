import { expect, test } from 'bun:test';
import { claimsOf, voiceWithoutCalls } from '../support/fake-livekit.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { deny, empower, everyoneOf, listening, voiceChannel, world } from '../support/world.ts';

const settings = voiceWithoutCalls;
const intents = ['voice_states'];

const joins = (person: Person, channel: any, flags: object = {}) =>
  person.does('POST', `/channels/${channel.id}/voice/join`, flags);
const leaves = (person: Person, channel: any) =>
  person.does('DELETE', `/channels/${channel.id}/voice/leave`);

test('without LiveKit voice is told to be absent, and joining leaves no state', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, space, bob } = home;
  const channel = await voiceChannel(home);
  const [olgas] = await listening([owner], intents);
  const refused = await bob.isRefused(400, 'POST', `/channels/${channel.id}/voice/join`, {});
  expect(refused.body.error.message).toContain('voice_not_configured');
  expect(await bob.does('GET', `/channels/${channel.id}/voice-status`)).toEqual([]);
  expect((await server.call('GET', '/voice/info')).body).toEqual({ backend: 'none' });
  expect(await bob.does('GET', `/spaces/${space.id}/voice-regions`)).toEqual([
    { id: 'livekit', name: 'LiveKit', optimal: true, custom: false },
  ]);
  await olgas.hearsNothing();
});

test('who joins gets the address, a token of its own, and a state that others hear of', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, space, bob, cleo } = home;
  const dora = await server.person('dora');
  const channel = await voiceChannel(home);
  const [olgas, bobs, doras] = await listening([owner, bob, dora], intents);
  const [cleos] = await listening([cleo], ['messages']);
  const joined = await joins(bob, channel, { self_mute: true, self_deaf: true });
  const state = {
    user_id: bob.id,
    space_id: space.id,
    channel_id: channel.id,
    session_id: expect.any(String),
    deaf: false,
    mute: false,
    self_deaf: true,
    self_mute: true,
    self_stream: false,
    self_video: false,
    suppress: false,
  };
  expect(joined).toEqual({
    voice_state: state,
    backend: 'livekit',
    livekit_url: 'wss://voice.example.org',
    token: expect.any(String),
  });
  expect((await server.call('GET', '/voice/info')).body).toEqual({ backend: 'livekit' });
  expect(claimsOf(joined.token)).toMatchObject({
    iss: 'key',
    sub: bob.id,
    name: 'bob',
    video: {
      roomJoin: true,
      room: `channel_${channel.id}`,
      canPublish: true,
      canPublishSources: ['microphone', 'camera', 'screen_share', 'screen_share_audio'],
      canSubscribe: true,
    },
  });
  for (const ears of [olgas, bobs]) {
    const [heard] = await ears.hearsExactly('voice.state_update');
    expect(heard?.data).toEqual(state);
  }
  expect(await cleo.does('GET', `/channels/${channel.id}/voice-status`)).toEqual([state]);
  expect(await leaves(bob, channel)).toEqual({ ok: true });
  const gone = { ...state, channel_id: null, self_deaf: false, self_mute: false };
  const [left] = await olgas.hearsExactly('voice.state_update');
  expect(left?.data).toEqual(gone);
  expect(await cleo.does('GET', `/channels/${channel.id}/voice-status`)).toEqual([]);
  expect(await leaves(bob, channel)).toEqual({ ok: true });
  await olgas.hearsNothing();
  await cleos.hearsNothing();
  await doras.hearsNothing();
});

test('nobody joins a channel that is no voice channel, is full, or is not open to them', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob', 'cleo', 'mona');
  const { owner, space, general, bob, cleo, mona } = home;
  const dora = await server.person('dora');
  const channel = await voiceChannel(home, { user_limit: 1 });
  const closed = await voiceChannel(home, { name: 'Closed' });
  await deny(home, closed, 'connect');
  await empower(home, mona, 'move_members');
  const path = `/channels/${channel.id}/voice`;
  await dora.isRefused(403, 'POST', `${path}/join`, {});
  await dora.isRefused(403, 'DELETE', `${path}/leave`);
  await dora.isRefused(403, 'GET', `/channels/${channel.id}/voice-status`);
  await dora.isRefused(403, 'GET', `/spaces/${space.id}/voice-regions`);
  await bob.isRefused(404, 'POST', '/channels/1/voice/join', {});
  await bob.isRefused(403, 'POST', `/channels/${closed.id}/voice/join`, {});
  const text = await bob.isRefused(400, 'POST', `/channels/${general.id}/voice/join`, {});
  expect(text.body.error.message).toContain('channel_not_voice');
  await bob.isRefused(422, 'POST', `${path}/join`, { self_mute: 'yes' });
  await joins(bob, channel);
  await joins(bob, channel);
  await cleo.isRefused(403, 'POST', `${path}/join`, {});
  await joins(mona, channel);
  const until = new Date(Date.now() + 60_000).toISOString();
  await owner.does('PATCH', `/spaces/${space.id}/members/${cleo.id}`, { timed_out_until: until });
  await leaves(bob, channel);
  await leaves(mona, channel);
  await cleo.isRefused(403, 'POST', `${path}/join`, {});
});

test('who is in a full channel comes in again, and nobody else does', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob', 'cleo', 'mona');
  const { bob, cleo, mona } = home;
  const channel = await voiceChannel(home, { user_limit: 2 });
  await empower(home, mona, 'move_members');
  for (const person of [bob, cleo, mona]) await joins(person, channel);
  await joins(bob, channel);
  await home.owner.does('PATCH', `/channels/${channel.id}`, { user_limit: 1 });
  await joins(cleo, channel);
  await leaves(cleo, channel);
  await cleo.isRefused(403, 'POST', `/channels/${channel.id}/voice/join`, {});
});

test('who may no longer connect can leave all the same', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const channel = await voiceChannel(home);
  await deny(home, channel, 'connect');
  expect(await leaves(bob, channel)).toEqual({ ok: true });
});

const sources = {
  speak: ['microphone'],
  stream: ['camera', 'screen_share', 'screen_share_audio'],
};

test('a token grants what the permissions and the moderators allow, and no more', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, bob } = home;
  const member = `/spaces/${space.id}/members/${bob.id}`;
  const videoIn = async (channel: any) => claimsOf((await joins(bob, channel)).token).video;
  const silent = await voiceChannel(home, { name: 'No speaking' });
  await deny(home, silent, 'speak');
  const blind = await voiceChannel(home, { name: 'No streaming' });
  await deny(home, blind, 'stream');
  const everything = await voiceChannel(home);
  expect((await videoIn(silent)).canPublishSources).toEqual(sources.stream);
  expect((await videoIn(blind)).canPublishSources).toEqual(sources.speak);
  await owner.does('PATCH', member, { mute: true });
  // An empty list of sources would mean all of them.
  expect(await videoIn(blind)).not.toHaveProperty('canPublishSources');
  expect((await videoIn(blind)).canPublish).toBe(false);
  expect((await videoIn(everything)).canPublishSources).toEqual(sources.stream);
  await owner.does('PATCH', member, { mute: false, deaf: true });
  const deaf = await videoIn(everything);
  expect(deaf.canSubscribe).toBe(false);
  expect(deaf.canPublishSources).toEqual([...sources.speak, ...sources.stream]);
  for (const grant of ['roomAdmin', 'roomCreate', 'roomList', 'hidden', 'canUpdateOwnMetadata']) {
    expect(deaf[grant]).toBeUndefined();
  }
});

test('a token lets packets of data through for who may speak, stream or write there, and nobody else', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, bob } = home;
  const ways = ['speak', 'stream', 'send_messages'];
  const { id: everyone } = await everyoneOf(home);
  const without = async (denied: string[]) => {
    const channel = await voiceChannel(home);
    const overwrite = { type: 'role', allow: [], deny: denied };
    await owner.does('PUT', `/channels/${channel.id}/permissions/${everyone}`, overwrite);
    return claimsOf((await joins(bob, channel)).token).video.canPublishData;
  };
  expect(await without([])).toBe(true);
  for (const way of ways) expect(await without(ways.filter((one) => one !== way))).toBe(true);
  expect(await without(ways)).toBe(false);
  // Whom a moderator has muted may not speak either.
  await owner.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, { mute: true });
  expect(await without(['stream', 'send_messages'])).toBe(false);
});
