// Previews of links: made after the message was sent, from the public web alone, and never in its way.
import { expect, test } from 'bun:test';
import { previewQueue } from '../../src/features/talk/previews/queue.ts';
import { uploads } from '../support/forms.ts';
import { png } from '../support/pictures.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { deny, listening, world } from '../support/world.ts';

type Page = (request: Request) => Response | Promise<Response>;

/** A web of one server on this machine, under any name; remembers who asked for what. */
function web(pages: Record<string, Page>) {
  const asked: { path: string; host: string | null; agent: string | null }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const { pathname } = new URL(request.url);
      const { headers } = request;
      asked.push({ path: pathname, host: headers.get('host'), agent: headers.get('user-agent') });
      return pages[pathname]?.(request) ?? new Response('nothing', { status: 404 });
    },
  });
  const port = server.port ?? 0;
  return {
    asked,
    paths: () => asked.map(({ path }) => path),
    link: (path: string) => `http://www.example.org:${port}${path}`,
    network: {
      lookup: async () => ['127.0.0.1'],
      isAllowedAddress: (address: string) => address === '127.0.0.1',
      ports: [port],
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const html = (head: string) => () =>
  new Response(`<html><head>${head}</head><body>text</body></html>`, {
    headers: { 'content-type': 'text/html; charset=utf-8' },
  });
const titled = (title: string) => html(`<title>${title}</title>`);

const settings = { LINK_PREVIEWS: 'on' };

const pictureAddress = ({ origin }: TestServer) =>
  new RegExp(`^${origin}/cdn/previews/\\d+/[0-9a-f]{32}(.png)?$`);

/** Everything that was to be looked at has been. */
const looked = (server: TestServer) => server.app.state(previewQueue).idle();

test('a message with a link is told at once, and once more with a preview, without counting as edited', async () => {
  await using site = web({
    '/page': html(
      `<meta property="og:title" content="A title"><meta property="og:description" content="What it is">
       <meta property="og:site_name" content="Example"><meta name="theme-color" content="#ff8000">
       <meta property="og:image" content="https://example.org/image.png">`,
    ),
  });
  await using server = await startTest({ settings, network: site.network });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const [bobs] = await listening([bob]);
  const sent = await owner.says(general, `see ${site.link('/page')}.`);
  expect(sent.embeds).toEqual([]);
  expect((await bobs.hears('message.create')).data).toEqual(sent);
  const shown = await bobs.hears('message.update');
  const embed = {
    type: 'link',
    url: site.link('/page'),
    title: 'A title',
    description: 'What it is',
    color: 0xff8000,
    image: { url: expect.stringMatching(pictureAddress(server)) },
    author: { name: 'Example' },
  };
  const unset = { fields: null, footer: null, thumbnail: null, timestamp: null };
  expect(shown.data).toEqual({ ...sent, embeds: [{ ...unset, ...embed }] });
  const read = await owner.does('GET', `/channels/${general.id}/messages/${sent.id}`);
  expect(read).toEqual({ ...shown.data, edited_at: null });
  expect(site.asked).toHaveLength(1);
  expect(site.asked[0]?.host).toStartWith('www.example.org:');
  expect(site.asked[0]?.agent).toBe('AccordBot/1.0 (link preview)');
  await bobs.hearsNothing();
});

test('of several links the first five are shown in their order, each once; those in brackets and code are not', async () => {
  await using site = web({
    ...Object.fromEntries([2, 3, 4, 5, 6].map((n) => [`/${n}`, titled(`page ${n}`)])),
    '/1': async () => {
      await Bun.sleep(20);
      return titled('page 1')();
    },
    '/quiet': titled('quiet'),
    '/video': html('<title>v</title><meta property="og:type" content="video.other">'),
    '/image': () => new Response(png(3, 3), { headers: { 'content-type': 'image/png' } }),
  });
  await using server = await startTest({ settings, network: site.network });
  const { owner, general } = await world(server, 'olga');
  const [heard] = await listening([owner]);
  const titles = async (content: string) => {
    await owner.says(general, content);
    const { data } = await heard.hears('message.update');
    return data['embeds'].map((embed: any) => embed.title ?? embed.type);
  };
  const link = site.link;
  const many = [1, 2, 1, 3, 4, 5, 6].map((n) => link(`/${n}`)).join(' ');
  expect(await titles(many)).toEqual([1, 2, 3, 4, 5].map((n) => `page ${n}`));
  expect(site.paths()).not.toContain('/6');
  const hidden = `<${link('/quiet')}> \`${link('/quiet')}\` ${link('/4')}`;
  expect(await titles(hidden)).toEqual(['page 4']);
  expect(await titles(link('/image'))).toEqual(['image']);
  await owner.says(general, link('/video'));
  expect((await heard.hears('message.update')).data['embeds'][0].type).toBe('video');
  expect(site.paths()).not.toContain('/quiet');
});

test('a preview names the link as it was written, wherever it led; pictures come from where it led', async () => {
  await using site = web({
    '/short': () => new Response(null, { status: 302, headers: { location: '/far/page' } }),
    '/far/page': html(
      `<title>far</title><link rel="canonical" href="/canonical">
       <meta property="og:url" content="/og"><meta property="og:image" content="image.png">`,
    ),
    '/picture': () => new Response(null, { status: 302, headers: { location: '/far/image' } }),
    '/far/image': () => new Response(png(3, 3), { headers: { 'content-type': 'image/png' } }),
  });
  await using server = await startTest({ settings, network: site.network });
  const { owner, general } = await world(server, 'olga');
  const [heard] = await listening([owner]);
  const short = site.link('/short?From=Here#part');
  await owner.says(general, `${short} ${site.link('/picture')}`);
  const { data } = await heard.hears('message.update');
  const [page, picture] = data['embeds'].map(({ image }: any) => image.url as string);
  expect(data['embeds']).toMatchObject([
    { type: 'link', url: short },
    { type: 'image', url: site.link('/picture') },
  ]);
  expect(page).toMatch(pictureAddress(server));
  expect((await fetch(page)).status).toBe(404);
  expect(site.paths()).toContain('/far/image.png');
  expect(Buffer.from(await (await fetch(picture)).bytes()).equals(png(3, 3))).toBe(true);
});

test('tags that come late are found, and what follows the head is not waited for', async () => {
  const encoder = new TextEncoder();
  const endless = (...parts: string[]) =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const part of parts) controller.enqueue(encoder.encode(part));
        },
      }),
      { headers: { 'content-type': 'text/html' } },
    );
  const script = `<script>${'x = "</heading>";'.repeat(90_000)}</script>`;
  const late = `<html><head><title>plain</title>${script}<meta property="og:title" content="late">`;
  await using site = web({
    '/late': () => endless(late, '<meta name="description" content="and whole"></he', 'ad><body>'),
    '/packed': () =>
      new Response(Bun.gzipSync(encoder.encode(late)), {
        headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' },
      }),
    '/in-body': html(`</head><body>${script}<meta property="og:title" content="in the body">`),
    '/far': html(`${script}${script}<meta property="og:title" content="too far">`),
  });
  await using server = await startTest({ settings, network: site.network });
  const { owner, general } = await world(server, 'olga');
  const [heard] = await listening([owner]);
  const links = ['/late', '/packed', '/in-body', '/far'].map(site.link).join(' ');
  await owner.says(general, links);
  const { data } = await heard.hears('message.update');
  expect(data['embeds']).toMatchObject([
    { title: 'late', description: 'and whole' },
    { title: 'late' },
    { title: 'in the body' },
  ]);
});

test('no preview is made where none is wanted, allowed, or possible', async () => {
  await using site = web({
    '/page': titled('page'),
    '/empty': html(''),
    '/broken': () => new Response('x', { headers: { 'content-type': 'text/html' }, status: 500 }),
    '/binary': () => new Response('x', { headers: { 'content-type': 'application/zip' } }),
  });
  await using server = await startTest({ settings, network: site.network });
  const at = await world(server, 'olga', 'bob');
  const { owner, bob, general } = at;
  const [heard] = await listening([owner]);
  const page = site.link('/page');
  await deny(at, general, 'embed_links');
  await heard.unread();
  await bob.says(general, page);
  await owner.says(general, page, { embeds: [{ title: 'my own' }] });
  for (const path of ['/empty', '/broken', '/binary', '/missing']) {
    await owner.says(general, site.link(path));
  }
  // Of a private address, a foreign port, another scheme, a name without a dot.
  for (const link of ['http://10.0.0.1/', 'http://www.example.org:1/', 'ftp://example.org/']) {
    await owner.says(general, link);
  }
  await owner.says(general, 'http://localhost/');
  await looked(server);
  const events = await heard.unread();
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['message.create']));
  expect(site.paths().toSorted()).toEqual(['/binary', '/broken', '/empty', '/missing']);
});

test('nothing is fetched while previews are switched off', async () => {
  await using site = web({ '/page': titled('page') });
  await using server = await startTest({ network: site.network });
  const { owner, general } = await world(server, 'olga');
  const [heard] = await listening([owner]);
  await owner.says(general, site.link('/page'));
  await looked(server);
  await heard.hearsExactly('message.create');
  expect(site.asked).toEqual([]);
});

test('an upload with a link gets a preview as well', async () => {
  await using site = web({ '/page': titled('page') });
  await using server = await startTest({ settings, network: site.network });
  const { owner, general } = await world(server, 'olga');
  const [heard] = await listening([owner]);
  await uploads(owner, general, { content: site.link('/page') }, [{ bytes: 'x' }]);
  const { data } = await heard.hears('message.update');
  expect(data['embeds']).toMatchObject([{ title: 'page' }]);
  expect(data['attachments']).toHaveLength(1);
});

test('a message that changes while its page is fetched keeps what its author made of it', async () => {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let waiting = 0;
  await using site = web({
    '/slow': async () => {
      waiting += 1;
      if (waiting === 3) arrived.resolve();
      await answer.promise;
      return titled('too late')();
    },
  });
  await using server = await startTest({ settings, network: site.network });
  const { owner, general } = await world(server, 'olga');
  const [heard] = await listening([owner]);
  const slow = (n: number) => site.link(`/slow?${n}`);
  const edited = await owner.says(general, slow(1));
  const embedded = await owner.says(general, slow(2));
  const deleted = await owner.says(general, slow(3));
  await arrived.promise;
  const path = ({ id }: { id: string }) => `/channels/${general.id}/messages/${id}`;
  await owner.does('PATCH', path(edited), { content: 'no link any more' });
  await owner.does('PATCH', path(embedded), { embeds: [{ title: 'mine' }] });
  await owner.does('DELETE', path(deleted));
  await heard.unread();
  answer.resolve();
  await looked(server);
  await heard.hearsNothing();
  expect((await owner.does('GET', path(edited))).embeds).toEqual([]);
  expect((await owner.does('GET', path(embedded))).embeds).toMatchObject([{ title: 'mine' }]);
});

test('an edit changes previews with the links: kept with the same, made anew for others, gone without', async () => {
  await using site = web({ '/a': titled('a'), '/b': titled('b') });
  await using server = await startTest({ settings, network: site.network });
  const { owner, general } = await world(server, 'olga');
  const [heard] = await listening([owner]);
  const { id } = await owner.says(general, `one ${site.link('/a')}`);
  await heard.hears('message.update', ({ embeds }) => embeds.length === 1);
  const path = `/channels/${general.id}/messages/${id}`;
  const embeds = async () => (await owner.does('GET', path)).embeds.map((it: any) => it.title);

  await owner.does('PATCH', path, { content: `two ${site.link('/a')}` });
  await looked(server);
  const [same] = await heard.hearsExactly('message.update');
  expect(same?.data['embeds']).toMatchObject([{ title: 'a' }]);
  expect(site.paths()).toEqual(['/a']);

  await owner.does('PATCH', path, { content: `three ${site.link('/b')}` });
  expect((await heard.hears('message.update')).data['embeds']).toEqual([]);
  const anew = await heard.hears('message.update');
  expect(anew.data['embeds']).toMatchObject([{ title: 'b' }]);

  await owner.does('PATCH', path, { content: 'four' });
  await looked(server);
  expect(await embeds()).toEqual([]);

  await owner.does('PATCH', path, { content: `five ${site.link('/b')}` });
  await looked(server);
  expect(await embeds()).toEqual(['b']);
  // Its author wants none.
  await owner.does('PATCH', path, { embeds: [] });
  await looked(server);
  expect(await embeds()).toEqual([]);
  await owner.isRefused(400, 'PATCH', path, { content: '' });
});

test('a message of previews alone is no message: its text cannot be taken away', async () => {
  await using site = web({ '/a': titled('a') });
  await using server = await startTest({ settings, network: site.network });
  const { owner, general } = await world(server, 'olga');
  const { id } = await owner.says(general, site.link('/a'));
  await looked(server);
  const path = `/channels/${general.id}/messages/${id}`;
  expect((await owner.does('GET', path)).embeds).toHaveLength(1);
  await owner.isRefused(400, 'PATCH', path, { content: '' });
});

test('a page is fetched once for all who link to it within minutes, and few at a time', async () => {
  let running = 0;
  let most = 0;
  await using site = web({
    '/page': async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return titled('page')();
    },
  });
  await using server = await startTest({ settings, network: site.network });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  for (const who of [owner, bob, owner]) await who.says(general, site.link('/page'));
  await looked(server);
  expect(site.asked).toHaveLength(1);
  const others = Array.from({ length: 20 }, (_, n) => site.link(`/page?${n}`));
  await Promise.all(others.map((link) => owner.says(general, link)));
  await looked(server);
  expect(site.asked).toHaveLength(21);
  expect(most).toBeLessThanOrEqual(4);
});

test('one author does not keep the server busy with links', async () => {
  await using site = web({ '/page': titled('page') });
  await using server = await startTest({ settings, network: site.network });
  const { owner, general } = await world(server, 'olga');
  for (let n = 0; n < 60; n += 1) await owner.says(general, site.link(`/page?${n}`));
  await looked(server);
  expect(site.asked.length).toBeGreaterThanOrEqual(30);
  expect(site.asked.length).toBeLessThan(60);
});

test('pages of any size and content make a message that still fits into a frame', async () => {
  const long = '😀&lt;'.repeat(5000);
  await using site = web({
    '/long': html(
      `<meta property="og:title" content="${long}"><meta property="og:description" content="${long}">
       <meta property="og:site_name" content="${long}"><meta property="og:url" content="/${'x'.repeat(9000)}">`,
    ),
  });
  await using server = await startTest({ settings, network: site.network });
  const { owner, general } = await world(server, 'olga');
  const [heard] = await listening([owner]);
  const links = [1, 2, 3, 4, 5].map((n) => site.link(`/long?${n}`)).join(' ');
  await owner.says(general, `${links} ${'😀'.repeat(3700)}`);
  const { data } = await heard.hears('message.update');
  expect(data['embeds']).toHaveLength(5);
  expect([...data['embeds'][0].title].length).toBe(256);
});

test('a preview that comes late changes neither an archived channel nor a message that was emptied', async () => {
  const { promise: isDecided, resolve: decide } = Promise.withResolvers<void>();
  const late = async () => {
    await isDecided;
    return titled('page')();
  };
  await using site = web({ '/one': late, '/two': late });
  await using server = await startTest({ settings, network: site.network });
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const other = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  await bob.says(general, site.link('/one'));
  const question = await bob.says(other, site.link('/two'));
  await owner.says(other, 'answer', { thread_id: question.id });
  await owner.does('PATCH', `/channels/${general.id}`, { archived: true });
  await bob.does('DELETE', `/channels/${other.id}/messages/${question.id}`);
  const [heard] = await listening([owner]);
  decide();
  await looked(server);
  await heard.hearsNothing();
});
