// Custom emojis: made, listed, changed and removed, with their images and the roles that may use them.
import { describe, expect, test } from 'bun:test';
import { emojis } from '../../src/db/schema/files.ts';
import { instance } from '../../src/db/schema/people.ts';
import { maxEmojis } from '../../src/features/spaces/emojis/actions.ts';
import {
  animatedPng,
  animatedWebp,
  dataUri,
  gif,
  heavyPng,
  jpeg,
  pixelBomb,
  png,
  webp,
} from '../support/pictures.ts';
import { startTest } from '../support/server.ts';
import { filesOf, removed } from '../support/stored.ts';
import { empower, listening, world } from '../support/world.ts';

const photo = await jpeg();
const drawing = await webp();
const moving = await animatedWebp();
const image = dataUri('image/png', png(3, 3));
const of = (space: { id: string }) => `/spaces/${space.id}/emojis`;

/** Whether bytes are a PNG. */
const isPng = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1', 1, 4) === 'PNG';

test('an emoji is told to the members of its space, and its image is where it says', async () => {
  await using server = await startTest();
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  const stranger = await server.person('cleo');
  const [bobs, cleos] = await listening([bob, stranger], ['emojis']);
  const made = await owner.does('POST', of(space), { name: 'party_2', image });
  expect(made).toEqual({
    id: expect.any(String),
    name: 'party_2',
    animated: false,
    managed: false,
    available: true,
    require_colons: true,
    role_ids: [],
    creator_id: owner.id,
    image_url: `${server.origin}/cdn/emojis/${space.id}/${made.id}.png`,
  });
  const told = await bobs.hears('emoji.create');
  expect(told.data).toEqual({ space_id: space.id, emoji: made });
  const served = await fetch(made.image_url);
  expect(Buffer.compare(Buffer.from(await served.bytes()), png(3, 3))).toBe(0);
  expect(await bob.does('GET', of(space))).toEqual([made]);
  expect(await bob.does('GET', `${of(space)}/${made.id}`)).toEqual(made);

  const renamed = await owner.does('PATCH', `${of(space)}/${made.id}`, { name: 'fest' });
  expect(renamed).toEqual({ ...made, name: 'fest' });
  expect((await bobs.hears('emoji.update')).data).toEqual({ space_id: space.id, emoji: renamed });
  await owner.does('PATCH', `${of(space)}/${made.id}`, { name: 'fest' });
  await owner.does('PATCH', `${of(space)}/${made.id}`, {});
  await bobs.hearsNothing();

  expect(await owner.does('DELETE', `${of(space)}/${made.id}`)).toBeNull();
  expect((await bobs.hears('emoji.delete')).data).toEqual({
    space_id: space.id,
    emoji_id: made.id,
  });
  await bobs.hearsNothing();
  await cleos.hearsNothing();
  expect((await fetch(made.image_url)).status).toBe(404);
  await removed(server);
  expect(await filesOf(server)).toEqual([]);
  expect(await owner.does('GET', of(space))).toEqual([]);
});

describe('the image of an emoji', () => {
  test.each([
    ['a PNG', png(3, 3), 'png', false],
    ['an animated PNG', animatedPng(), 'png', true],
    ['a GIF', gif(1), 'gif', false],
    ['an animated GIF', gif(2), 'gif', true],
    ['a JPEG', photo, 'jpg', false],
    ['a WebP', drawing, 'webp', false],
    ['an animated WebP', moving, 'webp', true],
  ])('may be %s; its address is that of a PNG', async (_name, bytes, ending, animated) => {
    await using server = await startTest();
    const { owner, space } = await world(server, 'olga');
    const wish = { name: 'one', image: dataUri('image/png', bytes) };
    const made = await owner.does('POST', of(space), wish);
    expect(made.animated).toBe(animated);
    expect(await owner.does('GET', of(space))).toEqual([made]);
    // The Godot client takes the address as it is or makes one by itself, and decodes nothing else.
    expect(made.image_url).toBe(`${server.origin}/cdn/emojis/${space.id}/${made.id}.png`);
    for (const address of [made.image_url, `${server.origin}/cdn/emojis/${made.id}.png`]) {
      const still = await fetch(address);
      expect(still.status).toBe(200);
      expect(still.headers.get('content-type')).toBe('image/png');
      expect(isPng(await still.bytes())).toBe(true);
    }
    const own = await fetch(made.image_url.replace(/png$/, 'gif'));
    expect(own.headers.get('content-type')).toBe(`image/${ending === 'jpg' ? 'jpeg' : ending}`);
    expect(Buffer.from(await own.bytes()).equals(Buffer.from(bytes))).toBe(true);
    expect(await filesOf(server)).toHaveLength(ending === 'png' ? 1 : 2);
    await owner.does('DELETE', `${of(space)}/${made.id}`);
    await removed(server);
    expect(await filesOf(server)).toEqual([]);
  });

  test.each([
    ['no data URI', 400, 'x'],
    ['another type', 400, dataUri('text/html', Buffer.from('<b>'))],
    ['another type, and large', 400, dataUri('text/plain', Buffer.alloc(300_000))],
    ['no image at all', 400, dataUri('image/png', Buffer.from('<script>'))],
    ['a pixel bomb', 400, dataUri('image/png', pixelBomb())],
    ['nothing', 400, ''],
    ['null', 422, null],
    ['missing', 422, undefined],
    ['too large', 413, dataUri('image/png', Buffer.alloc(262_145))],
    ['far too large', 413, dataUri('image/png', Buffer.alloc(5_000_000))],
  ])('is refused when it is %s: %d', async (_name, status, given) => {
    await using server = await startTest();
    const { owner, space } = await world(server, 'olga');
    await owner.isRefused(status, 'POST', of(space), { name: 'one', image: given });
    expect(await filesOf(server)).toEqual([]);
    expect(await owner.does('GET', of(space))).toEqual([]);
  });
});

test('how large an emoji may be follows the setting of the moment, and so does the body that brings it', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  const limit = (max_emoji_size: number) =>
    server.turn(({ tx }) => tx.orm.update(instance).set({ max_emoji_size }).run());
  const wish = (name: string, bytes: number) => ({
    name,
    image: dataUri('image/png', heavyPng(bytes)),
  });
  await owner.does('POST', of(space), wish('default', 262_144));
  await owner.isRefused(413, 'POST', of(space), wish('more', 262_145));
  // Far above what any other image may have.
  await limit(6_000_000);
  await owner.does('POST', of(space), wish('large', 6_000_000));
  await owner.isRefused(413, 'POST', of(space), wish('more', 6_000_001));
  await limit(1_000);
  await owner.isRefused(413, 'POST', of(space), wish('more', 1_001));
  await owner.does('POST', of(space), wish('small', 1_000));
});

describe('the name of an emoji', () => {
  test.each(['x', 'a b', '../../x', 'ä2', 'a'.repeat(33), '', 'a\u202Eb', 'a"b', 'a\nb'])(
    'is not %j',
    async (name) => {
      await using server = await startTest();
      const { owner, space } = await world(server, 'olga');
      await owner.isRefused(400, 'POST', of(space), { name, image });
      const { id } = await owner.does('POST', of(space), { name: 'good', image });
      await owner.isRefused(400, 'PATCH', `${of(space)}/${id}`, { name });
      expect(await filesOf(server)).toHaveLength(1);
    },
  );

  test('is one of a kind in its space, and free in another', async () => {
    await using server = await startTest();
    const { owner, space } = await world(server, 'olga');
    const { space: other } = await owner.founds('Other');
    await owner.does('POST', of(space), { name: 'one', image });
    await owner.isRefused(409, 'POST', of(space), { name: 'one', image });
    await owner.does('POST', of(other), { name: 'one', image });
    const { id } = await owner.does('POST', of(space), { name: 'two', image });
    await owner.isRefused(409, 'PATCH', `${of(space)}/${id}`, { name: 'one' });
    expect(await filesOf(server)).toHaveLength(3);
  });
});

test('only who holds manage_emojis makes, changes and removes emojis; only members see the list', async () => {
  await using server = await startTest();
  const at = await world(server, 'olga', 'bob');
  const { bob } = at;
  const stranger = await server.person('cleo');
  const { id } = await at.owner.does('POST', of(at.space), { name: 'one', image });
  await bob.isRefused(403, 'POST', of(at.space), { name: 'two', image });
  await bob.isRefused(403, 'PATCH', `${of(at.space)}/${id}`, { name: 'two' });
  await bob.isRefused(403, 'DELETE', `${of(at.space)}/${id}`);
  await bob.isRefused(403, 'DELETE', `${of(at.space)}/1`);
  await stranger.isRefused(403, 'GET', of(at.space));
  await empower(at, bob, 'manage_emojis');
  await bob.does('POST', of(at.space), { name: 'two', image });
  await bob.does('DELETE', `${of(at.space)}/${id}`);
  await bob.isRefused(404, 'DELETE', `${of(at.space)}/${id}`);
  await bob.isRefused(404, 'GET', `${of(at.space)}/${id}`);
  expect(await filesOf(server)).toHaveLength(2);
});

test('an emoji of another space is not found', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  const { space: other } = await owner.founds('Other');
  const { id } = await owner.does('POST', of(space), { name: 'one', image });
  for (const method of ['GET', 'DELETE']) {
    await owner.isRefused(404, method, `${of(other)}/${id}`);
  }
  await owner.isRefused(404, 'PATCH', `${of(other)}/${id}`, { name: 'two' });
  expect((await fetch(`${server.origin}/cdn/emojis/${other.id}/${id}.png`)).status).toBe(404);
  expect((await fetch(`${server.origin}/cdn/emojis/${space.id}/${id}.png`)).status).toBe(200);
});

test('an emoji may be for some roles, of its own space only; a role that goes leaves the list', async () => {
  await using server = await startTest();
  const at = await world(server, 'olga', 'bob');
  const { owner, bob, space } = at;
  const role = await empower(at, bob);
  const { space: other } = await owner.founds('Other');
  const [foreign] = await owner.does('GET', `/spaces/${other.id}/roles`);
  for (const role_ids of [['1'], [foreign.id], [role.id, '1']]) {
    await owner.isRefused(400, 'POST', of(space), { name: 'one', image, role_ids });
  }
  await owner.isRefused(400, 'POST', of(space), { name: 'one', image, role_ids: ['../x'] });
  const [bobs] = await listening([bob], ['emojis']);
  const wish = { name: 'one', image, role_ids: [role.id, role.id] };
  const made = await owner.does('POST', of(space), wish);
  expect(made.role_ids).toEqual([role.id]);
  const plain = await owner.does('POST', of(space), { name: 'two', image });
  await bobs.unread();
  const path = `${of(space)}/${plain.id}`;
  await owner.isRefused(400, 'PATCH', path, { name: 'other', role_ids: [foreign.id] });
  expect(await owner.does('GET', path)).toEqual(plain);
  await owner.does('PATCH', path, { role_ids: [role.id] });
  expect((await bobs.hears('emoji.update')).data['emoji'].role_ids).toEqual([role.id]);

  await owner.does('DELETE', `/spaces/${space.id}/roles/${role.id}`);
  const told = await bobs.hearsExactly('emoji.update', 'emoji.update');
  expect(told.map(({ data }) => data['emoji'].role_ids)).toEqual([[], []]);
  expect((await owner.does('GET', path)).role_ids).toEqual([]);
});

test('a space has so many emojis and no more; a list goes on where it ended', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  await server.turn(({ tx, id, now }) => {
    for (let n = 0; n < maxEmojis - 1; n += 1) {
      tx.orm
        .insert(emojis)
        .values({ id: id(), space_id: space.id, name: `n_${n}`, extension: 'png', created_at: now })
        .run();
    }
  });
  await owner.does('POST', of(space), { name: 'last', image });
  await owner.isRefused(400, 'POST', of(space), { name: 'over', image });
  const all = await owner.does('GET', of(space));
  expect(all).toHaveLength(maxEmojis);
  const page = await owner.does('GET', `${of(space)}?limit=100&after=${all[99].id}`);
  expect(page).toEqual(all.slice(100, 200));
});

test('the emojis of a deleted space go with it', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  const gifs = { name: 'one', image: dataUri('image/gif', gif(2)) };
  const made = await owner.does('POST', of(space), gifs);
  await owner.does('DELETE', `/spaces/${space.id}`);
  expect((await fetch(made.image_url)).status).toBe(404);
  await removed(server);
  expect(await filesOf(server)).toEqual([]);
});
