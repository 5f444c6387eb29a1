import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';

test('a timeout, a mute and a deafening outlive leaving and coming back', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  const { space, general } = await anna.founds();
  await bob.joins(space);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
    communication_disabled_until: until,
    mute: true,
    deaf: true,
  });
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bob.joins(space);
  expect(await anna.does('GET', `/spaces/${space.id}/members/${bob.id}`)).toMatchObject({
    timed_out_until: until,
    mute: true,
    deaf: true,
  });
  await bob.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'hello' });
  await anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
    communication_disabled_until: null,
  });
  await bob.says(general, 'hello');
});

test('who leaves without any sanction comes back without any', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  const { space, general } = await anna.founds();
  await bob.joins(space);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bob.joins(space);
  await bob.says(general, 'hello');
  expect(await anna.does('GET', `/spaces/${space.id}/members/${bob.id}`)).toMatchObject({
    timed_out_until: null,
    mute: false,
    deaf: false,
  });
});
