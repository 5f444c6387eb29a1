import { expect, test } from 'bun:test';
import { z } from 'zod';
import { changesMember } from '../../src/access/load.ts';
import { revokeTokens, hashToken } from '../../src/access/tokens.ts';
import { nobody, signal } from '../../src/events/event.ts';
import { updateMember } from '../../src/features/spaces/members/queries.ts';
import type { Ears } from '../support/ears.ts';
import { FakeLiveKit } from '../support/fake-livekit.ts';
import { allIntents } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import {
  deny,
  empower,
  everyoneOf,
  listening,
  voiceChannel,
  world,
  type World,
} from '../support/world.ts';

const intents = ['voice_states'];

interface Call extends AsyncDisposable {
  server: TestServer;
  livekit: FakeLiveKit;
  home: World<'bob' | 'cleo'>;
  channel: any;
  olgas: Ears;
  bobs: Ears;
  cleos: Ears;
}

/** `bob` is in voice and in LiveKit's room; `olga` owns the space, `cleo` is in it. */
async function call(): Promise<Call> {
  const livekit = new FakeLiveKit();
  const server = await startTest({ settings: livekit.settings });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { bob, cleo } = home;
  const channel = await voiceChannel(home);
  await bob.does('POST', `/channels/${channel.id}/voice/join`, {});
  livekit.puts(bob.id, channel);
  const [olgas, bobs, cleos] = await listening([home.owner, bob, cleo], intents);
  return {
    server,
    livekit,
    home,
    channel,
    olgas,
    bobs,
    cleos,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await livekit[Symbol.asyncDispose]();
    },
  };
}

/** Everyone in the channel's view and bob himself hear him go, once, and he is thrown out of the room. */
async function ends(
  { livekit, home, channel, olgas, bobs, cleos }: Call,
  to: Ears[] = [olgas, bobs, cleos],
) {
  const { bob } = home;
  for (const ears of to) {
    const { data } = await ears.hears('voice.state_update');
    expect(data).toMatchObject({ user_id: bob.id, channel_id: null, space_id: home.space.id });
    await ears.hearsNothing();
  }
  expect(await livekit.called('RemoveParticipant')).toMatchObject({
    room: `channel_${channel.id}`,
    identity: bob.id,
  });
}

const left = signal('conversation.left', z.object({ channel_id: z.string() }), {
  moves: (data) => data,
});

test('who may be in a channel no more goes when the channel moves, and nobody in any other', async () => {
  await using one = await call();
  const { server, home, channel } = one;
  const { bob, cleo } = home;
  const other = await voiceChannel(home, { name: 'Terrace' });
  await cleo.does('POST', `/channels/${other.id}/voice/join`, {});
  for (const ears of [one.olgas, one.bobs, one.cleos]) await ears.unread();
  await server.turn((turn) => {
    // Nothing has told yet that both may not be where they are.
    for (const { id } of [bob, cleo]) {
      changesMember(turn.app, home.space.id, id);
      updateMember(turn.tx, home.space.id, id, { timed_out_until: turn.now + 60_000 });
    }
    turn.tell(left, nobody, { channel_id: channel.id });
  });
  await ends(one, [one.olgas, one.bobs, one.cleos]);
  const there = await home.owner.does('GET', `/channels/${other.id}/voice-status`);
  expect(there.map(({ user_id }: { user_id: string }) => user_id)).toEqual([cleo.id]);
});

test('a kicked member is out of voice', async () => {
  await using one = await call();
  const { bob } = one.home;
  await one.home.owner.does('DELETE', `/spaces/${one.home.space.id}/members/${bob.id}`);
  await ends(one);
});

test('who leaves the space is out of voice, and so is the banned', async () => {
  await using one = await call();
  const { bob } = one.home;
  await bob.does('DELETE', `/spaces/${one.home.space.id}/members/@me`);
  await ends(one);
  await using two = await call();
  await two.home.owner.does('PUT', `/spaces/${two.home.space.id}/bans/${two.home.bob.id}`);
  await ends(two);
});

test('who goes hears the own voice end, then the leave, then of the space no more', async () => {
  const goes: Record<string, (one: Call) => Promise<unknown>> = {
    left: ({ home: { space, bob } }) => bob.does('DELETE', `/spaces/${space.id}/members/@me`),
    kicked: ({ home: { owner, space, bob } }) =>
      owner.does('DELETE', `/spaces/${space.id}/members/${bob.id}`),
    banned: ({ home: { owner, space, bob } }) =>
      owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, {
        delete_message_seconds: 60,
      }),
  };
  const after: Record<string, string[]> = {
    left: [],
    kicked: ['audit_log.create'],
    banned: ['ban.create', 'message.delete_bulk', 'audit_log.create'],
  };
  for (const [how, go] of Object.entries(goes)) {
    await using one = await call();
    const { owner, bob, cleo, general } = one.home;
    // An overwrite of one's own goes as well, after the voice.
    await owner.does('PUT', `/channels/${one.channel.id}/permissions/${bob.id}`, {
      type: 'member',
      allow: ['view_channel'],
      deny: [],
    });
    await bob.says(general, 'hello');
    const [olgas, bobs, cleos] = await listening([owner, bob, cleo], allIntents);
    await go(one);
    const begin = ['voice.state_update', 'channel.update', 'member.leave'];
    await olgas.hearsExactly(...begin, ...(after[how] ?? []));
    await bobs.hearsExactly('voice.state_update', 'member.leave', 'space.delete');
    await cleos.hearsExactly(...begin, ...(how === 'banned' ? ['message.delete_bulk'] : []));
  }
});

test('a timeout ends voice', async () => {
  await using one = await call();
  const { bob } = one.home;
  await one.home.owner.does('PATCH', `/spaces/${one.home.space.id}/members/${bob.id}`, {
    timed_out_until: new Date(Date.now() + 60_000).toISOString(),
  });
  await ends(one);
});

test('whoever may no longer connect is out, by a role or by an overwrite', async () => {
  await using one = await call();
  await deny(one.home, one.channel, 'connect');
  await ends(one);
  await using two = await call();
  const { owner, space } = two.home;
  const everyone = await everyoneOf(two.home);
  const permissions = everyone.permissions.filter((name) => name !== 'connect');
  await owner.does('PATCH', `/spaces/${space.id}/roles/${everyone.id}`, { permissions });
  await ends(two);
});

test('who no longer views the channel hears of nobody there but of the own end', async () => {
  await using one = await call();
  await deny(one.home, one.channel, 'view_channel');
  await ends(one, [one.olgas, one.bobs]);
  await one.cleos.hearsNothing();
});

test('a deleted channel ends its calls, and a deleted space all of its own', async () => {
  await using one = await call();
  await one.home.owner.does('DELETE', `/channels/${one.channel.id}`);
  await ends(one);
  await using two = await call();
  await two.home.owner.does('DELETE', `/spaces/${two.home.space.id}`);
  await ends(two, [two.bobs]);
});

test('voice ends with the last token of an account, not with another one', async () => {
  await using one = await call();
  const { server, home, olgas, cleos } = one;
  const { bob } = home;
  const second = 'ab'.repeat(32);
  await server.turn((turn) => {
    const row = { user_id: bob.id, kind: 'user', created_at: turn.now, n: 99 };
    turn.tx.sqlite
      .query('INSERT INTO tokens (hash, user_id, kind, created_at, n) VALUES (?, ?, ?, ?, ?)')
      .run(hashToken(second), row.user_id, row.kind, row.created_at, row.n);
  });
  await bob.does('POST', '/auth/logout');
  await olgas.hearsNothing();
  await server.turn((turn) => revokeTokens(turn, bob.id, [hashToken(second)]));
  await ends(one, [olgas, cleos]);
});

test('what a moderator sets shows in the state and holds in the room', async () => {
  await using one = await call();
  const { livekit, home, olgas } = one;
  const { bob } = home;
  const member = `/spaces/${home.space.id}/members/${bob.id}`;
  await home.owner.does('PATCH', member, { mute: true });
  expect((await olgas.hears('voice.state_update')).data).toMatchObject({ mute: true, deaf: false });
  expect((await livekit.called('UpdateParticipant')).permission).toMatchObject({
    canPublish: true,
    canPublishSources: ['CAMERA', 'SCREEN_SHARE', 'SCREEN_SHARE_AUDIO'],
    canSubscribe: true,
    canPublishData: true,
  });
  await home.owner.does('PATCH', member, { mute: false, deaf: true });
  expect((await olgas.hears('voice.state_update')).data).toMatchObject({ mute: false, deaf: true });
  const { permission } = await livekit.called('UpdateParticipant');
  expect(permission.canSubscribe ?? false).toBe(false);
  expect(permission.canPublishSources).toContain('MICROPHONE');
  await home.owner.does('PATCH', member, { nickname: 'Bobby' });
  await olgas.hearsNothing();
  expect(livekit.calls.filter(({ method }) => method === 'UpdateParticipant')).toEqual([]);
});

test('speak and stream that change during a call take effect in the room, unseen by others', async () => {
  await using one = await call();
  const { livekit, home, channel, olgas } = one;
  await deny(home, channel, 'speak');
  const silent = await livekit.called('UpdateParticipant');
  expect(silent.permission.canPublishSources).not.toContain('MICROPHONE');
  const { bob } = home;
  await home.owner.does('PUT', `/channels/${channel.id}/permissions/${bob.id}`, {
    type: 'member',
    allow: [],
    deny: ['stream'],
  });
  const mute = await livekit.called('UpdateParticipant');
  // An empty list would mean every source.
  expect(mute.permission.canPublish ?? false).toBe(false);
  expect(mute.permission.canSubscribe).toBe(true);
  // Still a way to be heard: bob may write.
  expect(mute.permission.canPublishData).toBe(true);
  await home.owner.does('PUT', `/channels/${channel.id}/permissions/${bob.id}`, {
    type: 'member',
    allow: [],
    deny: ['stream', 'send_messages'],
  });
  const quiet = await livekit.called('UpdateParticipant');
  expect(quiet.permission.canPublishData ?? false).toBe(false);
  await olgas.hearsNothing();
});

test('a change that touches nobody in voice asks LiveKit nothing and tells nothing', async () => {
  await using one = await call();
  const { livekit, home, olgas } = one;
  const { cleo } = home;
  livekit.calls.length = 0;
  await empower(home, cleo, 'manage_messages');
  await home.owner.does('PATCH', `/channels/${one.channel.id}`, { name: 'Parlour' });
  await home.owner.does('DELETE', `/spaces/${home.space.id}/members/${cleo.id}`);
  await olgas.hearsNothing();
  expect(livekit.calls).toEqual([]);
});
