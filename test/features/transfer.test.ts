// A space is handed over by its owner, with their password, to a member who can look after it.
import { expect, test } from 'bun:test';
import { handOver } from '../../src/features/spaces/members/owner.ts';
import { FakeClock } from '../support/clock.ts';
import { password, withPassword } from '../support/deleting.ts';
import { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { empower, hiddenChannel, listening, rolesOf, world } from '../support/world.ts';

const at = ({ id }: { id: string }) => `/spaces/${id}/transfer`;

test('a space that is handed over has the new owner at once, and the old one as a member with its roles', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, space } = home;
  await withPassword(server, owner);
  const hidden = await hiddenChannel(home);
  const [olgas, bobs, cleos] = await listening([owner, bob, cleo], ['spaces', 'members']);
  const handed = await owner.does('POST', at(space), { owner_id: bob.id, password });
  expect(handed).toEqual({ ...space, owner_id: bob.id });
  expect(await cleo.does('GET', `/spaces/${space.id}`)).toEqual(handed);
  const admin = (await rolesOf(bob, space)).find(({ name }) => name === 'Admin')?.id ?? '';
  const updates = await cleos.hearsExactly('space.update', 'member.update');
  expect(updates.map(({ data }) => data['owner_id'] ?? data['roles'])).toEqual([bob.id, [admin]]);
  await olgas.hears('space.update');
  await bobs.hears('channel.create', ({ id }) => id === hidden.id);
  // The roles of a founder stay, with what they allow.
  const { roles } = await bob.does('GET', `/spaces/${space.id}/members/${owner.id}`);
  expect(roles).toEqual([admin]);
  await owner.isRefused(403, 'DELETE', `/spaces/${space.id}`);
  await owner.does('DELETE', `/spaces/${space.id}/members/@me`);
  await bob.does('DELETE', `/spaces/${space.id}`);
});

test('what the old owner alone could do ends with the answer', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space } = home;
  await withPassword(server, owner);
  const admin = (await rolesOf(owner, space)).find(({ name }) => name === 'Admin')?.id ?? '';
  await owner.does('DELETE', `/spaces/${space.id}/members/${owner.id}/roles/${admin}`);
  const hidden = await hiddenChannel(home);
  const [olgas] = await listening([owner], ['spaces']);
  await owner.does('POST', at(space), { owner_id: bob.id, password });
  await olgas.hears('channel.delete', ({ id }) => id === hidden.id);
  await owner.isRefused(403, 'GET', `/channels/${hidden.id}`);
  await owner.isRefused(403, 'PATCH', `/spaces/${space.id}`, { name: 'mine' });
});

test('the audit log says who handed it over', async () => {
  await using server = await startTest();
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  await withPassword(server, owner);
  await owner.does('POST', at(space), { owner_id: bob.id, password });
  const [entry] = await bob.does('GET', `/spaces/${space.id}/audit-log`);
  expect(entry).toMatchObject({
    user_id: owner.id,
    action_type: 'space_update',
    target_id: space.id,
    changes: { owner_id: { old: owner.id, new: bob.id } },
  });
});

test('nobody but the owner hands a space over, and no space that does not exist', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, space } = home;
  const { admin } = server;
  const stranger = await server.person('stranger');
  await withPassword(server, owner, bob, admin, stranger);
  await empower(home, bob, 'administrator');
  const body = { owner_id: bob.id, password };
  for (const one of [bob, admin, stranger]) await one.isRefused(403, 'POST', at(space), body);
  await owner.isRefused(404, 'POST', at({ id: '1' }), body);
  expect((await server.call('POST', at(space), body)).status).toBe(401);
});

test('a wrong password is 403, and counted', async () => {
  await using server = await startTest();
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  await withPassword(server, owner);
  const wrong = { owner_id: bob.id, password: 'wrong horse' };
  for (let count = 0; count < 5; count += 1) await owner.isRefused(403, 'POST', at(space), wrong);
  await owner.isRefused(429, 'POST', at(space), { ...wrong, password });
  expect(server.logged.map(({ message }) => message)).toContain('handing over refused');
  expect((await owner.does('GET', `/spaces/${space.id}`)).owner_id).toBe(owner.id);
});

test('a space goes to no stranger, bot, disabled account, to nobody under timeout, and not to its owner', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, cleo, space } = await world(server, 'olga', 'bob', 'cleo');
  await withPassword(server, owner);
  const stranger = await server.person('stranger');
  const { token } = await owner.does('POST', '/applications', { name: 'Ping' });
  const bot = new Person(server, { id: '', name: 'Ping', token });
  bot.scheme = 'Bot';
  await bot.joins(space);
  const { id: bot_id } = await bot.does('GET', '/users/@me');
  const until = new Date(clock.now() + 60_000).toISOString();
  await owner.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, { timed_out_until: until });
  await server.turn(({ tx }) => {
    tx.sqlite.query('UPDATE users SET disabled = 1 WHERE id = ?').run(cleo.id);
  });
  for (const id of [stranger.id, bot_id, bob.id, cleo.id, owner.id, '1']) {
    const refused = await owner.isRefused(400, 'POST', at(space), { owner_id: id, password });
    expect(refused.code).toBe('invalid_request');
  }
  await owner.isRefused(400, 'POST', at(space), { owner_id: 'bob', password });
  await owner.isRefused(422, 'POST', at(space), { password });
  await clock.pass(60_001);
  await owner.does('POST', at(space), { owner_id: bob.id, password });
});

test('changing a space hands none over, and says how it is done', async () => {
  await using server = await startTest();
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  const wish = { owner_id: bob.id };
  const { body } = await owner.isRefused(400, 'PATCH', `/spaces/${space.id}`, wish);
  expect(body.error.message).toContain('POST /spaces/{space_id}/transfer');
});

test('without an actor nothing is recorded: others keep their own log', async () => {
  await using server = await startTest();
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  const admin = (await rolesOf(owner, space)).find(({ name }) => name === 'Admin')?.id ?? '';
  await owner.does('DELETE', `/spaces/${space.id}/roles/${admin}`);
  await server.turn((turn) => handOver(turn, space, bob.id));
  const entries = await bob.does('GET', `/spaces/${space.id}/audit-log`);
  expect(entries[0].action_type).toBe('role_delete');
  // There is no such role any more.
  expect((await bob.does('GET', `/spaces/${space.id}/members/${bob.id}`)).roles).toEqual([]);
});
