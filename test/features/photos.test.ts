// Whoever posts a photo does not tell with it where it was taken, wherever photos can be posted.
import { expect, test } from 'bun:test';
import { uploads } from '../support/forms.ts';
import { photoGif, photoHeif, photoJpeg, photoPng, photoWebp, secret } from '../support/photos.ts';
import { dataUri } from '../support/pictures.ts';
import { startTest } from '../support/server.ts';
import { filesBelow, filesOf } from '../support/stored.ts';
import { world } from '../support/world.ts';

const photos: [string, Buffer][] = [
  ['image/jpeg', (await photoJpeg()).photo],
  ['image/jpeg', (await photoJpeg(6)).photo],
  ['image/png', photoPng(8).photo],
  ['image/webp', (await photoWebp(3)).photo],
  ['image/gif', photoGif().photo],
  ['image/heic', photoHeif('heic')],
  ['image/avif', photoHeif('avif')],
];

test('a photo in a message tells nothing, and its size is that of what is served', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const files = photos.map(([, bytes], n) => ({ filename: `${n}`, bytes }));
  const { data } = await uploads(owner, general, {}, files);
  for (const [n, [type, photo]] of photos.entries()) {
    const { url, size, width, height, content_type } = data.attachments[n];
    const served = Buffer.from(await (await fetch(url)).bytes());
    expect(content_type).toBe(type);
    expect(served.includes(secret)).toBe(false);
    expect(served.length).toBe(size);
    expect(size).toBeLessThanOrEqual(photo.length);
    if (n < 4) expect([width, height]).toEqual(n === 1 ? [20, 30] : [30, 20]);
  }
  expect(await filesOf(server)).toHaveLength(photos.length);
});

test('nor does a photo anywhere else', async () => {
  await using server = await startTest();
  const { owner, space } = await world(server, 'olga');
  for (const [n, [type, photo]] of photos.slice(0, 5).entries()) {
    const image = dataUri(type, photo);
    await owner.does('PATCH', '/users/@me', { avatar: image, banner: image });
    await owner.does('PATCH', `/spaces/${space.id}/members/@me`, { avatar: image });
    await owner.does('PATCH', `/spaces/${space.id}`, { icon: image, banner: image });
    await owner.does('POST', `/spaces/${space.id}/emojis`, { name: `photo${n}`, image });
    await owner.does('POST', '/spaces', { name: 'another', icon: image });
  }
  const root = server.app.config.storage_path;
  const stored = await filesBelow(root);
  expect(new Set(stored.map((path) => path.split('/')[0]))).toEqual(
    new Set(['avatars', 'banners', 'icons', 'emojis']),
  );
  let looked = 0;
  for (const path of stored) {
    // One that was replaced may go at this moment.
    const bytes = await Bun.file(`${root}/${path}`)
      .bytes()
      .catch(() => null);
    if (bytes === null) continue;
    looked += 1;
    expect(Buffer.from(bytes).includes(secret)).toBe(false);
  }
  expect(looked).toBeGreaterThanOrEqual(14);
});

test('a file that only looks like a photo arrives as it is', async () => {
  await using server = await startTest();
  const { owner, general } = await world(server, 'olga');
  const text = Buffer.from('\xFF\xD8\xFF\xFE says a JPEG; this is a text', 'latin1');
  const { data } = await uploads(owner, general, {}, [{ filename: 'x.jpg', bytes: text }]);
  const served = Buffer.from(await (await fetch(data.attachments[0].url)).bytes());
  expect(Buffer.compare(served, text)).toBe(0);
});
