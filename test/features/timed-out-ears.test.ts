import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import type { Ears } from '../support/ears.ts';
import { Person } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { empower, world } from '../support/world.ts';

const intents = ['spaces', 'moderation'];
const audit = ['view_audit_log', 'ban_members', 'manage_channels'];
const forModerators = (one: { type?: string }) =>
  /^(ban|invite|audit_log)\./.test(one.type ?? '') ? [one.type] : [];

async function heardBy(ears: Ears) {
  return (await ears.unread()).flatMap(forModerators);
}

test('what holders of a permission are told is not told to who is under timeout', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'anna', 'bob', 'cleo', 'dora', 'eve');
  const { anna, bob, cleo, dora, eve, space } = home;
  await empower(home, bob, ...audit);
  await empower(home, cleo, ...audit);
  const silence = (until: number | null) =>
    anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
      timed_out_until: until === null ? null : new Date(until).toISOString(),
    });
  const bobs = await bob.listens(intents);
  const cleos = await cleo.listens(intents);
  await heardBy(cleos);
  await silence(clock.now() + 60_000);
  await heardBy(bobs);
  await anna.does('PUT', `/spaces/${space.id}/bans/${dora.id}`, { reason: 'private' });
  await anna.does('POST', `/spaces/${space.id}/invites`);
  expect(await heardBy(cleos)).toEqual([
    'audit_log.create',
    'ban.create',
    'audit_log.create',
    'invite.create',
    'audit_log.create',
  ]);
  expect(await heardBy(bobs)).toEqual([]);
  // Neither does RESUME bring it.
  const stand = await dropped(bobs);
  await anna.does('PUT', `/spaces/${space.id}/bans/${eve.id}`, { reason: 'private' });
  const { ears, missed } = await bob.resumes(stand.session_id, stand.seq);
  expect(missed.flatMap(forModerators)).toEqual([]);
  // It ends by itself.
  await clock.leap(61_000);
  await anna.does('DELETE', `/spaces/${space.id}/bans/${eve.id}`);
  expect(await heardBy(ears)).toEqual(['ban.delete', 'audit_log.create']);
});

test('bots share the timeout of their owner there, and an instance admin has none', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, space } = home;
  const { admin } = server;
  await admin.joins(space);
  await empower(home, bob, 'manage_space', ...audit);
  const { application, token } = await bob.does('POST', '/applications', { name: 'Ping' });
  const bot = new Person(server, { id: application.bot_user_id, name: 'Ping', token });
  bot.scheme = 'Bot';
  await bot.joins(space);
  await empower(home, bot, ...audit);
  const ears = [await admin.listens(intents), await bot.listens(intents)] as const;
  for (const one of ears) await one.unread();
  await anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, {
    timed_out_until: new Date(Date.now() + 3_600_000).toISOString(),
  });
  for (const one of ears) await one.unread();
  await anna.does('PUT', `/spaces/${space.id}/bans/${cleo.id}`);
  expect(await heardBy(ears[0])).toEqual(['ban.create', 'audit_log.create']);
  expect(await heardBy(ears[1])).toEqual([]);
});
