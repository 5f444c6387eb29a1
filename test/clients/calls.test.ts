// Both clients call one another in a conversation: they ring, enter over REST, and leave.
import { expect, test } from 'bun:test';
import { claimsOf, FakeLiveKit } from '../support/fake-livekit.ts';
import { Flutter } from '../support/clients/flutter.ts';
import { Godot } from '../support/clients/godot.ts';
import * as read from '../support/clients/godot-models.ts';
import { startTest } from '../support/server.ts';

test('one rings, the other declines or comes, and the last one ends it', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  await server.person('operator');
  const [anna, bob, cleo] = [
    await server.person('anna'),
    await server.person('bob'),
    await server.person('cleo'),
  ];
  const annas = new Godot(server, anna.token);
  using bobs = new Flutter(server).has(bob.token);
  await bobs.connects();
  const ears = await annas.listens();
  const cleos = await cleo.listens();
  const dm = await annas.does('POST', '/users/@me/channels', { recipient_id: bob.id });
  const path = `/channels/${dm.id}`;
  const here = ({ channel_id }: any) => channel_id === dm.id;
  // Neither a body nor its length.
  await annas.does('POST', `${path}/call/ring`);
  const ring = await bobs.socket.hears('call.ring', here);
  expect(ring).toMatchObject({ channel_id: dm.id, caller_id: anna.id });
  expect(new Set(ring.participants)).toEqual(new Set([anna.id, bob.id]));
  await bobs.rest.does('POST', `${path}/call/decline`);
  const declined = await ears.hears('call.decline', here);
  expect(declined.data).toMatchObject({ channel_id: dm.id, user_id: bob.id });
  await annas.does('POST', `${path}/call/cancel`);
  expect(await bobs.socket.hears('call.cancel', here)).toMatchObject({ user_id: anna.id });

  const flags = { self_mute: false, self_deaf: false };
  const joined = await annas.does('POST', `${path}/voice/join`, flags);
  expect(joined.livekit_url).toStartWith('ws');
  expect(claimsOf(joined.token).sub).toBe(anna.id);
  const state = await bobs.socket.hears('voice.state_update', here);
  expect(read.voiceState(state)).toMatchObject({ user_id: anna.id, space_id: null });
  const other = await bobs.rest.does('POST', `${path}/voice/join`, { body: flags });
  expect(claimsOf(other.token).sub).toBe(bob.id);
  await ears.hears('voice.state_update', (data) => here(data) && data['user_id'] === bob.id);
  const states = read.listOf(read.voiceState)(await annas.does('GET', `${path}/voice-status`));
  expect(new Set(states.map(({ user_id }) => user_id))).toEqual(new Set([anna.id, bob.id]));
  // The token came over REST: another one over the socket would make it enter twice.
  expect(ears.frames.filter(({ type }) => type === 'voice.server_update')).toEqual([]);
  await annas.does('DELETE', `${path}/voice/leave`);
  await bobs.socket.hears(
    'voice.state_update',
    ({ user_id, channel_id }) => user_id === anna.id && channel_id === null,
  );
  await ears.settled();
  expect(ears.frames.filter(({ type }) => type === 'call.end')).toEqual([]);
  await bobs.rest.does('DELETE', `${path}/voice/leave`);
  const ended = await ears.hears('call.end', here);
  expect(ended.data).toMatchObject({ user_id: bob.id });
  await bobs.socket.hears('call.end', here);
  expect((await cleos.unread()).map(({ type }) => type)).toEqual([]);
  // Nobody from outside rings, comes or looks.
  for (const [method, more] of [
    ['POST', 'call/ring'],
    ['POST', 'call/decline'],
    ['POST', 'call/cancel'],
    ['POST', 'voice/join'],
    ['GET', 'voice-status'],
  ] as const) {
    await cleo.isRefused(403, method, `${path}/${more}`, method === 'GET' ? undefined : {});
  }
});
