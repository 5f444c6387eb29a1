import { expect, test } from 'bun:test';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { listening, world, type World } from '../support/world.ts';

/** A little more than the hold of a dropped session. */
const hold_ms = 125_000;

async function comesForAWhile({ owner, space }: World, person: Person): Promise<void> {
  const invite = await owner.does('POST', `/spaces/${space.id}/invites`, { temporary: true });
  await person.does('POST', `/invites/${invite.code}/accept`);
}

async function isMember({ owner, space }: World, person: Person): Promise<boolean> {
  const reply = await owner.call('GET', `/spaces/${space.id}/members/${person.id}`);
  return reply.status === 200;
}

test('a temporary member leaves when the last session is gone for good', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga');
  const bob = await server.person('bob');
  const [olgas] = await listening([home.owner], ['members']);
  const [one, two] = await listening([bob, bob]);
  await comesForAWhile(home, bob);
  await olgas.hearsExactly('member.join');
  one.close(1000);
  await one.closes();
  for (let minute = 0; minute < 3; minute += 1) {
    await clock.pass(60_000);
    // Who does not beat is reaped.
    await Promise.all([olgas.settled(), two.settled()]);
  }
  expect(await isMember(home, bob)).toBe(true);
  two.close(1000);
  const left = await olgas.hears('member.leave');
  expect(left.data).toEqual({ space_id: home.space.id, user_id: bob.id });
  expect(await isMember(home, bob)).toBe(false);
});

test('a dropped session holds the membership for a while, and for good when it comes back', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga');
  const bob = await server.person('bob');
  await comesForAWhile(home, bob);
  const first = await bob.listens();
  const { session_id } = first.ready;
  first.drop();
  await first.closes();
  await clock.pass(80_000);
  const { ears } = await bob.resumes(session_id, first.seq);
  await clock.pass(60_000);
  // It beats, or it would be reaped in the meantime.
  await ears.settled();
  expect(await isMember(home, bob)).toBe(true);
  ears.drop();
  await ears.closes();
  await clock.pass(85_000);
  expect(await isMember(home, bob)).toBe(true);
  await clock.pass(40_000);
  expect(await isMember(home, bob)).toBe(false);
});

test('a role keeps a temporary member, and who never opens a session stays', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga');
  const { owner, space } = home;
  const bob = await server.person('bob');
  const cleo = await server.person('cleo');
  await comesForAWhile(home, bob);
  await comesForAWhile(home, cleo);
  const role = await owner.does('POST', `/spaces/${space.id}/roles`, { name: 'friends' });
  await owner.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  const bobs = await bob.listens();
  bobs.close(1000);
  await bobs.closes();
  await clock.pass(hold_ms);
  expect(await isMember(home, bob)).toBe(true);
  expect(await isMember(home, cleo)).toBe(true);
});

test('a role that is gone keeps nobody, also while it is being taken from many', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga');
  const { owner, space } = home;
  const bob = await server.person('bob');
  await comesForAWhile(home, bob);
  const role = await owner.does('POST', `/spaces/${space.id}/roles`, { name: 'friends' });
  await owner.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  // Their ids come before bob's: he is not among the first that are cleared.
  server.app.db.sqlite.run(
    `WITH RECURSIVE each(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM each WHERE n < 600)
     INSERT INTO member_roles (space_id, user_id, role_id) SELECT ?, '0' || n, ? FROM each`,
    [space.id, role.id],
  );
  const bobs = await bob.listens();
  await owner.does('DELETE', `/spaces/${space.id}/roles/${role.id}`);
  // The clock stands still: nothing was cleared since.
  bobs.close(1000);
  await bobs.closes();
  await until(async () => !(await isMember(home, bob)));
});

test('only temporary memberships end, and coming back by a plain invite is for good', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga', 'bob');
  const { bob } = home;
  const elsewhere = await bob.founds('Own');
  const bobs = await bob.listens();
  // A member already: a temporary invite makes nobody temporary.
  await comesForAWhile(home, bob);
  bobs.close(1000);
  await bobs.closes();
  await clock.pass(hold_ms);
  expect(await isMember(home, bob)).toBe(true);
  await bob.does('GET', `/spaces/${elsewhere.space.id}/members/${bob.id}`);
});

test('a revoked token ends the visit, too', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga');
  const bob = await server.person('bob');
  await comesForAWhile(home, bob);
  const [olgas] = await listening([home.owner], ['members']);
  await bob.listens();
  await bob.does('POST', '/auth/logout');
  await olgas.hears('member.leave', ({ user_id }) => user_id === bob.id);
});

test('over a restart of the server the visit lasts as long as its session is held', async () => {
  using folder = new Folder();
  const { settings } = folder;
  let user_id = '';
  let space_id = '';
  {
    await using server = await startTest({ settings });
    const home = await world(server, 'olga');
    const bob = await server.person('bob');
    await comesForAWhile(home, bob);
    await bob.listens();
    user_id = bob.id;
    space_id = home.space.id;
  }
  const clock = new FakeClock();
  await clock.pass(Date.now() - clock.now());
  const again = await startAgain(settings, clock);
  const there = () =>
    again.app.db.sqlite
      .query('SELECT 1 FROM members WHERE space_id = ? AND user_id = ?')
      .all(space_id, user_id).length;
  await clock.pass(85_000);
  expect(there()).toBe(1);
  await clock.pass(40_000);
  expect(there()).toBe(0);
  await again.stop();
});
