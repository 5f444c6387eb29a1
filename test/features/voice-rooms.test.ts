import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastComparison } from '../../src/features/live/voice/comparison.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { FakeLiveKit } from '../support/fake-livekit.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { deny, listening, voiceChannel, world } from '../support/world.ts';

const intents = ['voice_states'];
/** A comparison and a little more. */
const round_ms = 20_000;

/** One more comparison, and what it led to has been written. */
async function comparison({ app }: TestServer, clock: FakeClock): Promise<void> {
  await clock.pass(round_ms);
  await lastComparison(app);
}

test('a join while LiveKit is away, or does not answer, is refused quickly and leaves no state', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const channel = await voiceChannel(home);
  const [olgas] = await listening([home.owner], intents);
  for (const state of ['away', 'silent'] as const) {
    livekit.state = state;
    const refused = await bob.isRefused(503, 'POST', `/channels/${channel.id}/voice/join`, {});
    expect(refused.code).toBe('voice_unavailable');
    expect(await bob.does('GET', `/channels/${channel.id}/voice-status`)).toEqual([]);
    // Chat does not notice.
    await bob.says(home.general, `LiveKit is ${state}`);
  }
  await olgas.hearsNothing();
  livekit.state = 'here';
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  await olgas.hearsExactly('voice.state_update');
});

test('who comes back at once is not hit by being taken out a moment ago', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const channel = await voiceChannel(home);
  const join = () => bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  await join();
  livekit.puts(bob.id, channel);
  const removal = livekit.holds('RemoveParticipant');
  livekit.calls.length = 0;
  await bob.does('DELETE', `/channels/${channel.id}/voice/leave`);
  const order: string[] = [];
  const joined = join().then(() => order.push('joined'));
  const removed = livekit.called('RemoveParticipant').then(() => order.push('removed'));
  await livekit.called('CreateRoom');
  await bob.says(home.general, 'the room is there, and I am not taken out yet');
  removal.answer();
  await Promise.all([joined, removed]);
  expect(order).toEqual(['removed', 'joined']);
});

test('a kick does not wait for LiveKit, and the room is cleared when it is back', async () => {
  const clock = new FakeClock();
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings, clock });
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const channel = await voiceChannel(home);
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  livekit.puts(bob.id, channel);
  livekit.state = 'away';
  await home.owner.does('DELETE', `/spaces/${home.space.id}/members/${bob.id}`);
  expect(livekit.in(channel)).toEqual([bob.id]);
  expect(await home.owner.does('GET', `/channels/${channel.id}/voice-status`)).toEqual([]);
  await comparison(server, clock);
  livekit.state = 'here';
  await comparison(server, clock);
  await livekit.called('RemoveParticipant');
  expect(livekit.in(channel)).toEqual([]);
});

test('a comparison throws out who has no state for that very room, and leaves foreign rooms alone', async () => {
  const clock = new FakeClock();
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings, clock });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { bob, cleo } = home;
  const channel = await voiceChannel(home);
  const other = await voiceChannel(home, { name: 'Other' });
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  livekit.puts(bob.id, channel);
  livekit.puts(bob.id, other);
  livekit.puts(cleo.id, channel);
  livekit.rooms.set('rehearsal', new Map([['7', { identity: '7', sid: 'PA_7' }]]));
  await comparison(server, clock);
  // Nobody waits for the calls themselves.
  await livekit.called('RemoveParticipant');
  await livekit.called('RemoveParticipant');
  expect(livekit.in(channel)).toEqual([bob.id]);
  expect(livekit.in(other)).toEqual([]);
  expect(livekit.rooms.get('rehearsal')?.size).toBe(1);
});

test('a comparison corrects what somebody may do who came with an old token', async () => {
  const clock = new FakeClock();
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings, clock });
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const channel = await voiceChannel(home);
  await deny(home, channel, 'speak');
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  livekit.puts(bob.id, channel);
  await comparison(server, clock);
  const { permission } = await livekit.called('UpdateParticipant');
  expect(permission.canPublishSources).not.toContain('MICROPHONE');
});

test('a state ends when its participant is missing twice in a row, and not before', async () => {
  const clock = new FakeClock();
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings, clock });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { bob, cleo } = home;
  const channel = await voiceChannel(home);
  const status = async () => {
    const states = await home.owner.does('GET', `/channels/${channel.id}/voice-status`);
    return states.map(({ user_id }: { user_id: string }) => user_id);
  };
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  await cleo.does('POST', `/channels/${channel.id}/voice/join`, {});
  livekit.puts(cleo.id, channel);
  // Missed once, then there, then missed once more: a lost connection that came back.
  await comparison(server, clock);
  livekit.puts(bob.id, channel);
  await comparison(server, clock);
  livekit.rooms.get(`channel_${channel.id}`)?.delete(bob.id);
  await comparison(server, clock);
  expect(await status()).toEqual([bob.id, cleo.id]);
  // A LiveKit that cannot be asked proves nothing.
  livekit.state = 'away';
  for (let times = 0; times < 4; times += 1) await comparison(server, clock);
  expect(await status()).toEqual([bob.id, cleo.id]);
  livekit.state = 'here';
  const ears = await home.owner.listens(intents);
  await comparison(server, clock);
  expect(await status()).toEqual([cleo.id]);
  const { data } = await ears.hears('voice.state_update');
  expect(data).toMatchObject({ user_id: bob.id, channel_id: null });
});

for (const step_ms of [0, -18_000_000, 18_000_000]) {
  test(`who has just joined is given time to arrive, while the clock is set by ${step_ms} ms`, async () => {
    const clock = new FakeClock();
    await using livekit = new FakeLiveKit();
    await using server = await startTest({ settings: livekit.settings, clock });
    const home = await world(server, 'olga', 'bob');
    const { bob } = home;
    const channel = await voiceChannel(home);
    const states = () => home.owner.does('GET', `/channels/${channel.id}/voice-status`);
    await clock.pass(19_000);
    await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
    clock.step(step_ms);
    // To the very moment of a comparison: the clock stands there until LiveKit has answered.
    await clock.pass(1_000);
    await lastComparison(server.app);
    await comparison(server, clock);
    // Missed at 1 s and at 21 s after the join.
    expect(await states()).toHaveLength(1);
    await comparison(server, clock);
    expect(await states()).toHaveLength(0);
  });
}

test('a state that is dated ahead ends as soon as its participant is missing twice', async () => {
  const clock = new FakeClock();
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings, clock });
  const home = await world(server, 'olga', 'bob');
  const channel = await voiceChannel(home);
  await home.bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  server.app.db.sqlite.run('UPDATE voice_states SET since = since + 86400000');
  await comparison(server, clock);
  await comparison(server, clock);
  expect(await home.owner.does('GET', `/channels/${channel.id}/voice-status`)).toEqual([]);
});

test('a restart of the server ends no call, and clears the room of who was thrown out before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'accord-voice-'));
  await using livekit = new FakeLiveKit();
  const settings = { ...livekit.settings, DATABASE_URL: `sqlite:${folder}/accord.db` };
  const first = await startTest({ settings });
  const home = await world(first, 'olga', 'bob', 'cleo');
  const { bob, cleo } = home;
  const channel = await voiceChannel(home);
  await bob.does('POST', `/channels/${channel.id}/voice/join`, { self_mute: true });
  const before = await bob.does('GET', `/channels/${channel.id}/voice-status`);
  await first.stop();
  livekit.puts(bob.id, channel);
  livekit.puts(cleo.id, channel);
  livekit.calls.length = 0;
  const again = await startAgain(settings);
  expect(await livekit.called('RemoveParticipant')).toMatchObject({ identity: cleo.id });
  expect(livekit.in(channel)).toEqual([bob.id]);
  const { data } = await again.call('GET', `/channels/${channel.id}/voice-status`, undefined, {
    authorization: bob.authorization,
  });
  expect(data).toEqual(before);
  await again.stop();
  rmSync(folder, { recursive: true });
});

test('LiveKit reports who came: strangers are thrown out, the others get what they may do', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { bob, cleo } = home;
  const channel = await voiceChannel(home);
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  const came = (person: { id: string }, permission: object) => ({
    event: 'participant_joined',
    room: { name: `channel_${channel.id}` },
    participant: { identity: person.id, sid: `PA_${person.id}`, permission },
  });
  livekit.puts(cleo.id, channel);
  expect(await livekit.reports(server.origin, came(cleo, { canPublish: true }))).toBe(200);
  expect(await livekit.called('RemoveParticipant')).toMatchObject({ identity: cleo.id });
  livekit.puts(bob.id, channel);
  const full = { canPublish: true, canSubscribe: true, canPublishData: true };
  expect(await livekit.reports(server.origin, came(bob, full))).toBe(200);
  expect(await livekit.reports(server.origin, came(bob, { canPublish: true }))).toBe(200);
  expect((await livekit.called('UpdateParticipant')).permission.canSubscribe).toBe(true);
  expect(livekit.in(channel)).toEqual([bob.id]);
});

test('the going of a connection ends voice only where nobody will come back', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const channel = await voiceChannel(home);
  const room = { name: `channel_${channel.id}` };
  const report = (event: string, sid: string, disconnectReason = 'CLIENT_INITIATED') =>
    livekit.reports(server.origin, {
      event,
      room,
      participant: { identity: bob.id, sid, disconnectReason, permission: {} },
    });
  const states = () => home.owner.does('GET', `/channels/${channel.id}/voice-status`);
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  const bobs = await bob.listens(intents);
  await report('participant_joined', 'PA_1');
  await report('participant_joined', 'PA_2');
  // The first device's going comes after the second one's coming.
  await report('participant_left', 'PA_1');
  await report('participant_left', 'PA_2');
  expect(await states()).toHaveLength(1);
  bobs.close(1000);
  await bobs.closes();
  await report('participant_joined', 'PA_3');
  await report('participant_left', 'PA_3', 'SERVER_SHUTDOWN');
  await report('participant_joined', 'PA_4');
  await report('participant_left', 'PA_3');
  expect(await states()).toHaveLength(1);
  await report('participant_left', 'PA_4');
  expect(await states()).toHaveLength(0);
});

test('reports that LiveKit did not sign are refused and counted; signed ones are never too many', async () => {
  await using livekit = new FakeLiveKit();
  const limits = { RATE_LIMIT_PER_MINUTE: '4', RATE_LIMIT_BURST: '0' };
  const clock = new FakeClock();
  await using server = await startTest({ settings: { ...livekit.settings, ...limits }, clock });
  const report = { event: 'room_started', room: { name: 'channel_1' } };
  for (let times = 0; times < 10; times += 1) {
    expect(await livekit.reports(server.origin, report)).toBe(200);
  }
  const statuses: number[] = [];
  for (const authorization of ['', 'nonsense', 'a.b.c', 'Bearer x', 'again']) {
    statuses.push(await livekit.reports(server.origin, report, authorization));
  }
  expect(statuses).toEqual([401, 401, 401, 401, 429]);
  expect(await livekit.reports(server.origin, report)).toBe(200);
});

test('the doctor sees instance admins only, and says that nothing answers', async () => {
  await using server = await startTest({
    settings: {
      LIVEKIT_INTERNAL_URL: 'http://127.0.0.1:1',
      LIVEKIT_API_KEY: 'key',
      LIVEKIT_API_SECRET: 'short',
      PUBLIC_URL: 'https://chat.example.org',
    },
  });
  const bob = await server.person('bob');
  await bob.isRefused(403, 'GET', '/admin/voice/doctor');
  const { healthy, findings } = await server.admin.does('GET', '/admin/voice/doctor');
  expect(healthy).toBe(false);
  const bad = findings.map(({ check, state }: any) => `${check} ${state}`);
  expect(bad).toEqual(['addresses bad', 'secret bad', 'reach bad']);
  for (const { says, mend } of findings) {
    expect(says).not.toContain('\n');
    expect(mend).toEqual(expect.any(String));
  }
});

test('the doctor says that voice is off where nothing is set', async () => {
  await using server = await startTest();
  const { findings } = await server.admin.does('GET', '/admin/voice/doctor');
  expect(findings).toMatchObject([{ check: 'settings', state: 'bad' }]);
});
