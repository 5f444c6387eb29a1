// The settings of the whole server: read and changed by instance admins alone, and true for all at once.
import { expect, test } from 'bun:test';
import { acts } from '../support/admins.ts';
import { FakeClock } from '../support/clock.ts';
import { uploads } from '../support/forms.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { listening, world } from '../support/world.ts';

const open = async (server: TestServer) => (await server.call('GET', '/settings')).data;

test('instance admins read all settings, and no text or number of them is null', async () => {
  await using server = await startTest();
  const settings = await server.admin.does('GET', '/admin/settings');
  const { updated_at, ...others } = settings;
  expect(updated_at).toBeNull();
  expect(Object.values(others)).not.toContain(null);
  expect(settings).toMatchObject({
    server_name: 'Accord Server',
    motd: '',
    registration_policy: 'open',
    registration_approval: false,
    members_may_invite: true,
    max_spaces: 0,
    max_members_per_space: 0,
    max_upload_per_day: 1024 * 1024 * 1024,
    public_listing: false,
    login_days: 30,
    tos_enabled: true,
    tos_version: 1,
    tos_url: '',
  });
  expect(settings).toMatchObject(await open(server));
  expect(await open(server)).not.toContainKeys(['max_spaces', 'members_may_invite', 'updated_at']);
  const bob = await server.person('bob');
  await bob.isRefused(403, 'GET', '/admin/settings');
  await bob.isRefused(403, 'PATCH', '/admin/settings', { server_name: 'Mine' });
  expect((await open(server)).server_name).toBe('Accord Server');
});

test('what an admin sets is what everybody reads and what holds, at once', async () => {
  await using server = await startTest();
  const { admin } = server;
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, general } = home;
  const [annas] = await listening([anna], ['spaces', 'messages']);
  const change = {
    server_name: 'Soup',
    motd: 'Peas today',
    registration_policy: 'closed',
    registration_approval: true,
    members_may_invite: false,
    max_avatar_size: 1,
    max_emoji_size: 2,
    max_sound_size: 3,
    max_attachment_size: 4,
    max_attachments_per_message: 1,
    max_upload_per_day: 9,
    max_spaces: 1,
    max_members_per_space: 2,
    public_listing: true,
    login_days: 7,
    tos_enabled: false,
    tos_text: 'Be kind.',
    tos_version: 12,
    tos_url: 'https://example.org/terms',
  };
  const settings = await admin.does('PATCH', '/admin/settings', change);
  expect(settings).toEqual({ ...change, updated_at: expect.any(String) });
  expect(await admin.does('GET', '/admin/settings')).toEqual(settings);
  expect(settings).toMatchObject(await open(server));
  await annas.hearsNothing();

  expect((await bob.listens([])).ready['motd']).toBe('Peas today');
  const page = String((await server.call('GET', '//')).body);
  expect(page).toContain('Soup');
  expect(page).toContain('Peas today');
  const wish = { username: 'cleo', password: 'correct horse' };
  expect((await server.call('POST', '/auth/register', wish)).status).toBe(403);
  await anna.isRefused(403, 'POST', '/spaces', { name: 'Another' });
  const two = [1, 2].map(() => ({ filename: 'a', bytes: Buffer.from('x') }));
  expect((await uploads(bob, general, {}, two)).status).toBe(400);
  const large = [{ filename: 'a', bytes: Buffer.from('12345') }];
  expect((await uploads(bob, general, {}, large)).status).toBe(413);
  const fits = [{ filename: 'a', bytes: Buffer.from('1234') }];
  const status = async () => (await uploads(bob, general, {}, fits)).status;
  expect([await status(), await status(), await status()]).toEqual([200, 200, 403]);
});

test('null and "" clear what can be cleared; null leaves everything else', async () => {
  const settings = { UPLOAD_MEGABYTES_PER_DAY: '3' };
  await using server = await startTest({ settings });
  const { admin } = server;
  const all = { motd: 'a', tos_text: 'b', tos_url: 'http://c/', max_upload_per_day: 5 };
  expect(await admin.does('PATCH', '/admin/settings', all)).toMatchObject(all);
  const blank = { motd: '', tos_text: '', tos_url: '', max_upload_per_day: 3 * 1024 * 1024 };
  const nulls = { motd: null, tos_text: null, tos_url: null, max_upload_per_day: null };
  const kept = {
    server_name: null,
    registration_policy: null,
    max_spaces: null,
    tos_enabled: null,
    tos_version: null,
    login_days: null,
    public_listing: null,
  };
  const after = await admin.does('PATCH', '/admin/settings', { ...nulls, ...kept });
  expect(after).toMatchObject({ ...blank, server_name: 'Accord Server', tos_enabled: true });
  expect(await open(server)).toMatchObject(blank);
  await admin.does('PATCH', '/admin/settings', { motd: 'a', tos_text: 'b', tos_url: 'http://c/' });
  const texts = { motd: '', tos_text: '', tos_url: '' };
  expect(await admin.does('PATCH', '/admin/settings', texts)).toMatchObject(texts);
});

test('the version of the terms grows by itself when they change, and not otherwise', async () => {
  await using server = await startTest();
  const version = async (change: object) =>
    (await server.admin.does('PATCH', '/admin/settings', change)).tos_version;
  expect(await version({ tos_text: 'one' })).toBe(2);
  expect(await version({ tos_text: 'one' })).toBe(2);
  expect(await version({ motd: 'hello' })).toBe(2);
  expect(await version({ tos_text: 'two', tos_version: 7 })).toBe(7);
  expect(await version({ tos_text: null })).toBe(8);
  expect(await version({ tos_text: '' })).toBe(8);
  expect(await version({ tos_text: 'three', tos_version: null })).toBe(9);
});

test('values that make no sense are refused, and nothing changes', async () => {
  await using server = await startTest();
  const { admin } = server;
  const before = await admin.does('GET', '/admin/settings');
  const wrong: [object, number][] = [
    [{ max_avatar_size: 0 }, 400],
    [{ max_emoji_size: -1 }, 400],
    [{ max_attachment_size: 2 ** 53 }, 400],
    [{ max_attachments_per_message: 0 }, 400],
    [{ max_attachments_per_message: 1_000 }, 400],
    [{ max_spaces: -1 }, 400],
    [{ max_members_per_space: 1.5 }, 422],
    [{ max_upload_per_day: -1 }, 400],
    [{ login_days: 0 }, 400],
    [{ login_days: 366 }, 400],
    [{ registration_policy: 'perhaps' }, 400],
    [{ server_name: '' }, 400],
    [{ server_name: 'x'.repeat(65) }, 400],
    [{ motd: 'x'.repeat(1_001) }, 400],
    [{ tos_url: 'javascript:alert(1)' }, 400],
    [{ tos_url: 'terms' }, 400],
    [{ tos_text: 'x'.repeat(20_001) }, 400],
    [{ tos_version: 0 }, 400],
  ];
  for (const [change, status] of wrong) {
    const reply = await admin.call('PATCH', '/admin/settings', {
      ...change,
      motd: 'changed',
      ...change,
    });
    expect([change, reply.status]).toEqual([change, status]);
  }
  expect(await admin.does('GET', '/admin/settings')).toEqual(before);
  expect(await acts(admin)).toEqual([]);
  // The longest terms there can be, in the longest way to write them.
  const longest = '\u{1d4b3}'.repeat(20_000);
  const escaped = longest
    .slice(0, 2)
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
  const text = `{"tos_text":"${escaped.join('').repeat(20_000)}"}`;
  expect((await admin.does('PATCH', '/admin/settings', text)).tos_text).toBe(longest);
});

test('each change is in the log of admins, long texts only as they begin', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { admin } = server;
  await admin.does('PATCH', '/admin/settings', { motd: 'Peas', max_spaces: 7 });
  await admin.does('PATCH', '/admin/settings', { motd: 'Peas' });
  await admin.does('PATCH', '/admin/settings', {});
  const terms = 'x'.repeat(5_000);
  await clock.pass(1_000);
  await admin.does('PATCH', '/admin/settings', { tos_text: `${terms}1` });
  await admin.does('PATCH', '/admin/settings', { tos_text: `${terms}2` });
  const short = `${'x'.repeat(200)}…`;
  const [last, third, first, ...others] = await acts(admin);
  expect(others).toEqual([]);
  expect(first).toEqual([
    'setting_update',
    undefined,
    { motd: { old: null, new: 'Peas' }, max_spaces: { old: 0, new: 7 } },
  ]);
  expect(third?.[2]).toMatchObject({
    tos_text: { new: short },
    tos_version: { old: 1, new: 2 },
  });
  expect(last?.[2]).toEqual({
    tos_text: { old: short, new: short },
    tos_version: { old: 2, new: 3 },
  });
  const { updated_at } = await admin.does('GET', '/admin/settings');
  expect(updated_at).toBe(new Date(clock.now()).toISOString());
});
