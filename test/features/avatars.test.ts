// Avatars, banners and icons: what is accepted, where it lies, who hears of it, and when it goes.
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { instance } from '../../src/db/schema/people.ts';
import { FakeClock } from '../support/clock.ts';
import {
  animatedPng,
  animatedWebp,
  crumbledPng,
  dataUri,
  gif,
  heavyPng,
  jpeg,
  pixelBomb,
  png,
  webp,
} from '../support/pictures.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { filesOf, removed, until } from '../support/stored.ts';
import { empower, listening, world } from '../support/world.ts';

/** Fetches a path of this server, as the web page of a client would. */
async function fetched(server: TestServer, path: string) {
  const response = await fetch(`${server.origin}${path}`);
  const bytes = Buffer.from(await response.bytes());
  return { status: response.status, type: response.headers.get('content-type'), bytes };
}

const me = '/users/@me';
const photo = await jpeg();
const drawing = await webp();
const moving = await animatedWebp();
const image = dataUri('image/png', png(3, 3));

describe('an avatar', () => {
  test('is told to those who share a space, and served where it says', async () => {
    await using server = await startTest();
    const { owner, bob } = await world(server, 'olga', 'bob');
    const [owners, bobs] = await listening([owner, bob], ['spaces']);
    const changed = await owner.does('PATCH', me, { avatar: image });
    expect(changed.avatar).toMatch(new RegExp(`^/cdn/avatars/${owner.id}/[0-9a-f]{32}\\.png$`));
    expect((await bobs.hears('user.update')).data).toMatchObject({ avatar: changed.avatar });
    await bobs.hearsNothing();
    await owners.hearsExactly('user.update', 'user.update');
    const served = await fetched(server, changed.avatar);
    expect(served).toMatchObject({ status: 200, type: 'image/png' });
    expect(Buffer.compare(served.bytes, png(3, 3))).toBe(0);
  });

  test.each([
    ['image/png', png(5, 4), 'png'],
    ['image/png', animatedPng(), 'png'],
    ['image/gif', gif(2), 'gif'],
    ['image/webp', drawing, 'webp'],
    ['image/webp', moving, 'webp'],
    ['image/jpeg', photo, 'jpg'],
    // The Godot client states the type of the file name.
    ['image/png', photo, 'jpg'],
  ])('may be declared as %s and is kept as what it is', async (type, bytes, ending) => {
    await using server = await startTest();
    const owner = await server.person('olga');
    const { avatar } = await owner.does('PATCH', me, { avatar: dataUri(type, bytes) });
    expect(avatar).toEndWith(`.${ending}`);
    const served = await fetched(server, avatar);
    expect(served.type).toBe(`image/${ending === 'jpg' ? 'jpeg' : ending}`);
  });

  test('that is a JPEG loses what its camera wrote into it', async () => {
    await using server = await startTest();
    const owner = await server.person('olga');
    const plain = photo;
    const note = Buffer.from('SECRET POSITION');
    const head = Buffer.from([0xff, 0xfe, 0, note.length + 2]);
    const told = Buffer.concat([plain.subarray(0, 2), head, note, plain.subarray(2)]);
    const { avatar } = await owner.does('PATCH', me, { avatar: dataUri('image/jpeg', told) });
    expect((await fetched(server, avatar)).bytes.includes(note)).toBe(false);
  });

  test('that is replaced or cleared goes from its address at once and from the disk after it', async () => {
    await using server = await startTest();
    const owner = await server.person('olga');
    const first = await owner.does('PATCH', me, { avatar: image });
    const other = dataUri('image/png', png(3, 3, 77));
    const second = await owner.does('PATCH', me, { avatar: other });
    expect(second.avatar).not.toBe(first.avatar);
    expect((await fetched(server, first.avatar)).status).toBe(404);
    await removed(server);
    expect(await filesOf(server)).toEqual([second.avatar.slice('/cdn/'.length)]);
    for (const nothing of ['', null]) {
      await owner.does('PATCH', me, { avatar: other });
      expect(await owner.does('PATCH', me, { avatar: nothing })).toMatchObject({ avatar: null });
      await removed(server);
      expect(await filesOf(server)).toEqual([]);
    }
  });

  test('that comes again changes nothing and is not told', async () => {
    await using server = await startTest();
    const { owner } = await world(server, 'olga');
    const { avatar } = await owner.does('PATCH', me, { avatar: image });
    const [heard] = await listening([owner], ['spaces']);
    expect((await owner.does('PATCH', me, { avatar: image })).avatar).toBe(avatar);
    await heard.hearsNothing();
    await removed(server);
    expect(await filesOf(server)).toEqual([avatar.slice('/cdn/'.length)]);
    expect((await fetched(server, avatar)).status).toBe(200);
  });

  test('stays when a change of other things is refused', async () => {
    await using server = await startTest();
    const owner = await server.person('olga');
    await server.person('taken');
    const { avatar } = await owner.does('PATCH', me, { avatar: image });
    const wish = { username: 'taken', avatar: dataUri('image/png', png(9, 9)) };
    await owner.isRefused(409, 'PATCH', me, wish);
    expect(await filesOf(server)).toEqual([avatar.slice('/cdn/'.length)]);
    expect((await owner.does('GET', me)).avatar).toBe(avatar);
  });
});

describe('an image is refused', () => {
  const cases: [string, number, string | number | boolean | object][] = [
    ['an address', 400, 'https://example.org/a.png'],
    ['a path of somebody else’s file', 400, '/cdn/avatars/1/0123456789abcdef0123456789abcdef.png'],
    ['a path that climbs', 400, '/cdn/avatars/../../accord.db'],
    ['another kind of data', 400, dataUri('text/html', Buffer.from('<script>'))],
    ['SVG', 400, dataUri('image/svg+xml', Buffer.from('<svg/>'))],
    ['data that only claims to be an image', 400, dataUri('image/png', Buffer.from('<script>'))],
    ['half an image', 400, dataUri('image/png', png(40, 40).subarray(0, 50))],
    ['an empty one', 400, 'data:image/png;base64,'],
    ['no base64', 400, 'data:image/png;base64,%%%%'],
    ['more pixels than 16 million', 400, dataUri('image/png', pixelBomb())],
    ['crumbled into 100,000 chunks', 400, dataUri('image/png', crumbledPng(100_000))],
    ['a number', 422, 7],
    ['a list', 422, []],
    ['more than 2 MiB', 413, dataUri('image/png', Buffer.alloc(2_097_153))],
    ['far more', 413, dataUri('image/png', Buffer.alloc(7_000_000))],
  ];
  test.each(cases)('that is %s: %d', async (_name, status, avatar) => {
    await using server = await startTest();
    const { owner, space } = await world(server, 'olga');
    const [heard] = await listening([owner], ['spaces', 'members']);
    await owner.isRefused(status, 'PATCH', me, { avatar });
    await owner.isRefused(status, 'PATCH', me, { banner: avatar });
    await owner.isRefused(status, 'PATCH', `/spaces/${space.id}`, { icon: avatar });
    await owner.isRefused(status, 'PATCH', `/spaces/${space.id}`, { banner: avatar });
    await owner.isRefused(status, 'POST', '/spaces', { name: 'Other', icon: avatar });
    const own = `/spaces/${space.id}/members/@me`;
    await owner.isRefused(status, 'PATCH', own, { avatar });
    await heard.hearsNothing();
    expect(await filesOf(server)).toEqual([]);
  });

  test('by the limit of the moment', async () => {
    await using server = await startTest();
    const owner = await server.person('olga');
    const large = dataUri('image/png', png(300, 300));
    const limit = (max_avatar_size: number) =>
      server.turn(({ tx }) => tx.orm.update(instance).set({ max_avatar_size }).run());
    await limit(100);
    await owner.isRefused(413, 'PATCH', me, { avatar: large });
    await limit(8_000_000);
    const noise = Buffer.concat([png(300, 300), Buffer.alloc(3_000_000, 7)]);
    const both = { avatar: dataUri('image/png', noise), banner: dataUri('image/png', noise) };
    // What hangs behind the end of an image is not kept.
    await owner.does('PATCH', me, both);
    const [one] = await filesOf(server);
    expect(Bun.file(join(server.app.config.storage_path, one ?? '')).size).toBeLessThan(100_000);
  });

  test('only when it is above the limit itself: two at the limit fit into one body', async () => {
    await using server = await startTest();
    const { owner, space } = await world(server, 'olga');
    const [most, more] = [2_097_152, 2_097_153].map((bytes) =>
      dataUri('image/png', heavyPng(bytes)),
    );
    const path = `/spaces/${space.id}`;
    const of = { icon: expect.any(String), banner: expect.any(String) };
    expect(await owner.does('PATCH', path, { icon: most, banner: most })).toMatchObject(of);
    await owner.isRefused(413, 'PATCH', path, { icon: most, banner: more });
    await owner.does('PATCH', me, { avatar: most, banner: most });
    await owner.does('PATCH', `${path}/members/@me`, { avatar: most });
    await owner.does('POST', '/spaces', { name: 'Other', icon: most });
    await owner.isRefused(413, 'POST', '/spaces', { name: 'Another', icon: more });
    expect(await filesOf(server)).toHaveLength(6);
  });

  test('with its neighbour: of two images both are kept or none', async () => {
    await using server = await startTest();
    const owner = await server.person('olga');
    await owner.isRefused(400, 'PATCH', me, {
      avatar: image,
      banner: 'data:image/png;base64,AAAA',
    });
    expect(await filesOf(server)).toEqual([]);
  });
});

describe('a space', () => {
  test('has an icon from its beginning, and shows it to strangers', async () => {
    await using server = await startTest();
    const owner = await server.person('olga');
    const heard = await owner.listens(['spaces']);
    const wish = { name: 'Home', public: true, icon: image };
    const space = await owner.does('POST', '/spaces', wish);
    expect(space.icon).toMatch(new RegExp(`^/cdn/icons/${space.id}/[0-9a-f]{32}\\.png$`));
    expect((await heard.hears('space.create')).data).toMatchObject({ icon: space.icon });
    const listed = await server.call('GET', '/spaces/public');
    expect(listed.data).toContainEqual(expect.objectContaining({ icon: space.icon }));
    expect((await fetched(server, space.icon)).status).toBe(200);
  });

  test('tells its members of a new icon and banner, which go with it', async () => {
    await using server = await startTest();
    const { owner, bob, space } = await world(server, 'olga', 'bob');
    const [bobs] = await listening([bob], ['spaces']);
    const path = `/spaces/${space.id}`;
    const banner = dataUri('image/webp', moving);
    const changed = await owner.does('PATCH', path, { icon: image, banner });
    expect((await bobs.hears('space.update')).data).toMatchObject({
      icon: changed.icon,
      banner: expect.stringMatching(new RegExp(`^/cdn/banners/${space.id}/[0-9a-f]{32}\\.webp$`)),
    });
    expect((await fetched(server, changed.banner)).type).toBe('image/webp');
    await owner.does('PATCH', path, { icon: '' });
    expect((await fetched(server, changed.icon)).status).toBe(404);
    await owner.does('DELETE', path);
    expect((await fetched(server, changed.banner)).status).toBe(404);
    await removed(server);
    expect(await filesOf(server)).toEqual([]);
  });

  test('of somebody else gets no icon', async () => {
    await using server = await startTest();
    const { bob, space } = await world(server, 'olga', 'bob');
    await bob.isRefused(403, 'PATCH', `/spaces/${space.id}`, { icon: image });
    expect(await filesOf(server)).toEqual([]);
  });

  test('whose founding is refused leaves no icon', async () => {
    await using server = await startTest();
    const owner = await server.person('olga');
    await owner.isRefused(400, 'POST', '/spaces', { name: 'x', slug: '-', icon: image });
    await owner.isRefused(400, 'POST', '/spaces', { name: '', icon: image });
    // This one is refused in the turn, when the icon is on the disk already.
    await server.turn(({ tx }) => tx.orm.update(instance).set({ max_spaces: 1 }).run());
    await owner.isRefused(403, 'POST', '/spaces', { name: 'Over', icon: image });
    expect(await filesOf(server)).toEqual([]);
  });

  test('whose change is refused keeps its images and no others', async () => {
    await using server = await startTest();
    const { owner, space } = await world(server, 'olga');
    const { icon } = await owner.does('PATCH', `/spaces/${space.id}`, { icon: image });
    const other = dataUri('image/png', png(9, 9));
    const wish = { icon: other, banner: other, system_channel_id: '1' };
    await owner.isRefused(400, 'PATCH', `/spaces/${space.id}`, wish);
    expect(await filesOf(server)).toEqual([icon.slice('/cdn/'.length)]);
    expect((await fetched(server, icon)).status).toBe(200);
  });
});

describe('a member avatar', () => {
  const at = (space: { id: string }, who: Person | '@me') =>
    `/spaces/${space.id}/members/${typeof who === 'string' ? who : who.id}`;

  test('is one’s own to set, told to the space, and goes with the membership', async () => {
    await using server = await startTest();
    const { owner, bob, space } = await world(server, 'olga', 'bob');
    const [owners] = await listening([owner], ['members']);
    const changed = await bob.does('PATCH', at(space, '@me'), { avatar: image });
    const address = `^/cdn/avatars/${space.id}_${bob.id}/[0-9a-f]{32}\\.png$`;
    expect(changed.avatar).toMatch(new RegExp(address));
    expect((await owners.hears('member.update')).data).toMatchObject({ avatar: changed.avatar });
    expect((await fetched(server, changed.avatar)).status).toBe(200);
    expect((await bob.does('GET', me)).avatar).toBeNull();
    await bob.does('DELETE', at(space, '@me'));
    expect((await fetched(server, changed.avatar)).status).toBe(404);
    await removed(server);
    expect(await filesOf(server)).toEqual([]);
  });

  test('of somebody who is removed while it comes goes at once', async () => {
    await using server = await startTest();
    const { owner, bob, space } = await world(server, 'olga', 'bob');
    const { files } = server.app;
    const { put } = files;
    files.put = async (...stored) => {
      await put(...stored);
      expect(await filesOf(server)).toHaveLength(1);
      await owner.does('DELETE', at(space, bob));
    };
    await bob.isRefused(403, 'PATCH', at(space, '@me'), { avatar: image });
    expect(await filesOf(server)).toEqual([]);
  });

  test('goes with the space, at once for readers and in time from the disk', async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock });
    const { owner, bob, space } = await world(server, 'olga', 'bob');
    const changed = await bob.does('PATCH', at(space, '@me'), { avatar: image });
    const { avatar: kept } = await bob.does('PATCH', me, { avatar: image });
    await owner.does('DELETE', `/spaces/${space.id}`);
    expect((await fetched(server, changed.avatar)).status).toBe(404);
    await until(async () => {
      await clock.pass(1_000);
      return (await filesOf(server)).length === 1;
    });
    expect(await filesOf(server)).toEqual([kept.slice('/cdn/'.length)]);
  });

  test('of others needs manage_nicknames and a lower rank', async () => {
    await using server = await startTest();
    const of = await world(server, 'olga', 'bob', 'cleo');
    const { bob, cleo } = of;
    await bob.isRefused(403, 'PATCH', at(of.space, cleo), { avatar: image });
    await empower(of, bob, 'manage_nicknames');
    const { avatar } = await bob.does('PATCH', at(of.space, cleo), { avatar: image });
    expect((await fetched(server, avatar)).status).toBe(200);
    await bob.isRefused(403, 'PATCH', at(of.space, of.owner), { avatar: image });
    await bob.isRefused(404, 'PATCH', `/spaces/${of.space.id}/members/..%2F..%2Fx`, {
      avatar: image,
    });
    const cleared = await bob.does('PATCH', at(of.space, cleo), { avatar: '' });
    expect(cleared.avatar).toBeNull();
    await removed(server);
    expect(await filesOf(server)).toEqual([]);
  });

  test('is set with a nickname in one step, or neither is', async () => {
    await using server = await startTest();
    const { owner, space } = await world(server, 'olga');
    const both = { nickname: 'Olga', avatar: image };
    expect(await owner.does('PATCH', at(space, owner), both)).toMatchObject({
      nickname: 'Olga',
      avatar: expect.any(String),
    });
    const wish = { roles: ['1'], avatar: dataUri('image/png', png(8, 8)) };
    await owner.isRefused(400, 'PATCH', at(space, owner), wish);
    expect(await filesOf(server)).toHaveLength(1);
  });
});
