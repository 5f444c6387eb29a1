import { expect, test } from 'bun:test';
import { voiceWithoutCalls } from '../support/fake-livekit.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { deny, listening, voiceChannel, world } from '../support/world.ts';

const settings = voiceWithoutCalls;
const intents = ['voice_states'];

const joins = (person: Person, channel: any, flags: object = {}) =>
  person.does('POST', `/channels/${channel.id}/voice/join`, flags);
const leaves = (person: Person, channel: any) =>
  person.does('DELETE', `/channels/${channel.id}/voice/leave`);

test('in a hidden channel voice is seen by those alone who view it, in READY too', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo } = home;
  const hidden = await voiceChannel(home);
  await deny(home, hidden, 'view_channel');
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${bob.id}`, {
    type: 'member',
    allow: ['view_channel'],
    deny: [],
  });
  const [olgas, cleos] = await listening([owner, cleo], intents);
  await joins(bob, hidden);
  await olgas.hearsExactly('voice.state_update');
  await cleos.hearsNothing();
  await cleo.isRefused(403, 'GET', `/channels/${hidden.id}/voice-status`);
  const again = await owner.listens(intents);
  expect(again.ready['voice_states']).toMatchObject([{ user_id: bob.id, channel_id: hidden.id }]);
  expect((await cleo.listens(intents)).ready['voice_states']).toEqual([]);
  await leaves(bob, hidden);
  await olgas.hearsExactly('voice.state_update');
  await cleos.hearsNothing();
});

test('who gains a channel, or a space, is shown who is in voice there', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, space, bob, cleo } = home;
  const dora = await server.person('dora');
  const hidden = await voiceChannel(home);
  await deny(home, hidden, 'view_channel');
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${bob.id}`, {
    type: 'member',
    allow: ['view_channel'],
    deny: [],
  });
  await joins(bob, hidden);
  const [cleos, doras] = await listening([cleo, dora], ['spaces', 'voice_states']);
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${cleo.id}`, {
    type: 'member',
    allow: ['view_channel'],
    deny: [],
  });
  const [, state] = await cleos.hearsExactly('channel.create', 'voice.state_update');
  expect(state?.data).toMatchObject({ user_id: bob.id, channel_id: hidden.id });
  const lounge = await voiceChannel(home, { name: 'Open' });
  await cleos.hears('channel.create');
  await joins(cleo, lounge);
  await dora.joins(space);
  const { data } = await doras.hears('voice.state_update');
  expect(data).toMatchObject({ user_id: cleo.id, channel_id: lounge.id });
  const others = (await doras.unread()).filter(({ type }) => type === 'voice.state_update');
  expect(others).toEqual([]);
});

test('voice that does not fit into READY follows it, each state once and members first', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga');
  const { owner, space } = home;
  const channel = await voiceChannel(home);
  const crowd = 300;
  await server.turn((turn) => {
    const { sqlite } = turn.tx;
    for (let index = 0; index < crowd; index += 1) {
      const id = turn.id();
      sqlite
        .query('INSERT INTO users (id, username, created_at) VALUES (?, ?, 0)')
        .run(id, `speaker-${index}`);
      sqlite
        .query('INSERT INTO members (space_id, user_id, joined_at) VALUES (?, ?, 0)')
        .run(space.id, id);
      sqlite
        .query(
          `INSERT INTO voice_states (user_id, space_id, channel_id, session_id, since)
           VALUES (?, ?, ?, ?, 0)`,
        )
        .run(id, space.id, channel.id, id);
    }
  });
  const ears = await owner.listens(['voice_states', 'members']);
  // The last frame of what did not fit.
  await ears.frame(({ type }) => type === 'user.update', 'the end of READY');
  const known = new Set<string>(ears.ready['members'].map((one: any) => one.user_id));
  const voiced: string[] = ears.ready['voice_states'].map((one: any) => one.user_id);
  expect(voiced.length).toBeLessThan(crowd);
  for (const { type, data } of ears.frames) {
    if (type === 'member.chunk') for (const one of data['members']) known.add(one.user_id);
    if (type !== 'voice.state_update') continue;
    expect(known.has(data['user_id'])).toBe(true);
    voiced.push(data['user_id']);
  }
  expect(new Set(voiced).size).toBe(crowd);
  expect(voiced.length).toBe(crowd);
});

test('a move is told once to who sees both channels, and as gone to who sees the old one alone', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo } = home;
  const open = await voiceChannel(home);
  const hidden = await voiceChannel(home, { name: 'Hidden' });
  await deny(home, hidden, 'view_channel');
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${bob.id}`, {
    type: 'member',
    allow: ['view_channel'],
    deny: [],
  });
  const [olgas, bobs, cleos] = await listening([owner, bob, cleo], intents);
  await joins(bob, open);
  for (const ears of [olgas, bobs, cleos]) await ears.hearsExactly('voice.state_update');
  const { session_id } = cleos.ready;
  const { session_id: olgas_id } = olgas.ready;
  await joins(bob, hidden);
  for (const ears of [olgas, bobs]) {
    const [moved] = await ears.hearsExactly('voice.state_update');
    expect(moved?.data).toMatchObject({ user_id: bob.id, channel_id: hidden.id });
  }
  const [gone] = await cleos.hearsExactly('voice.state_update');
  expect(gone?.data).toMatchObject({ user_id: bob.id, channel_id: null });
  // RESUME brings the same to the same people.
  const before = { cleo: (gone?.seq ?? 0) - 1, olga: (gone?.seq ?? 0) - 1 };
  cleos.drop();
  olgas.drop();
  await cleos.closes();
  await olgas.closes();
  const cleoAgain = await cleo.resumes(session_id, before.cleo);
  expect(cleoAgain.missed.map(({ data }) => data['channel_id'])).toEqual([null]);
  const olgaAgain = await owner.resumes(olgas_id, before.olga);
  expect(olgaAgain.missed.map(({ data }) => data['channel_id'])).toEqual([hidden.id]);
  await joins(bob, open);
  const [back] = await cleoAgain.ears.hearsExactly('voice.state_update');
  expect(back?.data).toMatchObject({ user_id: bob.id, channel_id: open.id });
});

test('a move to another space is told as gone to who is not there', async () => {
  await using server = await startTest({ settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo } = home;
  const lounge = await voiceChannel(home);
  const { space: other } = await bob.founds('Other');
  await owner.joins(other);
  const far = await bob.does('POST', `/spaces/${other.id}/channels`, {
    name: 'Far',
    type: 'voice',
  });
  await joins(bob, lounge);
  const [olgas, bobs, cleos] = await listening([owner, bob, cleo], intents);
  await joins(bob, far);
  const [gone] = await cleos.hearsExactly('voice.state_update');
  expect(gone?.data).toMatchObject({ channel_id: null, space_id: home.space.id });
  for (const ears of [olgas, bobs]) {
    const [moved] = await ears.hearsExactly('voice.state_update');
    expect(moved?.data).toMatchObject({ channel_id: far.id, space_id: other.id });
  }
});
