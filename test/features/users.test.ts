import { expect, test } from 'bun:test';
import { dropped } from '../support/resuming.ts';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

const privateFields = ['is_admin', 'mfa_enabled', 'disabled', 'flags', 'dm_policy'];

test('one’s own profile shows the private fields, those of others do not', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  const own = await anna.does('GET', '/users/@me');
  expect(Object.keys(own)).toEqual(expect.arrayContaining(privateFields));
  expect(await anna.does('GET', `/users/${anna.id}`)).toEqual(own);
  const seen = await bob.does('GET', `/users/${anna.id}`);
  const expected = { ...own };
  for (const field of privateFields) delete expected[field];
  expect(seen).toEqual(expected);
  expect(JSON.stringify(own)).not.toContain('password');
});

test('an unknown account is 404, and nobody reads accounts without a token', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const refused = await anna.isRefused(404, 'GET', '/users/99999999999999');
  expect(refused.body.error.message).toContain('unknown_user');
  expect((await server.call('GET', `/users/${anna.id}`)).status).toBe(401);
  expect((await server.call('GET', '/users/@me')).status).toBe(401);
  expect((await server.call('PATCH', '/users/@me', {})).status).toBe(401);
  expect((await server.call('GET', '/users/@me/spaces')).status).toBe(401);
});

test('a change is answered, kept and told: to acquaintances what is public, to oneself last and whole', async () => {
  await using server = await startTest();
  const [anna, bob, cleo] = [
    await server.person('anna'),
    await server.person('bob'),
    await server.person('cleo'),
  ];
  // The space that everyone joins makes all of them acquaintances.
  const [home] = await cleo.does('GET', '/users/@me/spaces');
  await cleo.does('DELETE', `/spaces/${home.id}/members/@me`);
  const [annas, bobs, cleos] = [await anna.listens(), await bob.listens(), await cleo.listens()];
  for (const ears of [annas, bobs, cleos]) await ears.unread();
  const patch = {
    username: ' anna.2 ',
    display_name: ' Anna  B. ',
    bio: 'one\ntwo',
    accent_color: 0xffff_ffff,
  };
  const after = await anna.does('PATCH', '/users/@me', patch);
  expect(after).toMatchObject({ ...patch, username: 'anna.2', display_name: 'Anna  B.' });
  expect(await anna.does('GET', '/users/@me')).toEqual(after);
  const [told] = await bobs.hearsExactly('user.update');
  expect(told?.data).toEqual(await bob.does('GET', `/users/${anna.id}`));
  const own = await annas.hearsExactly('user.update', 'user.update');
  expect(own[1]?.data).toEqual(after);
  await cleos.hearsNothing();
});

test('what changes nothing is told to nobody', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  await anna.does('PATCH', '/users/@me', { bio: 'same', accent_color: 5 });
  const ears = await anna.listens();
  for (const patch of [{}, { bio: 'same' }, { accent_color: 5, username: 'anna' }, { x: 1 }]) {
    await anna.does('PATCH', '/users/@me', patch);
  }
  await ears.hearsNothing();
});

test('empty texts and null clear what can be cleared; a name stays', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const full = { display_name: 'Anna', bio: 'hello', accent_color: 1 };
  for (const empty of [
    { display_name: '', bio: '' },
    { display_name: null, bio: null, accent_color: null },
    { display_name: '   ', bio: ' \n ' },
  ]) {
    await anna.does('PATCH', '/users/@me', full);
    const after = await anna.does('PATCH', '/users/@me', empty);
    expect(after).toMatchObject({
      display_name: null,
      bio: null,
      accent_color: 'accent_color' in empty ? null : 1,
      username: 'anna',
    });
  }
  expect(await anna.does('PATCH', '/users/@me', { username: null })).toMatchObject({
    username: 'anna',
  });
});

test('each field has its bounds, counted as people count', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (const patch of [
    { display_name: 'x'.repeat(33) },
    { display_name: 'x'.repeat(10_000) },
    { display_name: 'a\u0007b' },
    { bio: 'x'.repeat(2001) },
    { bio: 'nul \u0000' },
    { accent_color: 2 ** 53 },
    { accent_color: -(2 ** 53) },
    { username: '' },
    { username: 'Upper' },
    { username: 'x'.repeat(33) },
  ]) {
    await anna.isRefused(400, 'PATCH', '/users/@me', patch);
  }
  for (const patch of [
    { display_name: 1 },
    { bio: ['x'] },
    { accent_color: '1' },
    { accent_color: 1.5 },
    { username: 5 },
  ]) {
    await anna.isRefused(422, 'PATCH', '/users/@me', patch);
  }
  await anna.does('PATCH', '/users/@me', {
    display_name: '\u{1f642}'.repeat(32),
    bio: '\u{1f642}'.repeat(2000),
  });
});

test('any whole number that JSON carries unharmed is an accent colour, and null clears it', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const most = Number.MAX_SAFE_INTEGER;
  for (const accent_color of [0, -1, 0xff_ffff, 0xffff_ffff, 0x1_0000_0000, most, -most, null]) {
    const changed = await anna.does('PATCH', '/users/@me', { accent_color });
    expect(changed.accent_color).toBe(accent_color);
    expect((await anna.does('GET', '/users/@me')).accent_color).toBe(accent_color);
  }
});

test('a username belongs to one account of any kind', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  const refused = await anna.isRefused(409, 'PATCH', '/users/@me', { username: 'bob', bio: 'x' });
  expect(refused.code).toBe('already_exists');
  // Nothing of a refused change stays.
  expect((await anna.does('GET', '/users/@me')).bio).toBeNull();
  const both = await Promise.all(
    [anna, bob].map((person) => person.call('PATCH', '/users/@me', { username: 'cleo' })),
  );
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
});

test('one’s spaces are listed, and none that one has left', async () => {
  await using server = await startTest();
  const { space } = await world(server, 'anna');
  const bob = await server.person('bob');
  const slugs = async () => {
    const spaces = await bob.does('GET', '/users/@me/spaces');
    return spaces.map(({ slug }: { slug: string }) => slug);
  };
  expect(await slugs()).toEqual(['general']);
  await bob.joins(space);
  expect(await slugs()).toEqual(['general', 'home']);
  const page = async (query: string) => {
    const spaces = await bob.does('GET', `/users/@me/spaces?${query}`);
    return spaces.map(({ slug }: { slug: string }) => slug);
  };
  expect(await page('limit=1')).toEqual(['general']);
  const [first] = await bob.does('GET', '/users/@me/spaces');
  expect(await page(`after=${first.id}`)).toEqual(['home']);
  expect(await page(`after=${space.id}`)).toEqual([]);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  expect(await slugs()).toEqual(['general']);
  // Who left the space meanwhile that the last page ended with misses none of the others.
  expect(await page(`after=${space.id}`)).toEqual(['general']);
});

test('names changed over and over take one row of the event log, and who was away gets the last', async () => {
  await using server = await startTest();
  const { anna, bob } = await world(server, 'anna', 'bob');
  const stand = await dropped(await bob.listens(['members']));
  for (let n = 0; n < 5; n += 1) await anna.does('PATCH', '/users/@me', { display_name: `n${n}` });
  // A row for each of up to 2,500 friends, partners and spaces hangs on it.
  const rows = server.app.db.sqlite.query('SELECT 1 FROM events WHERE newest_of = ?');
  expect(rows.all(`user ${anna.id}`)).toHaveLength(1);
  const { missed } = await bob.resumes(stand.session_id, stand.seq);
  const told = missed.filter(({ type }) => type === 'user.update');
  expect(told.map(({ data }) => data['display_name'])).toEqual(['n4']);
});
