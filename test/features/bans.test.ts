import { expect, test } from 'bun:test';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Ears } from '../support/ears.ts';
import { Folder } from '../support/folder.ts';
import { allIntents } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { empower, hiddenChannel, listening, quietly, world } from '../support/world.ts';

const banPath = (space: any, user: { id: string }) => `/spaces/${space.id}/bans/${user.id}`;
const withBans = [...quietly, 'moderation'];
const withMembers = [...withBans, 'members'];

test('a ban ends the membership at once, and moderators alone hear of the ban', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga', 'bob', 'cleo', 'mo');
  const { owner, bob, cleo, mo, space, general } = home;
  await empower(home, mo, 'ban_members');
  const people = [owner, bob, cleo, mo] as const;
  const [olgas, bobs, cleos, mos] = await listening(people, withMembers);
  const answer = await mo.does('PUT', banPath(space, bob), { reason: 'spam' });
  const left = { space_id: space.id, user_id: bob.id };
  const banned = {
    ...left,
    reason: 'spam',
    banned_by: mo.id,
    created_at: new Date(clock.now()).toISOString(),
    user: expect.objectContaining({ id: bob.id, username: 'bob' }),
  };
  expect(answer).toEqual({ ...banned, deleted_message_count: 0 });
  for (const [ears, ...entry] of [[olgas, 'audit_log.create'], [mos]] as const) {
    const [leave, ban] = await ears.hearsExactly('member.leave', 'ban.create', ...entry);
    expect(leave?.data).toEqual(left);
    expect(ban?.data).toEqual(banned);
    expect(ban?.data['user']).not.toHaveProperty('is_admin');
  }
  await cleos.hearsExactly('member.leave');
  const [, lost] = await bobs.hearsExactly('member.leave', 'space.delete');
  expect(lost?.data).toEqual({ id: space.id });
  await owner.says(general, 'gone at last');
  await cleos.hearsExactly('message.create');
  await bobs.hearsNothing();
  await bob.isRefused(403, 'POST', `/channels/${general.id}/messages`, { content: 'hey' });
  await bob.isRefused(403, 'POST', `/spaces/${space.id}/join`);
});

test('somebody who is no member can be banned, without a word of leaving', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  const stranger = await server.person('dora');
  const [olgas, doras] = await listening([owner, stranger], withMembers);
  await owner.does('PUT', banPath(space, stranger));
  await olgas.hearsExactly('ban.create', 'audit_log.create');
  await doras.hearsNothing();
  await stranger.isRefused(403, 'POST', `/spaces/${space.id}/join`);
  await owner.does('DELETE', banPath(space, stranger));
  const [lifted] = await olgas.hearsExactly('ban.delete', 'audit_log.create');
  expect(lifted?.data).toEqual({ space_id: space.id, user_id: stranger.id });
  await owner.does('DELETE', banPath(space, stranger));
  await olgas.hearsNothing();
  await stranger.joins(space);
});

test('a banned moderator hears nothing of the space any more, whatever was set for them alone', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'mo');
  const { owner, mo, space } = home;
  await empower(home, mo, 'ban_members', 'manage_channels');
  const hidden = await hiddenChannel(home);
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${mo.id}`, {
    type: 'member',
    allow: ['view_channel'],
    deny: [],
  });
  await mo.says(hidden, 'mine');
  const [mos] = await listening([mo], withMembers);
  await owner.does('PUT', banPath(space, mo), { delete_message_seconds: 60 });
  await mos.hearsExactly('member.leave', 'space.delete');
});

test('whoever is banned hears no more of messages that they reacted to', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, space, general } = home;
  const post = await owner.says(general, 'post');
  await bob.says(general, 'reply', { thread_id: post.id });
  for (const person of [bob, cleo]) {
    const path = `/channels/${general.id}/messages/${post.id}/reactions/${encodeURIComponent('👍')}`;
    await person.does('PUT', `${path}/@me`);
  }
  const [bobs, cleos] = await listening([bob, cleo], quietly);
  // The post loses a reply in the very turn of the ban, and is told again to who reacted.
  await owner.does('PUT', banPath(space, bob), { delete_message_seconds: 60 });
  await bobs.hearsExactly('space.delete');
  await cleos.hearsExactly('message.delete_bulk', 'message.update', 'message.update');
});

test('a ban that says something else takes the place of the first, as old as that', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga', 'mo', 'bob');
  const { owner, mo, bob, space } = home;
  await empower(home, mo, 'ban_members');
  const first = await owner.does('PUT', banPath(space, bob), { reason: 'one' });
  await clock.pass(5_000);
  const [olgas] = await listening([owner], withMembers);
  const changes = [
    [mo, { reason: 'one' }],
    [mo, { reason: 'two' }],
    [mo, {}],
  ] as const;
  for (const [who, wish] of changes) {
    const { deleted_message_count, ...ban } = await who.does('PUT', banPath(space, bob), wish);
    const reason = 'reason' in wish ? wish.reason : null;
    expect(ban).toEqual({ ...ban, reason, banned_by: mo.id, created_at: first.created_at });
    expect(deleted_message_count).toBe(0);
    const [told] = await olgas.hearsExactly('ban.create', 'audit_log.create');
    expect(told?.data).toEqual(ban);
    expect(await owner.does('GET', `/spaces/${space.id}/bans`)).toEqual([ban]);
    expect(await owner.does('GET', banPath(space, bob))).toEqual(ban);
  }
});

test('the same ban again changes nothing and is not told, but takes messages that are asked for', async () => {
  await using server = await startTest();
  const { owner, space, bob, general } = await world(server, 'olga', 'bob');
  const { id } = await bob.says(general, 'spam');
  const wish = { reason: 'spam' };
  const first = await owner.does('PUT', banPath(space, bob), wish);
  const [olgas] = await listening([owner], withMembers);
  expect(await owner.does('PUT', banPath(space, bob), wish)).toEqual(first);
  await olgas.hearsNothing();
  const purge = { ...wish, delete_message_seconds: 60 };
  const purged = await owner.does('PUT', banPath(space, bob), purge);
  expect(purged).toEqual({ ...first, deleted_message_count: 1 });
  const [gone] = await olgas.hearsExactly('message.delete_bulk', 'audit_log.create');
  expect(gone?.data).toMatchObject({ ids: [id] });
  expect(await owner.does('PUT', banPath(space, bob), purge)).toEqual(first);
  await olgas.hearsNothing();
});

test('nobody bans oneself, the owner, an equal or somebody above; strangers may not at all', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'mo', 'moe', 'bob');
  const { owner, mo, moe, bob, space } = home;
  const admin = server.admin;
  const role = await empower(home, mo, 'ban_members');
  await owner.does('PUT', `/spaces/${space.id}/members/${moe.id}/roles/${role.id}`);
  const stranger = await server.person('dora');
  for (const method of ['PUT', 'DELETE']) {
    await mo.isRefused(403, method, banPath(space, mo));
    await mo.isRefused(403, method, banPath(space, moe));
    await mo.isRefused(403, method, banPath(space, owner));
    await owner.isRefused(403, method, banPath(space, owner));
    await admin.isRefused(403, method, banPath(space, owner));
    for (const who of [bob, stranger]) {
      await who.isRefused(403, method, banPath(space, mo));
      // The permission is asked for before anything is looked up.
      await who.isRefused(403, method, banPath(space, { id: '1' }));
    }
    const anonymous = await server.call(method, banPath(space, mo));
    expect(anonymous.status).toBe(401);
  }
  await admin.isRefused(403, 'PUT', banPath(space, admin));
  for (const path of [`/spaces/${space.id}/bans`, banPath(space, mo)]) {
    await bob.isRefused(403, 'GET', path);
    await stranger.isRefused(403, 'GET', path);
  }
  await mo.does('PUT', banPath(space, bob));
  await admin.does('PUT', banPath(space, mo));
});

test('what does not exist is not found, what makes no sense is refused', async () => {
  await using server = await startTest();
  const { owner, space, bob } = await world(server, 'olga', 'bob');
  await owner.isRefused(404, 'PUT', banPath(space, { id: '1' }));
  await owner.isRefused(404, 'PUT', banPath(space, { id: 'bob' }));
  await owner.isRefused(404, 'GET', banPath(space, bob));
  await owner.isRefused(404, 'GET', '/spaces/1/bans');
  await owner.isRefused(404, 'PUT', banPath({ id: '1' }, bob));
  await owner.does('DELETE', banPath(space, { id: '1' }));
  const put = (body: unknown) => owner.isRefused(400, 'PUT', banPath(space, bob), body);
  await put({ reason: 'x'.repeat(1001) });
  await put({ reason: 'a\0b' });
  await put('{');
  for (const body of [{ reason: 1 }, { delete_message_seconds: '60' }, []]) {
    await owner.isRefused(422, 'PUT', banPath(space, bob), body);
  }
  await owner.does('GET', `/spaces/${space.id}/members/${bob.id}`);
  await owner.does('PUT', banPath(space, bob), { reason: '💥'.repeat(1000) });
});

test('messages of the time before go with a ban, in this space alone, newest first', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, space, general } = home;
  const { space: elsewhere, general: there } = await owner.founds('Elsewhere');
  await bob.joins(elsewhere);
  const hidden = await hiddenChannel(home);
  await owner.does('PUT', `/channels/${hidden.id}/permissions/${bob.id}`, {
    type: 'member',
    allow: ['view_channel'],
    deny: [],
  });
  const old = await bob.says(general, 'old');
  await clock.pass(3_600_001);
  const first = await bob.says(general, 'first');
  const second = await bob.says(general, 'second');
  const secret = await bob.says(hidden, 'secret');
  const kept = [await bob.says(there, 'in another space'), await cleo.says(general, 'of another')];
  const [olgas, cleos] = await listening([owner, cleo], withBans);
  const answer = await owner.does('PUT', banPath(space, bob), { delete_message_seconds: 3600 });
  expect(answer.deleted_message_count).toBe(3);
  const [told] = await cleos.hearsExactly('message.delete_bulk');
  expect(told?.data).toEqual({
    ids: [second.id, first.id],
    channel_id: general.id,
    space_id: space.id,
  });
  await olgas.hears('ban.create');
  await olgas.hears('message.delete_bulk', ({ ids }) => ids.includes(secret.id));
  for (const { id } of [first, second]) {
    await owner.isRefused(404, 'GET', `/channels/${general.id}/messages/${id}`);
  }
  for (const { channel_id, id } of [old, ...kept]) {
    await owner.does('GET', `/channels/${channel_id}/messages/${id}`);
  }
});

test('without a time, or with none, every message stays; more than a week is refused', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, bob, general } = await world(server, 'olga', 'bob');
  const count = async (body: object) =>
    (await owner.does('PUT', banPath(space, bob), body)).deleted_message_count;
  const week_ms = 604_800_000;
  await bob.says(general, 'old');
  await clock.leap(2_000);
  await bob.says(general, 'new');
  await clock.leap(week_ms - 1_000);
  expect(await count({})).toBe(0);
  expect(await count({ delete_message_seconds: 0 })).toBe(0);
  expect(await count({ delete_message_seconds: null })).toBe(0);
  for (const delete_message_seconds of [-5, 604_801, 99_999_999]) {
    await owner.isRefused(400, 'PUT', banPath(space, bob), { delete_message_seconds });
  }
  expect(await count({ delete_message_seconds: 604_800 })).toBe(1);
  expect(await owner.does('GET', `/channels/${general.id}/messages`)).toHaveLength(1);
});

test('many messages go in later turns, also when the server was stopped in between', async () => {
  using folder = new Folder();
  const { settings } = folder;
  let channel_id = '';
  {
    const clock = new FakeClock();
    await using server = await startTest({ settings, clock });
    const { owner, space, bob, general } = await world(server, 'olga', 'bob');
    channel_id = general.id;
    await server.turn(({ tx, id }) => {
      const insert = tx.sqlite.query(
        `INSERT INTO messages (n, channel_id, space_id, author_id, content)
         VALUES (cast(? AS integer), ?, ?, ?, 'spam')`,
      );
      for (let n = 0; n < 1234; n += 1) insert.run(id(), general.id, space.id, bob.id);
    });
    const [olgas] = await listening([owner], withBans);
    const answer = await owner.does('PUT', banPath(space, bob), { delete_message_seconds: 60 });
    expect(answer.deleted_message_count).toBe(1234);
    const told = ['ban.create', 'message.delete_bulk', 'audit_log.create'];
    const [, bulk] = await olgas.hearsExactly(...told);
    expect(bulk?.data['ids']).toHaveLength(100);
    // The clock stands still: nothing else happens before the server stops.
  }
  const again = await startAgain(settings);
  const count = again.app.db.sqlite.query<{ n: number }, [string]>(
    'SELECT count(*) AS n FROM messages WHERE channel_id = ?',
  );
  await until(async () => count.get(channel_id)?.n === 0);
  await again.stop();
});

test('what a member writes after a ban was lifted stays, however long the clearing takes', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, bob, general } = await world(server, 'olga', 'bob');
  await server.turn(({ tx, id }) => {
    const insert = tx.sqlite.query(
      `INSERT INTO messages (n, channel_id, space_id, author_id, content)
       VALUES (cast(? AS integer), ?, ?, ?, 'spam')`,
    );
    for (let n = 0; n < 300; n += 1) insert.run(id(), general.id, space.id, bob.id);
  });
  await owner.does('PUT', banPath(space, bob), { delete_message_seconds: 60 });
  await owner.does('DELETE', banPath(space, bob));
  await bob.joins(space);
  const sorry = await bob.says(general, 'sorry');
  const [olgas] = await listening([owner]);
  await clock.pass(1_000);
  await olgas.hears('message.delete_bulk');
  await olgas.hears('message.delete_bulk');
  const left = await owner.does('GET', `/channels/${general.id}/messages?limit=100`);
  expect(left.map(({ id }: any) => id)).toEqual([sorry.id]);
});

test('bans come newest first, in pages by user id, in both directions', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space } = await world(server, 'olga');
  const people = [];
  for (const name of ['p1', 'p2', 'p3', 'p4']) {
    const person = await server.person(name);
    await clock.pass(name === 'p3' ? 0 : 1_000);
    await owner.does('PUT', banPath(space, person));
    people.unshift(person.id);
  }
  const page = async (query: string) => {
    const { body } = await owner.call('GET', `/spaces/${space.id}/bans${query}`);
    return { ids: body.data.map(({ user_id }: any) => user_id), cursor: body.cursor };
  };
  const [fourth, third, second, first] = people;
  expect(await page('')).toEqual({ ids: people, cursor: undefined });
  const cursor = { after: third, has_more: true };
  expect(await page('?limit=2')).toEqual({ ids: [fourth, third], cursor });
  expect((await page(`?limit=2&after=${third}`)).ids).toEqual([second, first]);
  expect((await page(`?limit=2&after=${first}`)).ids).toEqual([]);
  expect((await page(`?limit=2&before=${first}`)).ids).toEqual([third, second]);
  expect((await page(`?limit=2&before=${fourth}`)).ids).toEqual([]);
  const between = `?after=${fourth}&before=${first}`;
  expect(await page(between)).toEqual({ ids: [third, second], cursor: undefined });
  expect(await page(`${between}&limit=1`)).toEqual({
    ids: [third],
    cursor: { after: third, has_more: true },
  });
  expect((await page(`?after=${first}&before=${fourth}`)).ids).toEqual([]);
  expect((await page('?limit=-3')).ids).toEqual([fourth]);
  expect((await page('?after=1')).ids).toEqual([]);
  for (const query of ['?limit=x', '?limit=2.5', '?after=bob']) {
    await owner.isRefused(400, 'GET', `/spaces/${space.id}/bans${query}`);
  }
});

test('a list of bans goes on where one stood that was lifted meanwhile', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space } = await world(server, 'olga');
  const { space: elsewhere } = await owner.founds('Elsewhere');
  const ids: string[] = [];
  for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) {
    const person = await server.person(name);
    await clock.pass(1_000);
    await owner.does('PUT', banPath(space, person));
    ids.unshift(person.id);
  }
  const page = async (query: string, of = space) =>
    (await owner.does('GET', `/spaces/${of.id}/bans${query}`)).map(({ user_id }: any) => user_id);
  const [fifth, fourth, third, second, first] = ids;
  expect(await page('?limit=2')).toEqual([fifth, fourth]);
  await owner.does('DELETE', banPath(space, { id: fourth ?? '' }));
  expect(await page(`?limit=2&after=${fourth}`)).toEqual([third, second]);
  expect(await page(`?limit=2&before=${fourth}`)).toEqual([fifth]);
  expect(await page(`?after=${fourth}`, elsewhere)).toEqual([]);
  // Who is banned again stands where the new ban does.
  await clock.pass(1_000);
  await owner.does('PUT', banPath(space, { id: fourth ?? '' }));
  expect(await page(`?after=${fourth}`)).toEqual([fifth, third, second, first]);
});

test('sessions that were away at the ban cannot resume into the space', async () => {
  await using server = await startTest();
  const { owner, space, bob } = await world(server, 'olga', 'bob');
  const bobs = await bob.listens(allIntents);
  const { session_id } = bobs.ready;
  bobs.drop();
  await bobs.closes();
  await owner.does('PUT', banPath(space, bob));
  const again = await Ears.open(server.gateway);
  again.send(3, { token: bob.authorization, session_id, seq: bobs.seq });
  await again.frame(({ op }) => op === 7, 'INVALID_SESSION');
  expect(await again.closes()).toBe(4009);
});
