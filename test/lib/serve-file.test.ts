// Files over a real socket: headers, conditions and ranges, as Bun answers them and behind Hono.
import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { contentDisposition, type ServedFile, serveFile } from '../../src/lib/serve-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'serve-file-'));
const path = join(folder, 'file');
const content = 'abcdefghij'.repeat(10_000);
const written = new Date('2026-05-04T03:02:01.500Z');
await Bun.write(path, content);
await utimes(path, written, written);
const emptyPath = join(folder, 'empty');
await Bun.write(emptyPath, '');

const image: ServedFile = {
  path,
  detectedType: 'image/png',
  disposition: 'inline',
  filename: 'cat.png',
  cache: 'private',
};
let served = image;

const app = new Hono().use(cors()).get('/hono', (context) => serveFile(context.req.raw, served));
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request) =>
    request.url.endsWith('/hono') ? app.fetch(request) : serveFile(request, served),
});
afterAll(async () => {
  await server.stop(true);
  await rm(folder, { recursive: true });
});

async function ask(headers: Record<string, string> = {}, method = 'GET', where = '/') {
  const response = await fetch(new URL(where, server.url), { method, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const tag = (await ask()).headers.get('ETag') ?? '';
const modified = 'Mon, 04 May 2026 03:02:01 GMT';

// Hono wraps a response anew; what Bun does for files must survive that.
describe.each(['/', '/hono'])('a file at %s', (where) => {
  test('is whole, with every header', async () => {
    const { status, headers, text } = await ask({}, 'GET', where);
    expect(status).toBe(200);
    expect(text).toBe(content);
    expect(headers.toJSON()).toMatchObject({
      'content-type': 'image/png',
      'content-length': '100000',
      'content-disposition': `inline; filename="cat.png"; filename*=UTF-8''cat.png`,
      etag: expect.stringMatching(/^"[0-9a-z]+-[0-9a-z]+"$/),
      'last-modified': modified,
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=86400',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'cross-origin',
    });
  });

  test('tells a HEAD its true length and nothing else differs', async () => {
    const head = await ask({}, 'HEAD', where);
    const { headers } = await ask({}, 'GET', where);
    expect(head.text).toBe('');
    expect(head.status).toBe(200);
    expect({ ...head.headers.toJSON(), date: '' }).toEqual({ ...headers.toJSON(), date: '' });
  });

  test.each([
    ['bytes=5-9', 'fghij', 'bytes 5-9/100000'],
    ['bytes=99995-', 'fghij', 'bytes 99995-99999/100000'],
    ['bytes=-3', 'hij', 'bytes 99997-99999/100000'],
    ['bytes=99999-200000', 'j', 'bytes 99999-99999/100000'],
  ])('is answered in part for %s', async (range, text, contentRange) => {
    const answer = await ask({ Range: range }, 'GET', where);
    expect(answer.status).toBe(206);
    expect(answer.text).toBe(text);
    expect(answer.headers.get('Content-Range')).toBe(contentRange);
    expect(answer.headers.get('Content-Length')).toBe(String(text.length));
    expect(answer.headers.get('Accept-Ranges')).toBe('bytes');
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(answer.headers.get('ETag')).toBe(tag);
  });

  test('is answered whole for several ranges and for what is no range', async () => {
    for (const range of ['bytes=0-1,5-6', 'items=0-1', 'bytes=9-5']) {
      const answer = await ask({ Range: range }, 'GET', where);
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(content);
    }
  });

  test('is refused for a range behind its end', async () => {
    const answer = await ask({ Range: 'bytes=100000-' }, 'GET', where);
    expect(answer.status).toBe(416);
    expect(answer.text).toBe('');
    expect(answer.headers.get('Content-Range')).toBe('bytes */100000');
  });

  test('is answered in part only if it is still the same', async () => {
    const range = { Range: 'bytes=0-4' };
    const status = async (condition: string) =>
      (await ask({ ...range, 'If-Range': condition }, 'GET', where)).status;
    expect(await status(tag)).toBe(206);
    expect(await status(modified)).toBe(206);
    expect(await status('"other"')).toBe(200);
    expect(await status('Mon, 04 May 2026 03:02:00 GMT')).toBe(200);
  });

  test('is not sent again to who has it', async () => {
    const answer = await ask({ 'If-None-Match': tag }, 'GET', where);
    expect(answer.status).toBe(304);
    expect(answer.text).toBe('');
    expect(answer.headers.get('ETag')).toBe(tag);
    expect(answer.headers.get('Cache-Control')).toBe('private, max-age=86400');
  });
});

describe('a condition', () => {
  const later = 'Mon, 04 May 2026 03:02:02 GMT';
  const earlier = 'Mon, 04 May 2026 03:02:00 GMT';
  test.each([
    [304, { 'If-None-Match': `"other", W/${tag}` }],
    [304, { 'If-None-Match': '*' }],
    [200, { 'If-None-Match': '"other"' }],
    [200, { 'If-None-Match': '"other"', 'If-Modified-Since': later }],
    [304, { 'If-Modified-Since': modified }],
    [304, { 'If-Modified-Since': later }],
    [200, { 'If-Modified-Since': earlier }],
    [200, { 'If-Modified-Since': 'yesterday' }],
    [412, { 'If-Unmodified-Since': earlier }],
    [200, { 'If-Unmodified-Since': modified }],
    [412, { 'If-Match': '"other"' }],
    [412, { 'If-Match': `W/${tag}` }],
    [200, { 'If-Match': tag, 'If-Unmodified-Since': earlier }],
    [304, { 'If-None-Match': tag, Range: 'bytes=0-4' }],
  ])('is answered %d for %j', async (status, headers) => {
    expect((await ask(headers)).status).toBe(status);
    expect((await ask(headers, 'HEAD')).status).toBe(status);
  });
});

describe('what is served', () => {
  async function as(changes: Partial<ServedFile>) {
    served = { ...image, ...changes };
    const answer = await ask().finally(() => (served = image));
    const { headers } = answer;
    const disposition = headers.get('Content-Disposition')?.split(';')[0];
    return { ...answer, type: headers.get('Content-Type'), disposition };
  }

  test.each([['text/html'], ['image/svg+xml'], ['application/pdf'], ['text/plain'], [null]])(
    'as %j is only ever downloaded',
    async (detectedType) => {
      expect(await as({ detectedType })).toMatchObject({
        type: 'application/octet-stream',
        disposition: 'attachment',
        status: 200,
      });
    },
  );

  test('may be downloaded although it could be shown', async () => {
    const answer = await as({ disposition: 'attachment' });
    expect(answer).toMatchObject({ type: 'image/png', disposition: 'attachment' });
  });

  test('is kept as long as its address allows', async () => {
    const cache = async (name: ServedFile['cache']) =>
      (await as({ cache: name })).headers.get('Cache-Control');
    expect(await cache('immutable')).toBe('public, max-age=31536000, immutable');
    expect(await cache('revalidated')).toBe('public, no-cache');
  });

  test('may be empty', async () => {
    const answer = await as({ path: emptyPath });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Length')).toBe('0');
  });

  test.each(['missing', 'file/below', '.', 'x'.repeat(300)])('is 404 for %s', async (name) => {
    const answer = await as({ path: join(folder, name) });
    expect(answer).toMatchObject({ status: 404, text: '', type: null });
  });
});

test('other methods are told which ones there are', async () => {
  const answer = await ask({}, 'POST');
  expect(answer.status).toBe(405);
  expect(answer.headers.get('Allow')).toBe('GET, HEAD');
});

test('a disposition holds any name without breaking the header', () => {
  const names = ['a"b.png', 'жук 🪲.png', "it's (1)*.png", 'a\r\nX: y', '100%.png', '\ud800'];
  expect(names.map((name) => contentDisposition('attachment', name))).toEqual([
    `attachment; filename="a_b.png"; filename*=UTF-8''a%22b.png`,
    `attachment; filename="___ _.png"; filename*=UTF-8''%D0%B6%D1%83%D0%BA%20%F0%9F%AA%B2.png`,
    `attachment; filename="it's (1)*.png"; filename*=UTF-8''it%27s%20%281%29%2A.png`,
    `attachment; filename="a__X: y"; filename*=UTF-8''a%0D%0AX%3A%20y`,
    `attachment; filename="100_.png"; filename*=UTF-8''100%25.png`,
    `attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`,
  ]);
});
