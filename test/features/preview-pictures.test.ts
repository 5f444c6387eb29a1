// Pictures of previews: fetched by the server, so that no page sees who reads, and for previews alone.
import { expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PreviewPictures, previewPictures } from '../../src/features/talk/previews/pictures.ts';
import { previewQueue } from '../../src/features/talk/previews/queue.ts';
import { FakeClock } from '../support/clock.ts';
import { heavyPng, jpeg, png } from '../support/pictures.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { until } from '../support/stored.ts';
import { world } from '../support/world.ts';

const settings = { LINK_PREVIEWS: 'on' };

/** A site whose every page shows the picture at the address in its query. */
function site(pictures: Record<string, (request: Request) => Response | Promise<Response>>) {
  const asked: { path: string; headers: Headers }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const picture = searchParams.get('shows');
      if (picture !== null) {
        const tags = `<title>t</title><meta property="og:image" content="${picture}">`;
        return new Response(tags, { headers: { 'content-type': 'text/html' } });
      }
      asked.push({ path: pathname, headers: request.headers });
      return pictures[pathname]?.(request) ?? new Response('nothing', { status: 404 });
    },
  });
  const port = server.port ?? 0;
  const allowed = new Set(['127.0.0.1']);
  return {
    asked,
    allowed,
    page: (picture: string, host = 'www') =>
      `http://${host}.example.org:${port}/?shows=${encodeURIComponent(picture)}`,
    network: {
      lookup: async () => ['127.0.0.1'],
      isAllowedAddress: (address: string) => allowed.has(address),
      ports: [port],
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const image =
  (bytes: Uint8Array, type = 'image/png') =>
  () =>
    new Response(Buffer.from(bytes), { headers: { 'content-type': type } });

/** Sends a link and answers the message with its preview. */
async function shows(server: TestServer, who: Person, channel: { id: string }, link: string) {
  const { id } = await who.says(channel, link);
  await server.app.state(previewQueue).idle();
  const path = `/channels/${channel.id}/messages/${id}`;
  const message = await who.does('GET', path);
  return { path, url: message.embeds[0].image.url as string };
}

test('a picture is fetched when somebody looks, once a day, and tells the page nothing of who it was', async () => {
  const clock = new FakeClock();
  await using web = site({ '/a.png': image(png(5, 5)) });
  await using server = await startTest({ settings, clock, network: web.network });
  const { owner, general } = await world(server, 'olga');
  const { url } = await shows(server, owner, general, web.page('/a.png'));
  expect(web.asked).toEqual([]);
  const look = () =>
    fetch(url, { headers: { cookie: 'a=b', referer: 'http://x.example/', 'user-agent': 'mine' } });
  for (let n = 0; n < 3; n += 1) {
    const answer = await look();
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'public, max-age=86400',
      'x-content-type-options': 'nosniff',
      'content-disposition': expect.stringMatching(/^inline; filename="preview.png"/),
    });
    expect(Buffer.from(await answer.bytes()).equals(png(5, 5))).toBe(true);
  }
  expect(web.asked).toHaveLength(1);
  const [{ headers } = { headers: new Headers() }] = web.asked;
  expect([headers.get('user-agent'), headers.get('cookie'), headers.get('referer')]).toEqual([
    'AccordBot/1.0 (link preview)',
    null,
    null,
  ]);
  clock.step(86_400_000);
  expect((await look()).status).toBe(200);
  expect(web.asked).toHaveLength(1);
});

test('only pictures of previews that are shown are fetched, and only under their own address', async () => {
  await using web = site({ '/a.png': image(png(5, 5)), '/b.png': image(png(6, 6)) });
  await using server = await startTest({ settings, network: web.network });
  const { owner, general } = await world(server, 'olga');
  const status = async (url: string) => (await fetch(url)).status;
  const a = await shows(server, owner, general, web.page('/a.png'));
  const b = await shows(server, owner, general, web.page('/b.png'));
  const [secret = ''] = /[0-9a-f]{32}/.exec(a.url) ?? [];
  for (const wrong of [
    b.url.replace(/[0-9a-f]{32}/, secret),
    a.url.replace('.png', '0.png'),
    a.url.slice(0, -5),
    a.url.replace(/[0-9a-f]{32}/, '0'.repeat(32)),
    a.url.replace(/\/\d+\//, '/1/'),
    a.url.replace(/\/\d+\//, '/x/'),
  ]) {
    expect([wrong, await status(wrong)]).toEqual([wrong, 404]);
  }
  expect(web.asked).toEqual([]);
  expect([await status(a.url), await status(b.url)]).toEqual([200, 200]);
  // The ending is there for clients that choose by it.
  expect(a.url).toEndWith('.png');
  expect(await status(a.url.slice(0, -4))).toBe(200);
  // Gone with the preview, and with the message.
  await owner.does('PATCH', a.path, { embeds: [] });
  await owner.does('DELETE', b.path);
  expect([await status(a.url), await status(b.url)]).toEqual([404, 404]);
});

test('pictures of embeds that somebody made keep their addresses', async () => {
  await using web = site({ '/a.png': image(png(5, 5)) });
  await using server = await startTest({ settings, network: web.network });
  const { owner, general } = await world(server, 'olga');
  const own = { url: 'https://example.org/mine.png' };
  const sent = await owner.says(general, 'x', { embeds: [{ title: 'x', image: own }] });
  expect(sent.embeds[0].image).toEqual(own);
});

test('what is no picture, too large, or in an inner network, is not passed on, nor asked for again at once', async () => {
  let isThere = false;
  await using web = site({
    '/page': () => new Response('<script>', { headers: { 'content-type': 'text/html' } }),
    '/lie.png': image(Buffer.from('<script>alert(1)</script>')),
    '/archive.png': image(Buffer.from('504b0304140000000800', 'hex')),
    '/large.png': image(heavyPng(8 * 1024 * 1024 + 1)),
    '/inner.png': () =>
      new Response(null, { status: 302, headers: { location: 'http://10.0.0.1/' } }),
    '/later.png': () => (isThere ? image(png(5, 5))() : new Response('', { status: 500 })),
  });
  const clock = new FakeClock();
  await using server = await startTest({ settings, clock, network: web.network });
  const { owner, general } = await world(server, 'olga');
  const urls: string[] = [];
  for (const path of [
    '/page',
    '/lie.png',
    '/archive.png',
    '/large.png',
    '/inner.png',
    '/later.png',
  ]) {
    const { url } = await shows(server, owner, general, web.page(path));
    urls.push(url);
    for (let n = 0; n < 2; n += 1) expect([path, (await fetch(url)).status]).toEqual([path, 404]);
  }
  expect(web.asked).toHaveLength(6);
  isThere = true;
  await clock.pass(5 * 60_000 + 1);
  expect((await fetch(urls.at(-1) ?? '')).status).toBe(200);
});

test('many pictures are fetched a few at a time, of one host fewer, and each for all who wait', async () => {
  const go = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const slow = async () => {
    running += 1;
    most = Math.max(most, running);
    await go.promise;
    running -= 1;
    return image(png(5, 5))();
  };
  const quick = { '/quick.jpg': image(await jpeg(), 'image/jpeg') };
  await using web = site({
    ...Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`/${n}.png`, slow])),
    ...quick,
  });
  await using server = await startTest({ settings, network: web.network });
  const { owner, general } = await world(server, 'olga');
  const urls: string[] = [];
  for (let n = 0; n < 8; n += 1) {
    urls.push((await shows(server, owner, general, web.page(`/${n}.png`))).url);
  }
  const other = await shows(server, owner, general, web.page('/quick.jpg', 'other'));
  const waiting = [...urls, ...urls].map(async (url) => (await fetch(url)).status);
  // Another host does not wait for the slow one.
  expect((await fetch(other.url)).headers.get('content-type')).toBe('image/jpeg');
  go.resolve();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([200]));
  expect(most).toBeLessThanOrEqual(4);
  expect(web.asked).toHaveLength(9);
});

test('those who come when too many wait are told to come again', async () => {
  const go = Promise.withResolvers<void>();
  await using web = site({ '/a.png': () => go.promise.then(image(png(5, 5))) });
  await using server = await startTest({ settings, network: web.network });
  const { owner, general } = await world(server, 'olga');
  const { url } = await shows(server, owner, general, web.page('/a.png'));
  const pictures = server.app.state(previewPictures);
  const link = web.page('x').replace(/\?.*/, '');
  const all = Array.from({ length: 54 }, (_, n) => pictures.picture(`${link}?${n}`).catch(String));
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  go.resolve();
  await Promise.all(all);
  expect((await fetch(url)).status).toBe(200);
});

test('without link previews nothing is fetched', async () => {
  await using web = site({ '/a.png': image(png(5, 5)) });
  await using server = await startTest({ settings, network: web.network });
  const { owner, general } = await world(server, 'olga');
  const { url } = await shows(server, owner, general, web.page('/a.png'));
  Object.assign(server.app.config, { LINK_PREVIEWS: false });
  expect((await fetch(url)).status).toBe(404);
  expect(web.asked).toEqual([]);
});

test('only so many are kept, and only so large ones together', async () => {
  await using web = site(
    Object.fromEntries(
      Array.from({ length: 6 }, (_, n) => [`/${n}.png`, image(heavyPng(1000 * (n + 1)))]),
    ),
  );
  await using server = await startTest({ settings, network: web.network });
  const folder = server.app.files.temporaryFolder;
  const link = (n: number) => new URL(`/${n}.png`, web.page('x')).href;
  const sizes = async () => {
    const names = await readdir(folder);
    return names.map((name) => Bun.file(join(folder, name)).size).toSorted((a, b) => a - b);
  };
  const pictures = new PreviewPictures(server.app, { pictures: 3, bytes: 11_000 });
  for (const n of [0, 1, 2]) await pictures.picture(link(n));
  expect(await sizes()).toEqual([1000, 2000, 3000]);
  // The one that was looked at last stays.
  await pictures.picture(link(0));
  await pictures.picture(link(3));
  await until(async () => (await sizes()).length === 3);
  expect(await sizes()).toEqual([1000, 3000, 4000]);
  await pictures.picture(link(5));
  await until(async () => (await sizes()).length === 3);
  expect(await sizes()).toEqual([1000, 4000, 6000]);
  await pictures.picture(link(4));
  await until(async () => (await sizes()).length === 2);
  expect(await sizes()).toEqual([5000, 6000]);
});

test('pages of messages tell the address of the moment', async () => {
  await using web = site({ '/a.png': image(png(5, 5)) });
  await using server = await startTest({ settings, network: web.network });
  const { owner, general } = await world(server, 'olga');
  await shows(server, owner, general, web.page('/a.png'));
  const origin = async () => {
    const [message] = await owner.does('GET', `/channels/${general.id}/messages`);
    return new URL(message.embeds[0].image.url).origin;
  };
  expect([await origin(), await origin()]).toEqual([server.origin, server.origin]);
  const { authorization } = server.admin;
  await server.call('GET', '/users/@me', undefined, { authorization, host: 'localhost:8080' });
  expect([await origin(), await origin()]).toEqual(Array(2).fill('http://localhost:8080'));
});
