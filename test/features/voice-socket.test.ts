import { expect, test } from 'bun:test';
import type { Turn } from '../../src/app.ts';
import { leaveVoice } from '../../src/features/live/voice/actions.ts';
import { voiceStateOf } from '../../src/features/live/voice/queries.ts';
import { atCommitOf } from '../support/batches.ts';
import { FakeClock } from '../support/clock.ts';
import type { Ears } from '../support/ears.ts';
import { claimsOf, FakeLiveKit, voiceWithoutCalls } from '../support/fake-livekit.ts';
import { dropped } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { deny, listening, voiceChannel, world } from '../support/world.ts';

const settings = voiceWithoutCalls;
const intents = ['voice_states'];
const op9 = 9;

/** Asks for a channel and waits for the token. */
async function enters(ears: Ears, space: any, channel: any, flags: object = {}): Promise<any> {
  ears.send(op9, { space_id: space.id, channel_id: channel.id, ...flags });
  return (await ears.hears('voice.server_update')).data;
}

test('joining over the socket tells the state first, then this session alone where to go', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, bob } = home;
  const channel = await voiceChannel(home);
  const [olgas, bobs, others] = await listening([owner, bob, bob], intents);
  bobs.send(op9, { space_id: space.id, channel_id: channel.id, self_mute: true });
  await bobs.hears('voice.server_update');
  const [state, update] = bobs.frames.slice(-2);
  expect(state?.data).toEqual({
    user_id: bob.id,
    space_id: space.id,
    channel_id: channel.id,
    session_id: bobs.ready['session_id'],
    deaf: false,
    mute: false,
    self_deaf: false,
    self_mute: true,
    self_stream: false,
    self_video: false,
    suppress: false,
  });
  expect(update).not.toHaveProperty('seq');
  expect(update?.data).toEqual({
    space_id: space.id,
    channel_id: channel.id,
    backend: 'livekit',
    url: 'wss://voice.example.org',
    token: expect.any(String),
  });
  expect(claimsOf(update?.data['token'])).toMatchObject({
    sub: bob.id,
    video: { room: `channel_${channel.id}` },
  });
  await olgas.hearsExactly('voice.state_update');
  await others.hearsExactly('voice.state_update');
});

test('flags change without a new token, whichever way one came in', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, space, bob, cleo } = home;
  const channel = await voiceChannel(home);
  await cleo.does('POST', `/channels/${channel.id}/voice/join`, {});
  const [olgas, bobs, cleos] = await listening([owner, bob, cleo], intents);
  await enters(bobs, space, channel);
  for (const ears of [olgas, cleos]) await ears.hearsExactly('voice.state_update');
  for (const [ears, person] of [
    [bobs, bob],
    [cleos, cleo],
  ] as const) {
    ears.send(op9, { space_id: '', channel_id: channel.id, self_video: true, self_stream: true });
    const { data } = await olgas.hears('voice.state_update');
    expect(data).toMatchObject({
      user_id: person.id,
      channel_id: channel.id,
      self_video: true,
      self_stream: true,
      self_mute: false,
    });
  }
  await bobs.hearsExactly('voice.state_update', 'voice.state_update');
  await cleos.hearsExactly('voice.state_update', 'voice.state_update');
});

test('what may not be done over the socket is met with silence and changes nothing', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, general, bob } = home;
  const { space: foreign } = await owner.founds('Foreign');
  const far = await owner.does('POST', `/spaces/${foreign.id}/channels`, {
    name: 'Far',
    type: 'voice',
  });
  const channel = await voiceChannel(home);
  const closed = await voiceChannel(home, { name: 'Closed' });
  await deny(home, closed, 'connect');
  const hidden = await voiceChannel(home, { name: 'Hidden' });
  await deny(home, hidden, 'view_channel');
  const [olgas, bobs] = await listening([owner, bob], intents);
  for (const [space_id, channel_id] of [
    [foreign.id, channel.id],
    ['1', channel.id],
    [space.id, '1'],
    [space.id, ''],
    [space.id, general.id],
    [space.id, closed.id],
    [space.id, hidden.id],
    [foreign.id, far.id],
    [null, far.id],
    [7, channel.id],
  ]) {
    bobs.send(op9, { space_id, channel_id });
  }
  bobs.send(op9, { space_id: space.id, channel_id: null });
  bobs.send(op9, {});
  bobs.sendText('{"op":9,"data":[]}');
  const dummy = { space_id: space.id, channel_id: channel.id };
  // The wishes of one account are followed one after the other: this is the first that is granted.
  bobs.send(op9, dummy);
  await bobs.hears('voice.server_update');
  expect((await olgas.hearsExactly('voice.state_update'))[0]?.data['channel_id']).toBe(channel.id);
  expect(bobs.frames.filter(({ type }) => type === 'voice.state_update')).toHaveLength(1);
});

test('who may not connect any more when the room is ready does not come in', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const [channel, other] = [await voiceChannel(home), await voiceChannel(home, { name: 'Other' })];
  const [bobs] = await listening([home.bob], intents);
  const room = livekit.holds('CreateRoom');
  bobs.send(op9, { channel_id: channel.id });
  await room.asked;
  await deny(home, channel, 'connect');
  room.answer();
  expect((await enters(bobs, home.space, other)).channel_id).toBe(other.id);
  const states = bobs.frames.filter(({ type }) => type === 'voice.state_update');
  expect(states.map(({ data }) => data['channel_id'])).toEqual([other.id]);
});

test('without LiveKit, and while it is away, a wish over the socket is met with silence', async () => {
  await using livekit = new FakeLiveKit();
  livekit.state = 'away';
  for (const settingsOf of [{}, livekit.settings]) {
    await using server = await startTest({ settings: settingsOf });
    const home = await world(server, 'olga', 'bob');
    const channel = await voiceChannel(home);
    const { bob } = home;
    const [bobs] = await listening([bob], intents);
    bobs.send(op9, { space_id: home.space.id, channel_id: channel.id });
    bobs.send(op9, { space_id: home.space.id, channel_id: null });
    await bobs.hearsNothing();
    expect(await bob.does('GET', `/channels/${channel.id}/voice-status`)).toEqual([]);
  }
});

test('a leave that follows a join at once is not overtaken by it', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space } = home;
  const channel = await voiceChannel(home);
  const [olgas, bobs] = await listening([owner, bob], intents);
  bobs.send(op9, { space_id: space.id, channel_id: channel.id });
  bobs.send(op9, { space_id: space.id, channel_id: null });
  await olgas.hears('voice.state_update', ({ channel_id }) => channel_id === channel.id);
  const { data } = await olgas.hears('voice.state_update');
  expect(data).toMatchObject({ channel_id: null, session_id: bobs.ready['session_id'] });
  expect(await bob.does('GET', `/channels/${channel.id}/voice-status`)).toEqual([]);
});

test('16 wishes of an account wait for one another, not more', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space } = home;
  const channel = await voiceChannel(home);
  const [olgas, bobs] = await listening([owner, bob], intents);
  const opening = livekit.holds('CreateRoom');
  const wish = (isJoin: boolean) =>
    bobs.send(op9, { space_id: space.id, channel_id: isJoin ? channel.id : null });
  wish(true);
  await opening.asked;
  for (let n = 1; n < 40; n += 1) wish(n % 2 === 0);
  await bobs.settled();
  opening.answer();
  for (let n = 0; n < 16; n += 1) {
    const { data } = await olgas.hears('voice.state_update');
    expect(data['channel_id']).toBe(n % 2 === 0 ? channel.id : null);
  }
  await olgas.hearsNothing();
  wish(true);
  const { data } = await olgas.hears('voice.state_update');
  expect(data['channel_id']).toBe(channel.id);
});

test('a move over the socket brings a new token and takes the participant out of the old room', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const first = await voiceChannel(home, { name: 'First' });
  const second = await voiceChannel(home, { name: 'Second' });
  const { bob } = home;
  const [bobs] = await listening([bob], intents);
  await enters(bobs, home.space, first);
  livekit.puts(bob.id, first);
  const moved = await enters(bobs, home.space, second);
  expect(claimsOf(moved.token).video.room).toBe(`channel_${second.id}`);
  expect(await livekit.called('RemoveParticipant')).toMatchObject({
    room: `channel_${first.id}`,
    identity: bob.id,
  });
  const states = bobs.frames.filter(({ type }) => type === 'voice.state_update');
  expect(states.map(({ data }) => data['channel_id'])).toEqual([first.id, second.id]);
});

test('a change of flags brings nobody back who was thrown out a moment ago', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const channel = await voiceChannel(home);
  const { bob } = home;
  const [olgas, bobs] = await listening([home.owner, bob], intents);
  const room = livekit.holds('CreateRoom');
  bobs.send(op9, { space_id: home.space.id, channel_id: channel.id });
  await room.asked;
  bobs.send(op9, { space_id: home.space.id, channel_id: channel.id, self_mute: true });
  // Both wishes have arrived; the second waits for the first.
  await bobs.settled();
  const isThere = ({ tx }: Turn) => voiceStateOf(tx, bob.id) !== undefined;
  let thrownOut: Promise<void> | undefined;
  const coming = atCommitOf(server, isThere, () => {
    // This turn runs after the second wish has found bob there, and before that wish is granted.
    thrownOut = server.turn((turn) => leaveVoice(turn, bob.id));
  });
  room.answer();
  await coming;
  await thrownOut;
  await server.turn(() => null);
  const [came, went] = await olgas.hearsExactly('voice.state_update', 'voice.state_update');
  expect([came?.data['channel_id'], went?.data['channel_id']]).toEqual([channel.id, null]);
  expect(await bob.does('GET', `/channels/${channel.id}/voice-status`)).toEqual([]);
});

test('a state ends with the session that holds it, not with another one', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, bob } = home;
  const channel = await voiceChannel(home);
  const [olgas, first, second] = await listening([owner, bob, bob], intents);
  await enters(first, space, channel);
  await olgas.hearsExactly('voice.state_update');
  second.close();
  await second.closes();
  await olgas.hearsNothing();
  first.close(1000);
  expect((await olgas.hears('voice.state_update')).data).toMatchObject({
    user_id: bob.id,
    channel_id: null,
  });
});

test('a state outlives a dropped socket for as long as presence is held', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings, clock });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, space, bob, cleo } = home;
  const channel = await voiceChannel(home);
  const [bobs, cleos] = await listening([bob, cleo], intents);
  await enters(bobs, space, channel);
  await enters(cleos, space, channel);
  const status = async () => {
    const states = await owner.does('GET', `/channels/${channel.id}/voice-status`);
    return states.map(({ user_id }: { user_id: string }) => user_id);
  };
  bobs.drop();
  cleos.drop();
  await bobs.closes();
  await cleos.closes();
  await clock.pass(60_000);
  expect(await status()).toEqual([bob.id, cleo.id]);
  const { ears } = await bob.resumes(bobs.ready['session_id'], bobs.seq);
  // So long that cleo's hold is over, and with heartbeats, so that bob's session is not silent.
  for (let second = 0; second < 80; second += 20) {
    await clock.pass(20_000);
    await ears.settled();
  }
  const { data } = await ears.hears('voice.state_update', ({ channel_id }) => channel_id === null);
  expect(data['user_id']).toBe(cleo.id);
  expect(await status()).toEqual([bob.id]);
});

test('a state that was entered over REST hangs on no session', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const channel = await voiceChannel(home);
  const [olgas, bobs] = await listening([home.owner, bob], intents);
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  bobs.close(1000);
  await bobs.closes();
  await olgas.hearsExactly('voice.state_update');
  expect(await bob.does('GET', `/channels/${channel.id}/voice-status`)).toHaveLength(1);
});

test('who lost the line before the answer gets it by asking again, with other flags too', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { bob, space } = home;
  const channel = await voiceChannel(home);
  const [bobs] = await listening([bob], intents);
  await enters(bobs, space, channel);
  let ears = bobs;
  for (const flags of [{}, { self_mute: true }]) {
    const stand = { session_id: bobs.ready['session_id'], seq: ears.seq };
    ears.drop();
    await ears.closes();
    ears = (await bob.resumes(stand.session_id, stand.seq)).ears;
    const { token } = await enters(ears, space, channel, flags);
    expect(claimsOf(token)).toMatchObject({
      sub: bob.id,
      video: { room: `channel_${channel.id}` },
    });
  }
});

test('asking again brings another token until LiveKit has seen somebody enter, and after they left', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { bob, space } = home;
  const channel = await voiceChannel(home);
  const [bobs] = await listening([bob], intents);
  await enters(bobs, space, channel);
  await enters(bobs, space, channel);
  // On a socket that was answered, a change of flags is only that.
  await bobs.unread();
  const wish = { space_id: space.id, channel_id: channel.id, self_mute: true };
  bobs.send(op9, wish);
  await bobs.hears('voice.state_update');
  await server.turn(() => null);
  await bobs.hearsNothing();
  const permission = { canPublish: true, canSubscribe: true, canPublishData: true };
  livekit.puts(bob.id, channel);
  const report = (event: string) =>
    livekit.reports(server.origin, {
      event,
      room: { name: `channel_${channel.id}` },
      participant: { identity: bob.id, sid: 'PA_1', permission },
    });
  await report('participant_joined');
  bobs.send(op9, wish);
  await bobs.hears('voice.state_update');
  await server.turn(() => null);
  await bobs.hearsNothing();
  await report('participant_connection_aborted');
  await enters(bobs, space, channel, { self_mute: true });
});

test('who comes back with a new session is told where to go, and holds the state from then on', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings, clock });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space } = home;
  const channel = await voiceChannel(home);
  const [olgas, first] = await listening([owner, bob], intents);
  await enters(first, space, channel);
  await olgas.hears('voice.state_update');
  await dropped(first);
  const second = await bob.listens(intents);
  await enters(second, space, channel, { self_mute: true });
  const { data } = await olgas.hears('voice.state_update');
  expect(data).toMatchObject({ session_id: second.ready['session_id'], self_mute: true });
  // The session that dropped is not held any more.
  for (let passed_s = 0; passed_s < 140; passed_s += 20) {
    await clock.pass(20_000);
    for (const ears of [olgas, second]) await ears.settled();
  }
  await olgas.hearsNothing();
  second.close(1000);
  expect((await olgas.hears('voice.state_update')).data['channel_id']).toBeNull();
});

test('a client that was started again comes in before LiveKit misses the one that ended', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { bob, space } = home;
  const channel = await voiceChannel(home);
  const [first] = await listening([bob], intents);
  await enters(first, space, channel);
  livekit.puts(bob.id, channel);
  await livekit.reports(server.origin, {
    event: 'participant_joined',
    room: { name: `channel_${channel.id}` },
    participant: { identity: bob.id, sid: 'PA_1' },
  });
  // While the first one is there, another one changes flags only.
  const beside = await bob.listens(intents);
  beside.send(op9, { space_id: space.id, channel_id: channel.id, self_mute: true });
  await beside.hears('voice.state_update');
  await server.turn(() => null);
  await beside.hearsNothing();
  await dropped(first);
  const second = await bob.listens(intents);
  const { token } = await enters(second, space, channel);
  expect(claimsOf(token)).toMatchObject({ sub: bob.id });
  const [state] = await home.owner.does('GET', `/channels/${channel.id}/voice-status`);
  expect(state.session_id).toBe(second.ready['session_id']);
});

test('who came in over REST is not sent a token over the socket', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { bob, space } = home;
  const channel = await voiceChannel(home);
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  const [bobs] = await listening([bob], intents);
  for (const self_video of [false, true, true]) {
    bobs.send(op9, { space_id: space.id, channel_id: channel.id, self_video });
    await bobs.hears('voice.state_update');
    await server.turn(() => null);
  }
  await bobs.settled();
  expect(bobs.frames.filter(({ type }) => type === 'voice.server_update')).toEqual([]);
});

test('flags that come right behind a join bring no second token', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const channel = await voiceChannel(home);
  const [bobs] = await listening([home.bob], intents);
  const wish = { space_id: home.space.id, channel_id: channel.id };
  bobs.send(op9, wish);
  bobs.send(op9, { ...wish, self_mute: true });
  const tokens = () => bobs.frames.filter(({ type }) => type === 'voice.server_update').length;
  await bobs.hears('voice.state_update', ({ self_mute }) => self_mute === true);
  while (tokens() < 1) await bobs.settled();
  // Asked for last, so it comes last; a token too many would be there by then.
  bobs.send(op9, { ...wish, self_mute: true });
  while (tokens() < 2) await bobs.settled();
  await bobs.settled();
  expect(tokens()).toBe(2);
});
