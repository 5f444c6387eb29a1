import { afterAll, afterEach, beforeAll, expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastComparison } from '../../src/features/live/voice/comparison.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
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

async function speaking(person: Person, channel: any): Promise<Participant> {
  const invitation = await person.does('POST', `/channels/${channel.id}/voice/join`, {});
  const participant = await Participant.enters(invitation);
  present.push(participant);
  expect(await participant.speaks()).toBe(true);
  return participant;
}

async function statusOf(person: Person, channel: any): Promise<string[]> {
  const states = await person.does('GET', `/channels/${channel.id}/voice-status`);
  return states.map(({ user_id }: { user_id: string }) => user_id).toSorted();
}

/** Twenty seconds pass, and LiveKit has been asked. */
async function comparison({ app }: TestServer, clock: FakeClock): Promise<void> {
  await clock.pass(20_000);
  await lastComparison(app);
}

liveTest(
  'a LiveKit that is killed and started again ends no call and leaves no ghost',
  async () => {
    const clock = new FakeClock();
    await using server = await startTest({ settings: livekit.settings, clock });
    const home = await world(server, 'olga', 'bob', 'cleo');
    const { owner, general, bob, cleo } = home;
    const channel = await voiceChannel(home);
    const olga = await speaking(owner, channel);
    const bobby = await speaking(bob, channel);
    await olga.hears(bob);
    await livekit.end();
    const refused = await cleo.isRefused(503, 'POST', `/channels/${channel.id}/voice/join`, {});
    expect(refused.code).toBe('voice_unavailable');
    await cleo.says(general, 'voice is away');
    for (let times = 0; times < 4; times += 1) await comparison(server, clock);
    const both = [owner.id, bob.id].toSorted();
    expect(await statusOf(cleo, channel)).toEqual(both);
    await livekit.start();
    await Promise.all([olga.hears(bob), bobby.hears(owner)]);
    await comparison(server, clock);
    expect(await livekit.in(channel)).toEqual(both);
    expect(await statusOf(cleo, channel)).toEqual(both);
    const cleos = await speaking(cleo, channel);
    await Promise.all([olga.hears(cleo), cleos.hears(bob)]);
  },
);

liveTest('who does not come back after a restart of LiveKit leaves no ghost', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings: livekit.settings, clock });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob } = home;
  const channel = await voiceChannel(home);
  const before = await speaking(bob, channel);
  await livekit.end();
  await before.leaves();
  await comparison(server, clock);
  expect(await statusOf(owner, channel)).toEqual([bob.id]);
  await livekit.start();
  await comparison(server, clock);
  await comparison(server, clock);
  expect(await statusOf(owner, channel)).toEqual([]);
  const olga = await speaking(owner, channel);
  await speaking(bob, channel);
  await olga.hears(bob);
});

liveTest('who is kicked while LiveKit is down does not come back with it', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ settings: livekit.settings, clock });
  const home = await world(server, 'olga', 'bob');
  const { owner, space, bob } = home;
  const channel = await voiceChannel(home);
  const olga = await speaking(owner, channel);
  const bobby = await speaking(bob, channel);
  await olga.hears(bob);
  await livekit.end();
  await owner.does('DELETE', `/spaces/${space.id}/members/${bob.id}`);
  await livekit.start();
  await bobby.isThrownOut();
  await until('the room to be without bob', async () => {
    await comparison(server, clock);
    return (await livekit.in(channel)).join() === owner.id;
  });
  expect(await statusOf(owner, channel)).toEqual([owner.id]);
});

liveTest(
  'a restart of our server ends no call, and what happened meanwhile is put right',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'accord-voice-'));
    const settings = { ...livekit.settings, DATABASE_URL: `sqlite:${folder}/accord.db` };
    const clock = new FakeClock();
    const first = await startTest({ settings, clock });
    const home = await world(first, 'olga', 'bob', 'cleo');
    const { owner, space, bob, cleo } = home;
    const channel = await voiceChannel(home);
    const olga = await speaking(owner, channel);
    await speaking(bob, channel);
    const cleos = await speaking(cleo, channel);
    await olga.hears(bob);
    await first.stop();
    // Nobody is told, and the call goes on.
    await olga.hears(bob);
    await cleos.leaves();
    const again = await startAgain(settings, clock);
    const anew = (person: Person) => new Person(again, person);
    await lastComparison(again.app);
    expect(await statusOf(anew(owner), channel)).toEqual([owner.id, bob.id, cleo.id].toSorted());
    const ears = await anew(owner).listens(['voice_states', 'members']);
    expect(ears.ready['voice_states']).toHaveLength(3);
    await olga.hears(bob);
    // Cleo went while nobody listened: she is missed in this and the next comparisons.
    await until('cleo to be gone', async () => {
      await comparison(again, clock);
      return !(await statusOf(anew(owner), channel)).includes(cleo.id);
    });
    expect(await statusOf(anew(owner), channel)).toEqual([owner.id, bob.id].toSorted());
    await olga.hears(bob);
    await anew(owner).does('DELETE', `/spaces/${space.id}/members/${bob.id}`);
    await until('the room to be without bob', async () => {
      return (await livekit.in(channel)).join() === owner.id;
    });
    await again.stop();
    rmSync(folder, { recursive: true });
  },
);

liveTest(
  'somebody whose machine dies leaves no ghost on either side',
  async () => {
    const clock = new FakeClock();
    await using server = await startTest({ settings: livekit.settings, clock });
    const home = await world(server, 'olga', 'bob', 'cleo');
    const { owner, bob } = home;
    const channel = await voiceChannel(home);
    const invitation = await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
    const script = join(import.meta.dir, '../support/participant-process.ts');
    const machine = Bun.spawn(
      [process.execPath, script, invitation.livekit_url, invitation.token],
      {
        stdout: 'pipe',
        stderr: 'ignore',
      },
    );
    const output = machine.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of output) if (text.includes('entered')) break;
    expect(await livekit.in(channel)).toEqual([bob.id]);
    machine.kill('SIGKILL');
    await machine.exited;
    await comparison(server, clock);
    expect(await statusOf(owner, channel)).toEqual([bob.id]);
    // LiveKit itself takes some 20 s to notice.
    await until(
      'LiveKit to miss bob',
      async () => (await livekit.in(channel)).length === 0,
      45_000,
    );
    const [olgas] = await listening([owner], ['voice_states']);
    await comparison(server, clock);
    await comparison(server, clock);
    const { data } = await olgas.hears('voice.state_update');
    expect(data).toMatchObject({ user_id: bob.id, channel_id: null });
    expect(await statusOf(owner, channel)).toEqual([]);
  },
  70_000,
);

liveTest('a report that LiveKit did not sign changes nothing', async () => {
  await using server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob');
  const { owner, bob } = home;
  const channel = await voiceChannel(home);
  const olga = await speaking(owner, channel);
  await speaking(bob, channel);
  await olga.hears(bob);
  const body = JSON.stringify({
    event: 'participant_left',
    room: { name: `channel_${channel.id}` },
    participant: { identity: bob.id, sid: 'PA_1', disconnectReason: 'CLIENT_INITIATED' },
  });
  const signed = await livekit.api.sign('another body');
  for (const authorization of ['', 'x.y.z', signed, `Bearer ${bob.token}`]) {
    const response = await fetch(`${server.origin}/api/v1/voice/webhook`, {
      method: 'POST',
      body,
      headers: { authorization },
    });
    expect(response.status).toBe(401);
  }
  expect(await statusOf(owner, channel)).toEqual([owner.id, bob.id].toSorted());
  await olga.hears(bob);
});
