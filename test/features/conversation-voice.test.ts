// Voice in direct messages and groups: who joins and moves, who hears of it, and what ends it.
import { describe, expect, test } from 'bun:test';
import { lastComparison } from '../../src/features/live/voice/comparison.ts';
import { blocksChanged } from '../../src/features/people/relationships/events.ts';
import { nobody } from '../../src/events/event.ts';
import { FakeClock } from '../support/clock.ts';
import type { Ears } from '../support/ears.ts';
import { claimsOf, FakeLiveKit, voiceWithoutCalls } from '../support/fake-livekit.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { listening, voiceChannel, world } from '../support/world.ts';

const settings = voiceWithoutCalls;
const intents = ['voice_states'];
/** What opens, changes and closes conversations as well. */
const both = ['voice_states', 'spaces'];

const joins = (person: Person, channel: any, flags: object = {}) =>
  person.does('POST', `/channels/${channel.id}/voice/join`, flags);
const leaves = (person: Person, channel: any) =>
  person.does('DELETE', `/channels/${channel.id}/voice/leave`);
const opens = (person: Person, ...others: Person[]) =>
  person.does('POST', '/users/@me/channels', { recipients: others.map(({ id }) => id) });
const statusOf = async (person: Person, channel: any): Promise<string[]> =>
  (await person.does('GET', `/channels/${channel.id}/voice-status`))
    .map(({ user_id }: any) => user_id)
    .toSorted();
const idsOf = (ears: Ears) => ears.ready['voice_states'].map(({ user_id }: any) => user_id);

const told = async (ears: Ears) => (await ears.unread()).map(({ type, data }) => ({ type, data }));

/** A block of one by the other, as the feature of friends and blocks makes it. */
const blocks = (server: TestServer, one: Person, other: Person) =>
  server.turn((turn) => {
    turn.tx.sqlite
      .query('INSERT INTO relationships (user_id, target_id, type, since) VALUES (?, ?, 2, ?)')
      .run(one.id, other.id, turn.now);
    turn.tell(blocksChanged, nobody, { user_id: one.id, target_id: other.id });
  });

/** The operator administers the server and owns the space where everybody else is a member. */
async function setting(server: TestServer) {
  const home = await world(server, 'operator', 'anna', 'bob', 'cleo');
  return { ...home, lounge: await voiceChannel(home) };
}

describe('in a conversation of two', () => {
  test('both join over REST and are told so, and nobody else is', async () => {
    await using server = await startTest({ settings });
    const { operator, anna, bob, cleo } = await setting(server);
    const channel = await opens(anna, bob);
    const ears = await listening([anna, bob, anna, operator, cleo], intents);
    const joined = await joins(bob, channel, { self_mute: true });
    const state = {
      user_id: bob.id,
      space_id: null,
      channel_id: channel.id,
      session_id: expect.any(String),
      deaf: false,
      mute: false,
      self_deaf: false,
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
    expect(claimsOf(joined.token)).toMatchObject({
      sub: bob.id,
      video: {
        room: `channel_${channel.id}`,
        canPublish: true,
        canPublishSources: ['microphone', 'camera', 'screen_share', 'screen_share_audio'],
        canPublishData: true,
        canSubscribe: true,
      },
    });
    await joins(anna, channel);
    for (const one of ears.slice(0, 3)) {
      const [first, second] = await one.hearsExactly('voice.state_update', 'voice.state_update');
      expect(first?.data).toEqual(state);
      expect(second?.data).toMatchObject({ user_id: anna.id, channel_id: channel.id });
    }
    for (const one of ears.slice(3)) await one.hearsNothing();
    expect(await statusOf(anna, channel)).toEqual([anna.id, bob.id].toSorted());
    for (const stranger of [operator, cleo]) {
      await stranger.isRefused(403, 'GET', `/channels/${channel.id}/voice-status`);
      await stranger.isRefused(403, 'POST', `/channels/${channel.id}/voice/join`, {});
      await stranger.isRefused(403, 'DELETE', `/channels/${channel.id}/voice/leave`);
    }
    expect((await server.call('GET', `/channels/${channel.id}/voice-status`)).status).toBe(401);
  });

  test('op 9 joins with the space null, absent or empty, changes flags, and leaves', async () => {
    await using server = await startTest({ settings });
    const { anna, bob, space } = await setting(server);
    const channel = await opens(anna, bob);
    for (const named of [{ space_id: null }, {}, { space_id: '' }]) {
      const [annas, bobs] = await listening([anna, bob], intents);
      bobs.send(9, { ...named, channel_id: channel.id });
      const entrance = await bobs.hears('voice.server_update');
      expect(Object.keys(entrance.data).toSorted()).toEqual([
        'backend',
        'channel_id',
        'token',
        'url',
      ]);
      expect(claimsOf(entrance.data['token']).video.room).toBe(`channel_${channel.id}`);
      bobs.send(9, { ...named, channel_id: channel.id, self_video: true });
      const [, flagged] = [
        await annas.hears('voice.state_update'),
        await annas.hears('voice.state_update'),
      ];
      expect(flagged.data).toMatchObject({ user_id: bob.id, self_video: true, space_id: null });
      // Flags bring no second entrance: clients would leave the room for it.
      expect((await told(bobs)).map(({ type }) => type)).toEqual(['voice.state_update']);
      bobs.send(9, { channel_id: null });
      const gone = await annas.hears('voice.state_update');
      expect(gone.data).toMatchObject({ user_id: bob.id, space_id: null, channel_id: null });
      await annas.hears('call.end');
      bobs.close(1000);
      annas.close(1000);
    }
    const [annas, bobs] = await listening([anna, bob], intents);
    bobs.send(9, { space_id: space.id, channel_id: channel.id });
    await bobs.hearsNothing();
    await annas.hearsNothing();
    expect(await statusOf(anna, channel)).toEqual([]);
  });

  test('a stranger who names it over op 9 changes nothing and hears nothing', async () => {
    await using server = await startTest({ settings });
    const { operator, anna, bob, cleo } = await setting(server);
    const channel = await opens(anna, bob);
    await joins(anna, channel);
    const [bobs, ...strangers] = await listening([bob, operator, cleo], intents);
    for (const ears of strangers) {
      ears.send(9, { space_id: null, channel_id: channel.id });
      await ears.hearsNothing();
    }
    await bobs?.hearsNothing();
    expect(await statusOf(bob, channel)).toEqual([anna.id]);
  });
});

describe('whoever moves', () => {
  test('from a space into a call has left for the space, which does not learn where to', async () => {
    await using server = await startTest({ settings });
    const { operator, anna, bob, cleo, space, lounge } = await setting(server);
    const channel = await opens(anna, bob);
    await joins(bob, lounge);
    const [operators, annas, bobs, cleos] = await listening([operator, anna, bob, cleo], intents);
    await joins(bob, channel);
    for (const ears of [operators, cleos]) {
      const [left] = await ears.hearsExactly('voice.state_update');
      expect(left?.data).toMatchObject({
        user_id: bob.id,
        space_id: space.id,
        channel_id: null,
      });
      expect(JSON.stringify(left)).not.toContain(channel.id);
    }
    for (const ears of [annas, bobs]) {
      const [came] = await ears.hearsExactly('voice.state_update');
      expect(came?.data).toMatchObject({ user_id: bob.id, space_id: null, channel_id: channel.id });
    }
    expect(await statusOf(cleo, lounge)).toEqual([]);
    const fresh = await cleo.listens();
    expect(fresh.ready['voice_states']).toEqual([]);
  });

  test('from a call into a space has left for the call, whose people may not view the space', async () => {
    await using server = await startTest({ settings });
    const { operator, bob, cleo, lounge } = await setting(server);
    const dora = await server.person('dora');
    const channel = await opens(bob, dora);
    await joins(bob, channel);
    const [operators, bobs, cleos, doras] = await listening([operator, bob, cleo, dora], intents);
    await joins(bob, lounge);
    const [left, ended] = await doras.hearsExactly('voice.state_update', 'call.end');
    expect(left?.data).toMatchObject({ user_id: bob.id, space_id: null, channel_id: null });
    expect(ended?.data).toEqual({ channel_id: channel.id, user_id: bob.id });
    for (const ears of [operators, cleos]) {
      const [came] = await ears.hearsExactly('voice.state_update');
      expect(came?.data).toMatchObject({ channel_id: lounge.id });
      expect(JSON.stringify(came)).not.toContain(channel.id);
    }
    // Never null for the one who moves.
    const own = await told(bobs);
    expect(own.map(({ type }) => type)).toEqual(['call.end', 'voice.state_update']);
    expect(own[1]?.data).toMatchObject({ channel_id: lounge.id });
  });

  test('from one call into another has left the first, for those alone who are not in the second', async () => {
    await using server = await startTest({ settings });
    const { anna, bob, cleo } = await setting(server);
    const first = await opens(bob, anna);
    const second = await opens(bob, anna, cleo);
    const third = await opens(bob, cleo);
    await joins(bob, first);
    const [annas, cleos] = await listening([anna, cleo], intents);
    await joins(bob, second);
    expect((await told(annas)).map(({ data }) => data['channel_id'])).toEqual([
      first.id,
      second.id,
    ]);
    await joins(bob, third);
    expect((await told(annas)).map(({ type, data }) => [type, data['channel_id']])).toEqual([
      ['voice.state_update', null],
      ['call.end', second.id],
    ]);
    expect((await told(cleos)).map(({ type, data }) => [type, data['channel_id']])).toEqual([
      ['voice.state_update', second.id],
      ['call.end', second.id],
      ['voice.state_update', third.id],
    ]);
  });
});

test('RESUME tells of a move what was told at once, to each what they may know', async () => {
  await using server = await startTest({ settings });
  const { anna, bob, cleo, lounge } = await setting(server);
  const channel = await opens(anna, bob);
  await joins(bob, lounge);
  const away = await listening([anna, cleo], intents);
  for (const ears of away) ears.drop();
  await joins(bob, channel);
  await joins(bob, lounge);
  const [annas, cleos] = away;
  const annasMissed = (await anna.resumes(annas.ready['session_id'], annas.seq)).missed;
  // Who sees both channels hears of each coming, and of no going.
  expect(annasMissed.map(({ type, data }) => [type, data['channel_id']])).toEqual([
    ['voice.state_update', channel.id],
    ['call.end', channel.id],
    ['voice.state_update', lounge.id],
  ]);
  const cleosMissed = (await cleo.resumes(cleos.ready['session_id'], cleos.seq)).missed;
  expect(cleosMissed.map(({ type, data }) => [type, data['channel_id']])).toEqual([
    ['voice.state_update', null],
    ['voice.state_update', lounge.id],
  ]);
});

test('what is done to a member in a space does not touch their calls', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const { operator, anna, bob, space, lounge } = await setting(server);
  const channel = await opens(anna, bob);
  const member = `/spaces/${space.id}/members/${bob.id}`;
  await joins(bob, lounge);
  await operator.does('PATCH', member, { mute: true, deaf: true });
  const joined = await joins(bob, channel);
  expect(joined.voice_state).toMatchObject({ mute: false, deaf: false });
  expect(claimsOf(joined.token).video).toMatchObject({ canPublish: true, canSubscribe: true });
  livekit.puts(bob.id, channel);
  // What takes bob out of the lounge.
  await livekit.called('RemoveParticipant');
  const [annas] = await listening([anna], intents);
  livekit.calls.length = 0;
  await operator.does('PATCH', member, { mute: false, deaf: false });
  await operator.does('PATCH', member, {
    timed_out_until: new Date(Date.now() + 60_000).toISOString(),
  });
  await operator.does('PATCH', `/channels/${lounge.id}`, { user_limit: 1 });
  await operator.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, {});
  await operator.does('DELETE', `/spaces/${space.id}`);
  await annas.hearsNothing();
  expect(await statusOf(bob, channel)).toEqual([bob.id]);
  expect(livekit.calls).toEqual([]);
});

describe('in READY and afterwards', () => {
  test('people see the calls of their conversations, and nobody those of others', async () => {
    await using server = await startTest({ settings });
    const { operator, anna, bob, cleo, lounge } = await setting(server);
    const dora = await server.person('dora');
    const channel = await opens(anna, bob);
    const group = await opens(anna, bob, dora);
    await joins(bob, channel);
    await joins(dora, group);
    await joins(cleo, lounge);
    const [annas, bobs, cleos, doras, operators] = await listening(
      [anna, bob, cleo, dora, operator],
      intents,
    );
    expect(idsOf(annas).toSorted()).toEqual([bob.id, cleo.id, dora.id].toSorted());
    expect(idsOf(bobs).toSorted()).toEqual([bob.id, cleo.id, dora.id].toSorted());
    expect(idsOf(doras)).toEqual([dora.id]);
    for (const ears of [cleos, operators]) expect(idsOf(ears)).toEqual([cleo.id]);
    const own = annas.ready['voice_states'].find(({ user_id }: any) => user_id === bob.id);
    expect(own).toMatchObject({ space_id: null, channel_id: channel.id });
  });

  test('who is added to a group is shown who is in its call, after the group', async () => {
    await using server = await startTest({ settings });
    const { anna, bob, cleo } = await setting(server);
    const dora = await server.person('dora');
    const group = await opens(anna, bob, cleo);
    await joins(anna, group);
    await joins(bob, group);
    const [doras, bobs] = await listening([dora, bob], both);
    await anna.does('PUT', `/channels/${group.id}/recipients/${dora.id}`);
    const [created, ...states] = await doras.hearsExactly(
      'channel.create',
      'voice.state_update',
      'voice.state_update',
    );
    expect(created?.data['id']).toBe(group.id);
    expect(states.map(({ data }) => [data['user_id'], data['channel_id']])).toEqual([
      [anna.id, group.id],
      [bob.id, group.id],
    ]);
    await bobs.hearsExactly('channel.update');
    expect(await statusOf(dora, group)).toEqual([anna.id, bob.id].toSorted());
    await joins(dora, group);
    expect((await bobs.hears('voice.state_update')).data).toMatchObject({ user_id: dora.id });
  });

  test('a closed window opens for whoever comes into the call', async () => {
    await using server = await startTest({ settings });
    const { anna, bob } = await setting(server);
    const channel = await opens(anna, bob);
    await joins(anna, channel);
    await bob.does('DELETE', `/channels/${channel.id}`);
    const [annas, bobs] = await listening([anna, bob], both);
    // Closing hides the window; who takes part still hears of the call.
    expect(idsOf(bobs)).toEqual([anna.id]);
    await joins(bob, channel);
    const heard = await told(bobs);
    expect(heard.map(({ type, data }) => [type, data['user_id']])).toEqual([
      ['channel.create', undefined],
      ['voice.state_update', bob.id],
      ['voice.state_update', anna.id],
    ]);
    await annas.hearsExactly('voice.state_update');
  });
});

describe('a call ends for those', () => {
  test('who leave the group, with the call before the group', async () => {
    await using server = await startTest({ settings });
    const { anna, bob, cleo } = await setting(server);
    const dora = await server.person('dora');
    const group = await opens(anna, bob, cleo, dora);
    for (const person of [anna, bob, cleo]) await joins(person, group);
    const [annas, bobs, cleos] = await listening([anna, bob, cleo], both);
    await bob.does('DELETE', `/channels/${group.id}`);
    await bobs.hearsExactly('voice.state_update', 'channel.delete');
    const [gone] = await annas.hearsExactly('voice.state_update', 'channel.update');
    expect(gone?.data).toMatchObject({ user_id: bob.id, channel_id: null });
    await cleos.unread();
    await anna.does('DELETE', `/channels/${group.id}/recipients/${cleo.id}`);
    await cleos.hearsExactly('voice.state_update', 'channel.delete');
    expect(await statusOf(anna, group)).toEqual([anna.id]);
    for (const gone of [bob, cleo]) expect(idsOf(await gone.listens())).toEqual([]);
    expect(idsOf(await dora.listens())).toEqual([anna.id]);
    await annas.unread();
    // Nothing of what follows reaches those who are not in it any more.
    await leaves(anna, group);
    await annas.hearsExactly('voice.state_update', 'call.end');
    await bobs.hearsNothing();
    await cleos.hearsNothing();
    await bob.isRefused(403, 'GET', `/channels/${group.id}/voice-status`);
    expect(idsOf(await cleo.listens())).toEqual([]);
  });

  test('who close the window, and for all when the group is dissolved', async () => {
    await using server = await startTest({ settings });
    const { anna, bob, cleo } = await setting(server);
    const channel = await opens(anna, bob);
    await joins(anna, channel);
    await joins(bob, channel);
    const [annas, bobs, cleos] = await listening([anna, bob, cleo], both);
    await bob.does('DELETE', `/channels/${channel.id}`);
    await bobs.hearsExactly('voice.state_update', 'channel.delete');
    await annas.hearsExactly('voice.state_update');
    const group = await opens(anna, bob, cleo);
    await anna.does('DELETE', `/channels/${group.id}/recipients/${bob.id}`);
    await joins(anna, group);
    await joins(cleo, group);
    for (const ears of [annas, bobs, cleos]) await ears.unread();
    await anna.does('DELETE', `/channels/${group.id}/recipients/${cleo.id}`);
    await cleos.hearsExactly('voice.state_update', 'channel.delete');
    const types = (await told(annas)).map(({ type }) => type);
    expect(types.filter((type) => type === 'call.end')).toHaveLength(1);
    expect(types.at(-1)).toBe('channel.delete');
    await bobs.hearsNothing();
  });

  test('between whom a block comes to stand, and neither comes back while it does', async () => {
    await using livekit = new FakeLiveKit();
    await using server = await startTest({ settings: livekit.settings });
    const { anna, bob } = await setting(server);
    const channel = await opens(anna, bob);
    await joins(anna, channel);
    await joins(bob, channel);
    for (const { id } of [anna, bob]) livekit.puts(id, channel);
    const ears = await listening([anna, bob], intents);
    await blocks(server, bob, anna);
    for (const one of ears) {
      await one.hearsExactly('voice.state_update', 'voice.state_update', 'call.end');
    }
    const removed = [
      await livekit.called('RemoveParticipant'),
      await livekit.called('RemoveParticipant'),
    ];
    expect(removed.map(({ identity }): string => identity).toSorted()).toEqual(
      [anna.id, bob.id].toSorted(),
    );
    for (const person of [anna, bob]) {
      await person.isRefused(403, 'POST', `/channels/${channel.id}/voice/join`, {});
      expect(await statusOf(person, channel)).toEqual([]);
    }
    const [, bobs] = ears;
    bobs?.send(9, { channel_id: channel.id });
    await bobs?.hearsNothing();
  });

  test('a block touches no call of a group', async () => {
    await using server = await startTest({ settings });
    const { anna, bob, cleo } = await setting(server);
    const channel = await opens(anna, bob);
    const group = await opens(anna, bob, cleo);
    await joins(anna, group);
    await joins(bob, group);
    const [cleos] = await listening([cleo], intents);
    await blocks(server, bob, anna);
    await cleos.hearsNothing();
    expect(await statusOf(cleo, group)).toEqual([anna.id, bob.id].toSorted());
    expect(await statusOf(anna, channel)).toEqual([]);
  });

  test('whose last token is revoked, and whose session ends', async () => {
    await using server = await startTest({ settings });
    const { anna, bob } = await setting(server);
    const channel = await opens(anna, bob);
    const [annas, bobs] = await listening([anna, bob], intents);
    bobs.send(9, { channel_id: channel.id });
    await bobs.hears('voice.server_update');
    await annas.unread();
    bobs.close(1000);
    await annas.hears('voice.state_update');
    await annas.hears('call.end');
    await joins(bob, channel);
    await annas.unread();
    await bob.does('POST', '/auth/logout');
    await annas.hears('voice.state_update');
    await annas.hears('call.end');
    await annas.hearsNothing();
  });
});

describe('what LiveKit says holds in conversations, too', () => {
  test('who is in the room without a state is thrown out, at once and at the next comparison', async () => {
    await using livekit = new FakeLiveKit();
    const clock = new FakeClock();
    await using server = await startTest({ settings: livekit.settings, clock });
    const { anna, bob, cleo } = await setting(server);
    const channel = await opens(anna, bob);
    await joins(bob, channel);
    livekit.puts(bob.id, channel);
    livekit.puts(cleo.id, channel);
    const report = {
      event: 'participant_joined',
      room: { name: `channel_${channel.id}` },
      participant: { identity: cleo.id, sid: 'PA_cleo' },
    };
    expect(await livekit.reports(server.origin, report)).toBe(200);
    expect(await livekit.called('RemoveParticipant')).toMatchObject({
      room: `channel_${channel.id}`,
      identity: cleo.id,
    });
    livekit.puts(cleo.id, channel, {}, 'PA_again');
    await clock.pass(20_000);
    expect(await livekit.called('RemoveParticipant')).toMatchObject({ identity: cleo.id });
    expect(livekit.in(channel)).toEqual([bob.id]);
  });

  test('who leaves the room by themselves, without a session, has left the call', async () => {
    await using livekit = new FakeLiveKit();
    await using server = await startTest({ settings: livekit.settings });
    const { anna, bob } = await setting(server);
    const channel = await opens(anna, bob);
    const [annas] = await listening([anna], intents);
    await joins(bob, channel);
    const report = (event: string) =>
      livekit.reports(server.origin, {
        event,
        room: { name: `channel_${channel.id}` },
        participant: {
          identity: bob.id,
          sid: 'PA_1',
          disconnectReason: 'CLIENT_INITIATED',
          permission: { canSubscribe: true, canPublish: true, canPublishData: true },
        },
      });
    await report('participant_joined');
    await report('participant_left');
    await report('participant_left');
    const [, left, ended] = await annas.hearsExactly(
      'voice.state_update',
      'voice.state_update',
      'call.end',
    );
    expect(left?.data).toMatchObject({ user_id: bob.id, channel_id: null });
    expect(ended?.data).toEqual({ channel_id: channel.id, user_id: bob.id });
  });

  test('who stays away from the room has left, and the call of the last one ends once', async () => {
    await using livekit = new FakeLiveKit();
    const clock = new FakeClock();
    await using server = await startTest({ settings: livekit.settings, clock });
    const { anna, bob, cleo } = await setting(server);
    const channel = await opens(anna, bob);
    const [annas, cleos] = await listening([anna, cleo], intents);
    await joins(bob, channel);
    await joins(anna, channel);
    livekit.puts(anna.id, channel);
    await annas.unread();
    const compared = async () => {
      for (let times = 0; times < 3; times += 1) {
        await clock.pass(20_000);
        await lastComparison(server.app);
        // A silent session would end.
        for (const ears of [annas, cleos]) await ears.settled();
      }
    };
    await compared();
    const [gone] = await annas.hearsExactly('voice.state_update');
    expect(gone?.data).toMatchObject({ user_id: bob.id, channel_id: null });
    livekit.rooms.clear();
    await compared();
    await annas.hearsExactly('voice.state_update', 'call.end');
    expect(await statusOf(anna, channel)).toEqual([]);
    await cleos.hearsNothing();
  });
});
