// Ringing in conversations: who hears it, what is handed on, how often, and what RESUME replays.
import { expect, test } from 'bun:test';
import { nobody } from '../../src/events/event.ts';
import { blocksChanged } from '../../src/features/people/relationships/events.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { voiceWithoutCalls } from '../support/fake-livekit.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { listening, voiceChannel, world } from '../support/world.ts';

const settings = voiceWithoutCalls;
const intents = ['voice_states'];

const opens = (person: Person, ...others: Person[]) =>
  person.does('POST', '/users/@me/channels', { recipients: others.map(({ id }) => id) });
const rings = (person: Person, channel: any, body?: unknown) =>
  person.does('POST', `/channels/${channel.id}/call/ring`, body);
const joins = (person: Person, channel: any) =>
  person.does('POST', `/channels/${channel.id}/voice/join`, {});
const kinds = ['ring', 'decline', 'cancel'];

/** The operator administers the server and owns the space where the others are members. */
const setting = (server: TestServer) => world(server, 'operator', 'anna', 'bob', 'cleo');

test('a ring, its refusal and its end reach all sessions of the people, and nobody else', async () => {
  await using server = await startTest();
  const { operator, anna, bob, cleo } = await setting(server);
  const dora = await server.person('dora');
  const group = await opens(anna, bob, cleo, dora);
  await anna.does('DELETE', `/channels/${group.id}/recipients/${cleo.id}`);
  const heard = await listening([anna, anna, bob, dora], intents);
  const silent = [
    ...(await listening([operator, cleo], intents)),
    ...(await listening([bob], ['messages', 'spaces', 'direct_messages'])),
  ];
  expect(await rings(anna, group)).toEqual({ ok: true });
  expect(await bob.does('POST', `/channels/${group.id}/call/decline`)).toEqual({ ok: true });
  expect(await anna.does('POST', `/channels/${group.id}/call/cancel`, {})).toEqual({ ok: true });
  for (const ears of heard) {
    const [ring, decline, cancel] = await ears.hearsExactly(
      'call.ring',
      'call.decline',
      'call.cancel',
    );
    expect(ring?.data).toEqual({
      channel_id: group.id,
      caller_id: anna.id,
      participants: [anna.id, bob.id, dora.id],
    });
    expect(decline?.data).toEqual({ channel_id: group.id, user_id: bob.id });
    expect(cancel?.data).toEqual({ channel_id: group.id, user_id: anna.id });
    expect(typeof ring?.seq).toBe('number');
  }
  for (const ears of silent) await ears.hearsNothing();
});

test('only people of a conversation call in it, and nobody while a block stands between two', async () => {
  await using server = await startTest();
  const home = await setting(server);
  const { operator, anna, bob, cleo, general } = home;
  const channel = await opens(anna, bob);
  const lounge = await voiceChannel(home);
  const [annas, bobs] = await listening([anna, bob], intents);
  for (const kind of kinds) {
    for (const stranger of [operator, cleo]) {
      await stranger.isRefused(403, 'POST', `/channels/${channel.id}/call/${kind}`);
    }
    for (const { id } of [general, lounge]) {
      const refused = await anna.isRefused(400, 'POST', `/channels/${id}/call/${kind}`);
      expect(refused.body.error.message).toContain('channel_not_dm');
    }
    await anna.isRefused(404, 'POST', `/channels/1/call/${kind}`);
    expect((await server.call('POST', `/channels/${channel.id}/call/${kind}`)).status).toBe(401);
  }
  await server.turn((turn) => {
    turn.tx.sqlite
      .query('INSERT INTO relationships (user_id, target_id, type, since) VALUES (?, ?, 2, ?)')
      .run(anna.id, bob.id, turn.now);
    turn.tell(blocksChanged, nobody, { user_id: anna.id, target_id: bob.id });
  });
  for (const kind of kinds) {
    for (const person of [anna, bob]) {
      await person.isRefused(403, 'POST', `/channels/${channel.id}/call/${kind}`);
    }
  }
  await annas.hearsNothing();
  await bobs.hearsNothing();
});

test('metadata is handed on as it is, within bounds', async () => {
  await using server = await startTest({ settings });
  const { anna, bob } = await setting(server);
  const channel = await opens(anna, bob);
  const [bobs] = await listening([bob], intents);
  const nested = (depth: number): unknown => (depth === 0 ? 'end' : [nested(depth - 1)]);
  const good = [
    { video: true, list: [1, null, 'ä'] },
    'text',
    0,
    false,
    '',
    [],
    nested(8),
    'x'.repeat(4_094),
    { __proto__: null, constructor: 'of nothing' },
  ];
  for (const metadata of good) {
    await rings(anna, channel, { metadata });
    expect((await bobs.hears('call.ring')).data['metadata']).toEqual(metadata);
  }
  for (const body of [undefined, {}, { metadata: null }, { other: 1 }]) {
    await rings(anna, channel, body);
    expect((await bobs.hears('call.ring')).data).not.toHaveProperty('metadata');
  }
  for (const metadata of ['x'.repeat(4_095), 'ä'.repeat(2_048), nested(9), { a: nested(8) }]) {
    const { body } = await anna.isRefused(400, 'POST', `/channels/${channel.id}/call/ring`, {
      metadata,
    });
    expect(body.error.message).toContain('metadata');
  }
  await anna.isRefused(422, 'POST', `/channels/${channel.id}/call/ring`, ['ring']);
  await bobs.hearsNothing();
});

test('a ring opens a window that was closed, before it rings', async () => {
  await using server = await startTest();
  const { anna, bob } = await setting(server);
  const channel = await opens(anna, bob);
  await bob.does('DELETE', `/channels/${channel.id}`);
  const [annas, bobs] = await listening([anna, bob], ['voice_states', 'spaces']);
  await rings(anna, channel);
  const [created] = await bobs.hearsExactly('channel.create', 'call.ring');
  expect(created?.data['id']).toBe(channel.id);
  await annas.hearsExactly('call.ring');
});

test('an account rings once in five seconds, and twenty times in ten minutes, per conversation', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob, cleo } = await setting(server);
  const channel = await opens(anna, bob);
  const other = await opens(anna, cleo);
  const path = `/channels/${channel.id}/call`;
  await rings(anna, channel);
  const refused = await anna.isRefused(429, 'POST', `${path}/ring`);
  expect(refused.headers.get('retry-after')).toBe('5');
  await rings(bob, channel);
  await rings(anna, other);
  // Who could not ring any more can always end what rings.
  await anna.does('POST', `${path}/cancel`);
  for (let times = 1; times < 20; times += 1) {
    await clock.pass(5_000);
    await rings(anna, channel);
  }
  await clock.pass(5_000);
  const { body } = await anna.isRefused(429, 'POST', `${path}/ring`);
  expect(body.error.retry_after).toBeGreaterThan(60);
  await clock.pass(600_000);
  await rings(anna, channel);
});

test('declines and cancels are limited as well, and test mode lifts all limits', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob } = await setting(server);
  const channel = await opens(anna, bob);
  const path = `/channels/${channel.id}/call`;
  for (let times = 0; times < 60; times += 1) {
    await bob.does('POST', `${path}/${times % 2 === 0 ? 'decline' : 'cancel'}`);
    await clock.pass(1_500);
  }
  await bob.isRefused(429, 'POST', `${path}/decline`);
  await bob.isRefused(429, 'POST', `${path}/cancel`);
  await anna.does('POST', `${path}/decline`);
  await using tested = await startTest({ settings });
  const { anna: annika, bob: bert } = await setting(tested);
  const again = await opens(annika, bert);
  for (let times = 0; times < 30; times += 1) await rings(annika, again);
});

test('call.end is told once, when the last one has left, to whoever is in the conversation', async () => {
  await using server = await startTest({ settings });
  const { operator, anna, bob, cleo } = await setting(server);
  const dora = await server.person('dora');
  const group = await opens(anna, bob, dora);
  const [annas, bobs, doras, ...others] = await listening(
    [anna, bob, dora, operator, cleo],
    intents,
  );
  await rings(anna, group);
  await joins(anna, group);
  await joins(bob, group);
  await joins(bob, group);
  for (const ears of [annas, bobs, doras]) await ears.unread();
  await anna.does('DELETE', `/channels/${group.id}/voice/leave`);
  await doras.hearsExactly('voice.state_update');
  await bob.does('DELETE', `/channels/${group.id}/voice/leave`);
  await bob.does('DELETE', `/channels/${group.id}/voice/leave`);
  for (const ears of [doras, bobs]) {
    const events = await ears.unread();
    expect(events.at(-1)).toMatchObject({
      type: 'call.end',
      data: { channel_id: group.id, user_id: bob.id },
    });
    expect(events.filter(({ type }) => type === 'call.end')).toHaveLength(1);
  }
  for (const ears of others) await ears.hearsNothing();
});

test('channels of spaces have no call that ends', async () => {
  await using server = await startTest({ settings });
  const home = await setting(server);
  const { anna, bob } = home;
  const lounge = await voiceChannel(home);
  const [bobs] = await listening([bob], intents);
  await joins(anna, lounge);
  await anna.does('DELETE', `/channels/${lounge.id}/voice/leave`);
  await bobs.hearsExactly('voice.state_update', 'voice.state_update');
});

test('a call outlives a dropped socket, and ends when nobody comes back to it', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings, clock });
  const { anna, bob } = await setting(server);
  const channel = await opens(anna, bob);
  const [annas, bobs] = await listening([anna, bob], intents);
  bobs.send(9, { channel_id: channel.id });
  await bobs.hears('voice.server_update');
  await annas.hears('voice.state_update');
  bobs.drop();
  for (let times = 0; times < 3; times += 1) {
    await annas.hearsNothing();
    await clock.pass(20_000);
  }
  for (let times = 0; times < 4; times += 1) {
    await clock.pass(20_000);
    await annas.settled();
  }
  const events = await annas.unread();
  expect(events.map(({ type }) => type)).toEqual(['voice.state_update', 'call.end']);
});

test('a restart ends no call but that of whoever does not come back', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const more = { ...settings, ...folder.settings };
  const first = await startTest({ settings: more, clock });
  const { anna, bob, cleo } = await setting(first);
  const channel = await opens(anna, bob);
  const [annas, bobs] = await listening([anna, bob], intents);
  bobs.send(9, { channel_id: channel.id });
  await bobs.hears('voice.server_update');
  await annas.unread();
  const { seq } = annas;
  await first.stop();
  const second = await startAgain(more, clock);
  const [annika, clea] = [new Person(second, anna), new Person(second, cleo)];
  const resumed = await annika.resumes(annas.ready['session_id'], seq);
  expect(resumed.missed).toEqual([]);
  const found = await annika.does('GET', `/channels/${channel.id}/voice-status`);
  expect(found.map(({ user_id }: any) => user_id)).toEqual([bob.id]);
  for (let times = 0; times < 8; times += 1) {
    await resumed.ears.settled();
    await clock.pass(20_000);
  }
  await resumed.ears.hears('voice.state_update');
  await resumed.ears.hears('call.end');
  await resumed.ears.hearsNothing();
  await clea.isRefused(403, 'GET', `/channels/${channel.id}/voice-status`);
  const own = await clea.listens(intents);
  expect(own.ready['voice_states']).toEqual([]);
  await second.stop();
});

test('RESUME replays a ring with what became of it, and no ring of more than a minute ago', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings, clock });
  const { anna, bob } = await setting(server);
  const channel = await opens(anna, bob);
  const bobs = await bob.listens(intents);
  const { session_id } = bobs.ready;
  bobs.drop();
  await rings(anna, channel);
  const replayed = async () => {
    const { ears, missed } = await bob.resumes(session_id, bobs.seq);
    ears.drop();
    const told = ears.frames.find(({ type }) => type === 'resumed')?.data['replayed'];
    expect(told).toBe(missed.length);
    return missed.map(({ type }) => type);
  };
  expect(await replayed()).toEqual(['call.ring']);
  await anna.does('POST', `/channels/${channel.id}/call/cancel`);
  expect(await replayed()).toEqual(['call.ring', 'call.cancel']);
  await clock.pass(45_000);
  await rings(anna, channel);
  await clock.pass(20_000);
  expect(await replayed()).toEqual(['call.cancel', 'call.ring']);
  await joins(anna, channel);
  await anna.does('DELETE', `/channels/${channel.id}/voice/leave`);
  await clock.pass(50_000);
  expect(await replayed()).toEqual([
    'call.cancel',
    'voice.state_update',
    'voice.state_update',
    'call.end',
  ]);
});
