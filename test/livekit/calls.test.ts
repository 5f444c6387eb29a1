import { afterAll, afterEach, beforeAll, expect } from 'bun:test';
import type { Ears } from '../support/ears.ts';
import { liveKitBinary, LiveKitProcess, liveTest, until } from '../support/livekit.ts';
import { Participant } from '../support/participant.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { deny, listening, voiceChannel, world, type World } from '../support/world.ts';

let livekit: LiveKitProcess;
const present: Participant[] = [];

beforeAll(async () => {
  if (liveKitBinary !== null) livekit = await LiveKitProcess.start();
});
afterEach(async () => {
  for (const participant of present.splice(0)) await participant.leaves();
});
afterAll(async () => {
  if (liveKitBinary !== null) await livekit[Symbol.asyncDispose]();
});

/** Joins over REST and enters the room with what that answers. */
async function joins(person: Person, channel: any): Promise<Participant> {
  const invitation = await person.does('POST', `/channels/${channel.id}/voice/join`, {});
  return enters(invitation);
}

async function enters(invitation: any, token?: string): Promise<Participant> {
  const participant = await Participant.enters(invitation, token);
  present.push(participant);
  return participant;
}

async function speaking(person: Person, channel: any): Promise<Participant> {
  const participant = await joins(person, channel);
  expect(await participant.speaks()).toBe(true);
  return participant;
}

/** Comes back with a token of before, which LiveKit takes, and is thrown out again. */
async function failsToComeBack(with_token: string, { url }: Participant): Promise<void> {
  const validate = `${url.replace('ws', 'http')}/rtc/validate?access_token=${with_token}`;
  expect((await fetch(validate)).status).toBe(200);
  // Thrown out so early, it may not even call itself connected.
  const again = await Participant.enters({ url, token: with_token }).catch(() => null);
  if (again === null) return;
  present.push(again);
  await again.isThrownOut();
}

const statusOf = async ({ owner }: World, channel: any): Promise<string[]> => {
  const states = await owner.does('GET', `/channels/${channel.id}/voice-status`);
  return states.map(({ user_id }: { user_id: string }) => user_id).toSorted();
};

const gone = (ears: Ears, { id }: Person) =>
  ears.hears('voice.state_update', (data) => data['user_id'] === id && data['channel_id'] === null);

liveTest('two who joined over REST and over the gateway hear each other', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, bob } = home;
  const channel = await voiceChannel(home);
  const [bobs] = await listening([bob], ['voice_states']);
  const olga = await speaking(owner, channel);
  bobs.send(9, { space_id: space.id, channel_id: channel.id });
  const invitation = await bobs.hears('voice.server_update');
  const bobby = await enters(invitation.data);
  expect(await bobby.speaks()).toBe(true);
  await Promise.all([olga.hears(bob), bobby.hears(owner)]);
  expect(await livekit.in(channel)).toEqual([owner.id, bob.id].toSorted());
  expect(await statusOf(home, channel)).toEqual([owner.id, bob.id].toSorted());
});

liveTest('one who may not speak is heard by nobody, and hears the others', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo } = home;
  const channel = await voiceChannel(home);
  await owner.does('PUT', `/channels/${channel.id}/permissions/${bob.id}`, {
    type: 'member',
    allow: [],
    deny: ['speak'],
  });
  await speaking(owner, channel);
  const listener = await joins(cleo, channel);
  const silent = await joins(bob, channel);
  await silent.hears(owner);
  expect(await silent.speaks()).toBe(false);
  await listener.hearsOnly(owner, bob);
});

liveTest(
  'the kicked are thrown out, also when they come back with an old or a renewed token',
  async () => {
    await using server = await startTest({ settings: livekit.settings });
    const home = await world(server, 'olga', 'bob');
    const { owner, space, bob } = home;
    const channel = await voiceChannel(home);
    const olga = await speaking(owner, channel);
    const invitation = await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
    const bobby = await enters(invitation);
    expect(await bobby.speaks()).toBe(true);
    await olga.hears(bob);
    const renewed = bobby.token;
    expect(renewed).not.toBe(invitation.token);
    await owner.does('DELETE', `/spaces/${space.id}/members/${bob.id}`);
    await bobby.isThrownOut();
    await failsToComeBack(invitation.token, bobby);
    await failsToComeBack(renewed, bobby);
    await until(
      'the room to be without bob',
      async () => !(await livekit.in(channel)).includes(bob.id),
    );
    expect(olga.isConnected).toBe(true);
    expect(await livekit.in(channel)).toEqual([owner.id]);
  },
);

liveTest('who moves is out of the old room and heard in the new one', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo } = home;
  const first = await voiceChannel(home, { name: 'First' });
  const second = await voiceChannel(home, { name: 'Second' });
  await joins(owner, first);
  const cleos = await joins(cleo, second);
  const before = await speaking(bob, first);
  const token = before.token;
  const after = await speaking(bob, second);
  await before.isThrownOut();
  await cleos.hears(bob);
  // The first room's token is no way back, and the call in the second goes on.
  await failsToComeBack(token, before);
  expect(await livekit.in(first)).toEqual([owner.id]);
  expect(await livekit.in(second)).toEqual([bob.id, cleo.id].toSorted());
  expect(after.isConnected).toBe(true);
  expect(await statusOf(home, second)).toEqual([bob.id, cleo.id].toSorted());
});

liveTest(
  'a permission or a moderator who takes speech away takes effect at once, and gives it back',
  async () => {
    await using server = await startTest({ settings: livekit.settings });
    const home = await world(server, 'olga', 'bob', 'cleo');
    const { owner, space, bob, cleo } = home;
    const channel = await voiceChannel(home);
    await speaking(owner, channel);
    const bobby = await speaking(bob, channel);
    const cleos = await joins(cleo, channel);
    await cleos.hears(bob);
    const member = `/spaces/${space.id}/members/${bob.id}`;
    await owner.does('PATCH', member, { mute: true });
    await cleos.hearsOnly(owner, bob);
    await owner.does('PATCH', member, { mute: false });
    await until('the room to let bob speak', async () => {
      const people = await livekit.api.participants(`channel_${channel.id}`);
      return people.some(({ identity, grants }) => identity === bob.id && grants.microphone);
    });
    expect(await bobby.speaks()).toBe(true);
    await cleos.hears(bob);
    await deny(home, channel, 'speak');
    // The owner may do everything; everyone else falls silent.
    await cleos.hearsOnly(owner, bob);
  },
);

liveTest('the deafened hear nobody, and are heard', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, bob } = home;
  const channel = await voiceChannel(home);
  const olga = await speaking(owner, channel);
  const bobby = await speaking(bob, channel);
  await Promise.all([olga.hears(bob), bobby.hears(owner)]);
  await owner.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, { deaf: true });
  await olga.hears(bob);
  const before = bobby.countOf(owner.id);
  await olga.hears(bob);
  expect(bobby.countOf(owner.id)).toBe(before);
});

liveTest('whatever takes access away empties the room', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob', 'cleo', 'dora', 'emil');
  const { owner, space, bob, cleo, dora, emil } = home;
  const channel = await voiceChannel(home);
  const [olgas] = await listening([owner], ['voice_states']);
  const participants = new Map<Person, Participant>();
  for (const person of [bob, cleo, dora, emil])
    participants.set(person, await joins(person, channel));
  await olgas.unread();
  const isOut = async (person: Person) => {
    await gone(olgas, person);
    await participants.get(person)?.isThrownOut();
  };
  await owner.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
    timed_out_until: new Date(Date.now() + 60_000).toISOString(),
  });
  await isOut(bob);
  await cleo.does('POST', '/auth/logout');
  await isOut(cleo);
  await owner.does('PUT', `/channels/${channel.id}/permissions/${dora.id}`, {
    type: 'member',
    allow: [],
    deny: ['connect'],
  });
  await isOut(dora);
  expect(await statusOf(home, channel)).toEqual([emil.id]);
  await owner.does('DELETE', `/channels/${channel.id}`);
  await isOut(emil);
  await until('the room to be empty', async () => (await livekit.in(channel)).length === 0);
});

liveTest('a session that ends takes its participant out of the room', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, bob } = home;
  const channel = await voiceChannel(home);
  const [olgas, bobs] = await listening([owner, bob], ['voice_states']);
  bobs.send(9, { space_id: space.id, channel_id: channel.id });
  const bobby = await enters((await bobs.hears('voice.server_update')).data);
  bobs.close(1000);
  await gone(olgas, bob);
  await bobby.isThrownOut();
});
