import { expect, test } from 'bun:test';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { deny, empower, hiddenChannel, listening, quietly, world } from '../support/world.ts';

const ofSpace = (space: any) => `/spaces/${space.id}/invites`;
const ofChannel = (channel: any) => `/channels/${channel.id}/invites`;
const accept = (invite: any) => `/invites/${invite.code}/accept`;

test('an invite to a private space makes a member of whoever accepts it', async () => {
  await using server = await startTest();
  const owner = await server.person('olga');
  const bob = await server.person('bob');
  const { space, general } = await owner.founds('Den', { public: false });
  await bob.isRefused(403, 'POST', `/spaces/${space.id}/join`);
  const invite = await owner.does('POST', ofSpace(space), {});
  expect(invite).toEqual({
    code: expect.stringMatching(/^[A-Za-z0-9]{8}$/),
    space_id: space.id,
    channel_id: null,
    inviter_id: owner.id,
    max_uses: null,
    uses: 0,
    max_age: null,
    temporary: false,
    created_at: expect.any(String),
    expires_at: null,
  });
  const [olgas, bobs] = await listening([owner, bob], [...quietly, 'members']);
  expect(await bob.does('POST', accept(invite))).toEqual({ ...invite, uses: 1 });
  const [joined] = await olgas.hearsExactly('member.join');
  expect(joined?.data).toMatchObject({ space_id: space.id, user_id: bob.id, roles: [] });
  await bobs.hears('space.create');
  await bobs.hears('channel.create', ({ id }) => id === general.id);
  await bob.says(general, 'here I am');
  // Whoever is a member already costs no use.
  expect((await bob.does('POST', accept(invite))).uses).toBe(1);
});

test('reading an invite shows what it leads to and who made it, to any account', async () => {
  await using server = await startTest();
  const owner = await server.person('olga');
  const bob = await server.person('bob');
  const { space } = await owner.founds('Den', { public: false, description: 'Quiet' });
  const invite = await owner.does('POST', ofSpace(space), {});
  const read = await bob.does('GET', `/invites/${invite.code}`);
  expect(read).toMatchObject(invite);
  expect(read.space).toEqual({
    id: space.id,
    name: 'Den',
    slug: space.slug,
    description: 'Quiet',
    icon: null,
    member_count: 1,
    public: false,
    allow_guest_access: true,
  });
  expect(read.inviter).toMatchObject({ id: owner.id, username: 'olga' });
  expect(read.inviter).not.toHaveProperty('is_admin');
  expect((await server.call('GET', `/invites/${invite.code}`)).status).toBe(401);
  await bob.isRefused(404, 'GET', '/invites/AAAAAAAA');
  await bob.isRefused(404, 'POST', '/invites/AAAAAAAA/accept');
  await bob.isRefused(404, 'DELETE', '/invites/AAAAAAAA');
});

test('who manages channels hears of invites, of a hidden channel only who may view it', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'mo', 'bob');
  const { owner, mo, bob, general, space } = home;
  await empower(home, mo, 'manage_channels');
  const hidden = await hiddenChannel(home);
  const [olgas, mos, bobs] = await listening([owner, mo, bob]);
  const open = await bob.does('POST', ofSpace(space), {});
  const [told] = await mos.hearsExactly('invite.create');
  const { channel_id: _none, ...withoutChannel } = open;
  expect(told?.data).toEqual(withoutChannel);
  const inChannel = await bob.does('POST', ofChannel(general), {});
  expect(inChannel.channel_id).toBe(general.id);
  const [toldToo] = await mos.hearsExactly('invite.create');
  expect(toldToo?.data).toEqual(inChannel);
  const secret = await owner.does('POST', ofChannel(hidden), {});
  await owner.does('DELETE', `/invites/${open.code}`);
  const [gone] = await mos.hearsExactly('invite.delete');
  expect(gone?.data).toEqual({ code: open.code, space_id: space.id });
  await owner.does('DELETE', `/invites/${secret.code}`);
  await mos.hearsNothing();
  await olgas.hearsExactly(
    'invite.create',
    'invite.create',
    'invite.create',
    'invite.delete',
    'invite.delete',
  );
  await bobs.hearsNothing();
});

test('a manager who loses the permission, or the view of a channel, hears of its invites no more', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'mo');
  const { owner, mo, general, space } = home;
  const role = await empower(home, mo, 'manage_channels');
  const [mos] = await listening([mo]);
  await deny(home, general, 'view_channel');
  await mos.hears('channel.delete');
  await owner.does('POST', ofChannel(general), {});
  await mos.hearsNothing();
  await owner.does('POST', ofSpace(space), {});
  await mos.hearsExactly('invite.create');
  await owner.does('DELETE', `/spaces/${space.id}/members/${mo.id}/roles/${role.id}`);
  await owner.does('POST', ofSpace(space), {});
  await mos.hearsNothing();
});

test('lists are for who manages channels, without what is hidden or over, in pages', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const home = await world(server, 'olga', 'mo', 'bob');
  const { owner, mo, bob, general, space } = home;
  await empower(home, mo, 'manage_channels');
  const hidden = await hiddenChannel(home);
  const codes: string[] = [];
  for (const at of [ofSpace(space), ofChannel(general), ofSpace(space), ofChannel(hidden)]) {
    await clock.pass(1);
    codes.push((await owner.does('POST', at, {})).code);
  }
  await owner.does('POST', ofSpace(space), { max_age: 1 });
  await clock.pass(1_000);
  const [first, second, third, fourth] = codes;
  const list = async (who: typeof owner, at: string) =>
    (await who.does('GET', at)).map(({ code }: any) => code);
  expect(await list(owner, ofSpace(space))).toEqual(codes);
  expect(await list(mo, ofSpace(space))).toEqual([first, second, third]);
  expect(await list(mo, ofChannel(general))).toEqual([second]);
  expect(await list(owner, ofChannel(hidden))).toEqual([fourth]);
  await mo.isRefused(403, 'GET', ofChannel(hidden));
  const page = await mo.call('GET', `${ofSpace(space)}?limit=2`);
  expect(page.body.cursor).toEqual({ after: second, has_more: true });
  expect(await list(mo, `${ofSpace(space)}?limit=2&after=${second}`)).toEqual([third]);
  expect(await list(mo, `${ofSpace(space)}?after=unknown`)).toEqual([]);
  await bob.isRefused(403, 'GET', ofSpace(space));
  await bob.isRefused(403, 'GET', ofChannel(general));
  await owner.isRefused(400, 'GET', `${ofSpace(space)}?limit=all`);
  const stranger = await server.person('dora');
  await stranger.isRefused(403, 'GET', ofSpace(space));
  await owner.isRefused(404, 'GET', ofSpace({ id: '1' }));
  await owner.isRefused(404, 'GET', ofChannel({ id: '1' }));
});

test('a list of invites goes on where one stood that is gone', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, general, space } = await world(server, 'olga');
  const { space: elsewhere } = await owner.founds('Elsewhere');
  const codes: string[] = [];
  for (const at of [ofSpace(space), ofChannel(general), ofSpace(space), ofSpace(space)]) {
    await clock.pass(1);
    codes.push((await owner.does('POST', at, {})).code);
  }
  const after = async (code: string | undefined, of = space) =>
    (await owner.does('GET', `${ofSpace(of)}?after=${code}`)).map((one: any) => one.code);
  const [first, second, third, fourth] = codes;
  await owner.does('DELETE', `/invites/${first}`);
  expect(await after(first)).toEqual([second, third, fourth]);
  await owner.does('DELETE', `/invites/${third}`);
  expect(await after(third)).toEqual([fourth]);
  await owner.does('DELETE', `/channels/${general.id}`);
  expect(await after(second)).toEqual([fourth]);
  expect(await after(second, elsewhere)).toEqual([]);
});

test('making one needs the permission, a channel that one may view, and no timeout', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob, general, space } = home;
  const stranger = await server.person('dora');
  const hidden = await hiddenChannel(home);
  await bob.does('POST', ofSpace(space), {});
  await bob.does('POST', ofChannel(general), {});
  await bob.isRefused(403, 'POST', ofChannel(hidden), {});
  for (const at of [ofSpace(space), ofChannel(general)]) {
    await stranger.isRefused(403, 'POST', at, {});
    expect((await server.call('POST', at, {})).status).toBe(401);
  }
  const member = `/spaces/${space.id}/members/${bob.id}`;
  await owner.does('PATCH', member, { communication_disabled_until: '2099-01-01T00:00:00Z' });
  // That is the reason, whatever else is wrong.
  await bob.isRefused(403, 'POST', ofSpace(space), { max_age: 1e30 });
  await bob.isRefused(403, 'POST', ofSpace(space), {});
  await bob.isRefused(403, 'POST', ofChannel(general), {});
  await owner.does('PATCH', member, { communication_disabled_until: null });
  await deny(home, general, 'create_invites');
  await bob.isRefused(403, 'POST', ofChannel(general), {});
  await bob.does('POST', ofSpace(space));
});

test('bounds are kept as they are asked for; zero means none, and below it they are refused', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general } = await world(server, 'olga');
  const made = async (body: unknown) => {
    const invite = await owner.does('POST', ofSpace(space), body);
    expect((await owner.does('GET', ofSpace(space))).at(-1)).toEqual(invite);
    await clock.pass(1);
    return invite;
  };
  for (const none of [null, 0]) {
    const invite = await made({ max_uses: none, max_age: none });
    expect(invite).toMatchObject({ max_uses: none, max_age: none, expires_at: null });
    for (const name of ['a', 'b']) {
      const person = await server.person(`${name}${none}`);
      await person.does('POST', accept(invite));
    }
    expect((await owner.does('GET', `/invites/${invite.code}`)).uses).toBe(2);
  }
  const tomorrow = new Date(clock.now() + 86_400_000).toISOString();
  const day = await made({ max_age: 86_400, max_uses: 3, temporary: true });
  expect(day).toMatchObject({ max_age: 86_400, max_uses: 3, expires_at: tomorrow });
  expect(day.temporary).toBe(true);
  const most = Number.MAX_SAFE_INTEGER;
  const far = await made({ max_age: most, max_uses: most, temporary: null });
  expect(far).toMatchObject({ max_age: most, max_uses: most, temporary: false });
  // There is no later time that every client can read.
  expect(far.expires_at).toBe('9999-12-31T23:59:59.999Z');
  await (await server.person('late')).does('POST', accept(far));
  for (const body of [
    { max_uses: '3' },
    { max_uses: 1.5 },
    { max_age: true },
    { temporary: 'yes' },
    [],
  ]) {
    await owner.isRefused(422, 'POST', ofSpace(space), body);
  }
  await owner.isRefused(400, 'POST', ofSpace(space), 'nonsense');
  const count = (await owner.does('GET', ofSpace(space))).length;
  for (const body of [{ max_age: 1e16 }, { max_age: -5 }, { max_uses: -1 }, { max_uses: -1e15 }]) {
    await owner.isRefused(400, 'POST', ofSpace(space), body);
    await owner.isRefused(400, 'POST', `/channels/${general.id}/invites`, body);
  }
  expect(await owner.does('GET', ofSpace(space))).toHaveLength(count);
});

test('an invite has as many uses as it says, however many come at once', async () => {
  await using server = await startTest();
  const owner = await server.person('olga');
  const { space } = await owner.founds('Den', { public: false });
  const invite = await owner.does('POST', ofSpace(space), { max_uses: 3 });
  const people = [];
  for (let n = 0; n < 20; n += 1) people.push(await server.person(`p${n}`));
  const replies = await Promise.all(people.map((one) => one.call('POST', accept(invite))));
  const statuses = replies.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(3);
  expect(statuses.filter((status) => status === 400)).toHaveLength(17);
  expect(await owner.does('GET', `/spaces/${space.id}/members`)).toHaveLength(4);
  expect((await owner.does('GET', `/invites/${invite.code}`)).uses).toBe(3);
  // Who came in may ask again.
  const inside = people[statuses.indexOf(200)];
  await inside?.does('POST', accept(invite));
});

test('the banned cost no use and stay out', async () => {
  await using server = await startTest();
  const { owner, space, bob } = await world(server, 'olga', 'bob');
  const invite = await owner.does('POST', ofSpace(space), { max_uses: 1 });
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`);
  await bob.isRefused(403, 'POST', accept(invite));
  expect((await owner.does('GET', `/invites/${invite.code}`)).uses).toBe(0);
});

test('an expired invite is not found, and is removed after a while', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const owner = await server.person('olga');
  const bob = await server.person('bob');
  const { space } = await owner.founds('Den', { public: false });
  const invite = await owner.does('POST', ofSpace(space), { max_age: 90 });
  const [olgas] = await listening([owner]);
  await clock.pass(89_000);
  await bob.does('GET', `/invites/${invite.code}`);
  await clock.pass(1_000);
  await bob.isRefused(404, 'GET', `/invites/${invite.code}`);
  await bob.isRefused(404, 'POST', accept(invite));
  await owner.isRefused(404, 'DELETE', `/invites/${invite.code}`);
  await olgas.hearsNothing();
  await clock.pass(60_000);
  const [gone] = await olgas.hearsExactly('invite.delete');
  expect(gone?.data).toEqual({ code: invite.code, space_id: space.id });
  const rows = server.app.db.sqlite.query('SELECT * FROM invites WHERE max_age IS NOT NULL').all();
  expect(rows).toEqual([]);
});

test('an invite is revoked by who made it or manages channels, and nobody else', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob', 'cleo', 'mo');
  const { owner, bob, cleo, mo, space } = home;
  await empower(home, mo, 'manage_channels');
  const stranger = await server.person('dora');
  const one = await bob.does('POST', ofSpace(space), {});
  const two = await bob.does('POST', ofSpace(space), {});
  for (const who of [cleo, stranger]) await who.isRefused(403, 'DELETE', `/invites/${one.code}`);
  expect((await server.call('DELETE', `/invites/${one.code}`)).status).toBe(401);
  await bob.does('DELETE', `/invites/${one.code}`);
  await mo.does('DELETE', `/invites/${two.code}`);
  await owner.isRefused(404, 'DELETE', `/invites/${one.code}`);
  await stranger.isRefused(404, 'POST', accept(two));
});

test('invites go with their channel and with their space', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space } = await world(server, 'olga');
  const bob = await server.person('bob');
  const channel = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  const invite = await owner.does('POST', ofChannel(channel), {});
  const other = await owner.does('POST', ofSpace(space), {});
  const [olgas] = await listening([owner]);
  await owner.does('DELETE', `/channels/${channel.id}`);
  const [, gone] = await olgas.hearsExactly('channel.delete', 'invite.delete');
  expect(gone?.data).toEqual({ code: invite.code, space_id: space.id, channel_id: channel.id });
  await bob.isRefused(404, 'GET', `/invites/${invite.code}`);
  await owner.does('DELETE', `/spaces/${space.id}`);
  await bob.isRefused(404, 'GET', `/invites/${other.code}`);
  await bob.isRefused(404, 'POST', accept(other));
  const count = server.app.db.sqlite.query<{ n: number }, [string]>(
    'SELECT count(*) AS n FROM invites WHERE space_id = ?',
  );
  await clock.pass(1_000);
  await until(async () => count.get(space.id)?.n === 0);
});

test('a space has a bounded number of invites', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  await server.turn(({ tx, now }) => {
    const insert = tx.sqlite.query(
      'INSERT INTO invites (code, space_id, created_at) VALUES (?, ?, ?)',
    );
    for (let n = 0; n < 500; n += 1) insert.run(`code${n}`, space.id, now);
  });
  await owner.isRefused(400, 'POST', ofSpace(space), {});
  await owner.does('DELETE', '/invites/code7');
  await owner.does('POST', ofSpace(space), {});
});

test('the first space always has an invite of the server’s own, named at start', async () => {
  using folder = new Folder();
  const settings = { ...folder.settings, PUBLIC_URL: 'https://chat.example' };
  const server = await startTest({ settings });
  const named = server.logged.find(({ fields }) => fields['code'] !== undefined);
  const code: string = named?.fields['code'];
  expect(named?.fields['page']).toBe(`https://chat.example/invite/${code}`);
  const bob = await server.person('bob');
  const read = await bob.does('GET', `/invites/${code}`);
  expect(read).toMatchObject({ inviter_id: null, expires_at: null, max_uses: null });
  expect(read.space.slug).toBe('general');
  expect(read).not.toHaveProperty('inviter');
  const admin = server.admin;
  await server.stop();
  const codes = async () => {
    const again = await startAgain(settings);
    const here = new Person(again, admin);
    const [home] = await here.does('GET', '/users/@me/spaces');
    const invites = await here.does('GET', `/spaces/${home.id}/invites`);
    return { again, here, codes: invites.map((one: any) => one.code) };
  };
  // The same one at the next start; a new one where somebody has revoked it.
  const second = await codes();
  expect(second.codes).toEqual([code]);
  await second.here.does('DELETE', `/invites/${code}`);
  await second.again.stop();
  const third = await codes();
  expect(third.codes).toEqual([expect.stringMatching(/^[A-Za-z0-9]{8}$/)]);
  expect(third.codes).not.toEqual([code]);
  await third.again.stop();
});

test('an invite whose maker left without a trace is not the server’s own', async () => {
  using folder = new Folder();
  const { settings } = folder;
  const server = await startTest({ settings });
  const bob = await server.person('bob');
  const [home] = await server.admin.does('GET', '/users/@me/spaces');
  const [own] = await server.admin.does('GET', ofSpace(home));
  const { code } = await bob.does('POST', ofSpace(home), {});
  await bob.does('DELETE', `/spaces/${home.id}/members/@me?delete_data=true`);
  expect(await bob.does('GET', `/invites/${code}`)).toMatchObject({ inviter_id: null });
  await bob.does('POST', `/invites/${code}/accept`);
  await server.admin.does('DELETE', `/invites/${own.code}`);
  const { admin } = server;
  await server.stop();
  const again = await startAgain(settings);
  const invites = await new Person(again, admin).does('GET', ofSpace(home));
  expect(invites).toHaveLength(2);
  expect(invites[0]).toMatchObject({ code, inviter_id: null });
  await again.stop();
});
