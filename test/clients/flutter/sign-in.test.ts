import { expect, test } from 'bun:test';
import { Flutter } from '../../support/clients/flutter.ts';
import * as read from '../../support/clients/flutter-models.ts';
import { foundSpace } from '../../../src/features/spaces/spaces/actions.ts';
import { FakeClock } from '../../support/clock.ts';
import { startTest } from '../../support/server.ts';

/** A space that nobody else finds. */
const plain = { public: false, allow_guest_access: false };

test('it signs up, connects, and finds itself in the spaces that it is shown', async () => {
  await using server = await startTest();
  using client = new Flutter(server);
  const me = await client.signsUp('anna');
  const { id } = await client.rest.does('POST', '/spaces', { body: { name: 'Garden' } });
  const spaces = await client.connects();
  expect(spaces.map(({ space }) => space.id)).toContain(id);
  for (const { roles } of spaces) expect(roles[0]).toMatchObject({ position: 0 });
  const { channels, members } = await client.opens({ id });
  expect(channels).toHaveLength(1);
  expect(members).toMatchObject([{ user: { id: me.id, username: 'anna' }, nick: null }]);
  expect(client.rest.isSignedOut).toBe(false);
});

test('it signs in with what it registered, and a wrong password there is the only 401', async () => {
  await using server = await startTest();
  const first = new Flutter(server);
  await first.signsUp('anna', 'correct horse battery');
  const client = new Flutter(server);
  const sign = (password: string) =>
    client.rest.call('POST', '/auth/login', { body: { username: 'anna', password } });
  expect(await sign('wrong')).toMatchObject({ ok: false, status: 401 });
  const { ok, data } = await sign('correct horse battery');
  expect(ok).toBe(true);
  client.rest.token = data.token;
  read.user(data.user);
  const body = { old_password: 'wrong', new_password: 'another good password' };
  const refused = await client.rest.call('POST', '/auth/change-password', { body });
  expect(refused).toMatchObject({ ok: false, status: 403 });
  expect(client.rest.isSignedOut).toBe(false);
  await client.rest.does('POST', '/auth/change-password', {
    body: { ...body, old_password: 'correct horse battery' },
  });
});

test('whatever is not there yet answers something else than 401, which would sign it out', async () => {
  await using server = await startTest();
  const client = new Flutter(server);
  const me = await client.signsUp('anna');
  const { id } = await client.rest.does('POST', '/spaces', { body: { name: 'Garden' } });
  const [channel] = await client.rest.gets(read.channels, `/spaces/${id}/channels`);
  for (const [method, path, body] of [
    ['PUT', '/users/@me/encryption', { exchange_key: '', signing_key: '' }],
    ['GET', `/channels/${channel.id}/encryption`, undefined],
    ['GET', `/spaces/${id}/presences`, undefined],
    ['GET', `/spaces/${id}/arcade`, undefined],
    ['GET', `/spaces/${id}/arcade/sessions`, undefined],
    ['GET', `/automod/${id}/policy`, undefined],
    ['GET', '/automod/uploads/1', undefined],
    ['POST', '/auth/2fa/enable', { password: 'wrong' }],
    ['DELETE', '/users/@me', { password: 'wrong' }],
    ['POST', '/federation/spaces/join', { domain: 'example.org', space_id: '1' }],
    ['PUT', `/users/@me/relationships/${me.id}`, { type: 1 }],
    ['GET', '/users/@me/data-export', undefined],
  ] as const) {
    const answer = await client.rest.call(method, path, body === undefined ? {} : { body });
    expect({ path, isSignedOut: client.rest.isSignedOut }).toEqual({ path, isSignedOut: false });
    if (!answer.ok) expect(answer.error?.code).not.toStartWith('HTTP_');
  }
});

test('a guest looks around, and is asked for nothing that would sign it out', async () => {
  await using server = await startTest();
  const owner = await server.person('olga');
  const { space, general } = await owner.founds();
  await owner.does('PATCH', `/channels/${general.id}`, { allow_anonymous_read: true });
  const client = new Flutter(server);
  const body = { space_id: space.id };
  client.rest.token = (await client.rest.does('POST', '/auth/guest', { body })).token;
  await client.rest.gets(read.user, '/users/@me');
  await client.rest.gets(read.spaces, '/users/@me/spaces');
  await client.rest.gets(read.channels, `/spaces/${space.id}/channels`);
  await client.rest.gets(read.messages, `/channels/${general.id}/messages`, { limit: 50 });
  expect(await client.rest.does('GET', '/users/@me/relationships')).toEqual([]);
  expect(await client.rest.gets(read.roles, `/spaces/${space.id}/roles`)).not.toEqual([]);
  expect(client.rest.isSignedOut).toBe(false);
});

test('with the limits of a new server it connects in a hundred spaces without being held up', async () => {
  const clock = new FakeClock();
  const settings = { RATE_LIMIT_PER_MINUTE: '60', RATE_LIMIT_BURST: '10' };
  await using server = await startTest({ clock, settings });
  const anna = await server.person('anna');
  for (let n = 0; n < 100; n += 1) {
    await server.turn((turn) => foundSpace(turn, anna.id, { ...plain, name: `Space ${n}` }));
  }
  // With that of the server, which everybody joins.
  const all = 101;
  const [phone, desk] = [new Flutter(server).has(anna.token), new Flutter(server).has(anna.token)];
  expect(await phone.afterReady()).toHaveLength(all);
  expect(await desk.afterReady()).toHaveLength(all);
  // And again, because the line broke and RESUME was refused.
  expect(await phone.afterReady()).toHaveLength(all);
  expect([...phone.rest.waits, ...desk.rest.waits]).toEqual([]);
});

test('above the limit it waits for as long as the body says, and sends no message again', async () => {
  const clock = new FakeClock();
  const settings = { RATE_LIMIT_PER_MINUTE: '60', RATE_LIMIT_BURST: '1' };
  await using server = await startTest({ clock, settings });
  const anna = await server.person('anna');
  const { general } = await anna.founds();
  const client = new Flutter(server, (seconds) => clock.pass(seconds * 1_000)).has(anna.token);
  for (let n = 0; n < 61; n += 1) await client.rest.call('GET', '/users/@me');
  expect(client.rest.waits.length).toBeGreaterThan(0);
  expect(client.rest.waits.every((wait) => wait > 0 && wait <= 5)).toBe(true);
  while ((await anna.call('GET', '/users/@me')).status === 200);
  const { body } = await anna.call('GET', '/users/@me');
  expect(body.error.retry_after).toBeGreaterThan(0);
  const before = client.rest.waits.length;
  const asked = { body: { content: 'hello' }, once: true };
  const refused = await client.rest.call('POST', `/channels/${general.id}/messages`, asked);
  expect(refused).toMatchObject({ ok: false, status: 429 });
  expect(client.rest.waits).toHaveLength(before);
});
