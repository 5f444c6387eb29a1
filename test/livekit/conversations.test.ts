import { afterAll, afterEach, beforeAll, expect } from 'bun:test';
import { join } from 'node:path';
import { nobody } from '../../src/events/event.ts';
import { lastComparison } from '../../src/features/live/voice/comparison.ts';
import { blocksChanged } from '../../src/features/people/relationships/events.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import type { Ears } from '../support/ears.ts';
import { Folder } from '../support/folder.ts';
import { liveKitBinary, LiveKitProcess, liveTest, until } from '../support/livekit.ts';
import { Participant } from '../support/participant.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { listening, voiceChannel, world } from '../support/world.ts';

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

async function enters(invitation: any, token?: string): Promise<Participant> {
  const participant = await Participant.enters(invitation, token);
  present.push(participant);
  return participant;
}

/** Joins over REST, enters the room with what that answers, and speaks. */
async function speaking(person: Person, channel: any): Promise<Participant> {
  const participant = await enters(
    await person.does('POST', `/channels/${channel.id}/voice/join`, {}),
  );
  expect(await participant.speaks()).toBe(true);
  return participant;
}

/** Comes back with a token of before, which LiveKit takes, and is thrown out again. */
async function failsToComeBack(with_token: string, { url }: Participant): Promise<void> {
  const again = await Participant.enters({ url, token: with_token }).catch(() => null);
  if (again === null) return;
  present.push(again);
  await again.isThrownOut();
}

const opens = (person: Person, ...others: Person[]) =>
  person.does('POST', '/users/@me/channels', { recipients: others.map(({ id }) => id) });

const statusOf = async (person: Person, channel: any): Promise<string[]> =>
  (await person.does('GET', `/channels/${channel.id}/voice-status`))
    .map(({ user_id }: { user_id: string }) => user_id)
    .toSorted();

const isIn = (channel: any, ...people: Person[]) =>
  until('the room to hold them alone', async () => {
    const ids = people.map(({ id }) => id).toSorted();
    return (await livekit.in(channel)).join() === ids.join();
  });

const gone = (ears: Ears, { id }: Person) =>
  ears.hears('voice.state_update', (data) => data['user_id'] === id && data['channel_id'] === null);

/** Twenty seconds pass, and LiveKit has been asked. */
async function comparison({ app }: TestServer, clock: FakeClock): Promise<void> {
  await clock.pass(20_000);
  await lastComparison(app);
}

liveTest('two in a conversation hear each other, and nobody else gets a token', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const { operator, anna, bob, cleo } = await world(server, 'operator', 'anna', 'bob', 'cleo');
  const channel = await opens(anna, bob);
  const [bobs, cleos, operators] = await listening([bob, cleo, operator], ['voice_states']);
  const annika = await speaking(anna, channel);
  bobs.send(9, { space_id: '', channel_id: channel.id });
  const bobby = await enters((await bobs.hears('voice.server_update')).data);
  expect(await bobby.speaks()).toBe(true);
  await Promise.all([annika.hears(bob), bobby.hears(anna)]);
  for (const [stranger, ears] of [
    [cleo, cleos],
    [operator, operators],
  ] as const) {
    await stranger.isRefused(403, 'POST', `/channels/${channel.id}/voice/join`, {});
    ears.send(9, { space_id: null, channel_id: channel.id });
    await ears.hearsNothing();
  }
  expect(await livekit.in(channel)).toEqual([anna.id, bob.id].toSorted());
  expect(await statusOf(anna, channel)).toEqual([anna.id, bob.id].toSorted());
  // The last one to go ends the call, once.
  await bob.does('DELETE', `/channels/${channel.id}/voice/leave`);
  await bobby.isThrownOut();
  await gone(bobs, bob);
  await anna.does('DELETE', `/channels/${channel.id}/voice/leave`);
  await annika.isThrownOut();
  const ended = await bobs.hears('call.end');
  expect(ended.data).toEqual({ channel_id: channel.id, user_id: anna.id });
  await bobs.hearsNothing();
  await cleos.hearsNothing();
});

liveTest('who is taken out of the group is thrown out of the room, and stays out', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const { anna, bob, cleo } = await world(server, 'operator', 'anna', 'bob', 'cleo');
  const dora = await server.person('dora');
  const group = await opens(anna, bob, cleo, dora);
  const annika = await speaking(anna, group);
  const bobby = await speaking(bob, group);
  const clea = await speaking(cleo, group);
  await annika.hears(bob);
  const { token } = bobby;
  await anna.does('DELETE', `/channels/${group.id}/recipients/${bob.id}`);
  await bobby.isThrownOut();
  await failsToComeBack(token, bobby);
  await isIn(group, anna, cleo);
  await annika.hears(cleo);
  // Whoever leaves by themselves goes as well.
  await cleo.does('DELETE', `/channels/${group.id}`);
  await clea.isThrownOut();
  await isIn(group, anna);
  expect(annika.isConnected).toBe(true);
});

liveTest('a block throws both out, and their tokens bring nobody back', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const { anna, bob } = await world(server, 'operator', 'anna', 'bob');
  const channel = await opens(anna, bob);
  const [annas] = await listening([anna], ['voice_states']);
  const annika = await speaking(anna, channel);
  const bobby = await speaking(bob, channel);
  await annika.hears(bob);
  const { token } = bobby;
  await server.turn((turn) => {
    turn.tx.sqlite
      .query('INSERT INTO relationships (user_id, target_id, type, since) VALUES (?, ?, 2, ?)')
      .run(anna.id, bob.id, turn.now);
    turn.tell(blocksChanged, nobody, { user_id: anna.id, target_id: bob.id });
  });
  await Promise.all([annika.isThrownOut(), bobby.isThrownOut()]);
  await annas.hears('call.end');
  await annas.hearsNothing();
  await failsToComeBack(token, bobby);
  await isIn(channel);
});

liveTest('who moves between a space and a conversation is heard where they are alone', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'operator', 'anna', 'bob', 'cleo');
  const { anna, bob, cleo } = home;
  const lounge = await voiceChannel(home);
  const channel = await opens(anna, bob);
  await speaking(cleo, lounge);
  const annika = await speaking(anna, channel);
  const before = await speaking(bob, lounge);
  const { token } = before;
  await speaking(bob, channel);
  await before.isThrownOut();
  await annika.hears(bob);
  await failsToComeBack(token, before);
  await isIn(lounge, cleo);
  await isIn(channel, anna, bob);
  await speaking(bob, lounge);
  await isIn(channel, anna);
  await isIn(lounge, bob, cleo);
});

liveTest(
  'a call outlives a restart of our server, and ends when the last machine has died',
  async () => {
    using folder = new Folder();
    const settings = { ...livekit.settings, ...folder.settings };
    const clock = new FakeClock();
    const first = await startTest({ settings, clock });
    const { anna, bob } = await world(first, 'operator', 'anna', 'bob');
    const channel = await opens(anna, bob);
    const annika = await speaking(anna, channel);
    const invitation = await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
    const script = join(import.meta.dir, '../support/participant-process.ts');
    const machine = Bun.spawn(
      [process.execPath, script, invitation.livekit_url, invitation.token],
      { stdout: 'pipe', stderr: 'ignore' },
    );
    const output = machine.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of output) if (text.includes('entered')) break;
    await first.stop();
    const again = await startAgain(settings, clock);
    const [annaNow, bobNow] = [new Person(again, anna), new Person(again, bob)];
    await comparison(again, clock);
    await comparison(again, clock);
    expect(await statusOf(annaNow, channel)).toEqual([anna.id, bob.id].toSorted());
    expect(annika.isConnected).toBe(true);
    await annaNow.does('DELETE', `/channels/${channel.id}/voice/leave`);
    await annika.isThrownOut();
    machine.kill('SIGKILL');
    await machine.exited;
    // LiveKit itself takes some 20 s to notice.
    await until(
      'LiveKit to miss bob',
      async () => (await livekit.in(channel)).length === 0,
      45_000,
    );
    const [annas] = await listening([annaNow], ['voice_states']);
    await comparison(again, clock);
    await comparison(again, clock);
    await comparison(again, clock);
    await gone(annas, bob);
    expect((await annas.hears('call.end')).data).toEqual({
      channel_id: channel.id,
      user_id: bob.id,
    });
    expect(await statusOf(bobNow, channel)).toEqual([]);
    await again.stop();
  },
  90_000,
);
