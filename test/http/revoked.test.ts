// A request that takes a while has its token asked for again at the moment in which it changes something.
import { expect, test } from 'bun:test';
import { FakeLiveKit } from '../support/fake-livekit.ts';
import { startTest } from '../support/server.ts';
import { listening, world } from '../support/world.ts';

test('a request whose token is revoked while it waits changes nothing', async () => {
  await using livekit = new FakeLiveKit();
  await using server = await startTest({ settings: livekit.settings });
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  const lounge = await owner.does('POST', `/spaces/${space.id}/channels`, {
    name: 'Lounge',
    type: 'voice',
  });
  const [olgas] = await listening([owner], ['voice_states']);
  const room = livekit.holds('CreateRoom');
  const joining = bob.isRefused(401, 'POST', `/channels/${lounge.id}/voice/join`, {});
  await room.asked;
  await bob.does('POST', '/auth/logout');
  room.answer();
  await joining;
  await olgas.hearsNothing();
  expect(await owner.does('GET', `/channels/${lounge.id}/voice-status`)).toEqual([]);
});
