// How the files of the web client are answered: what a browser takes, and what it has already.
import { expect, test } from 'bun:test';
import { startTest } from '../support/server.ts';

test('a file comes as the browser takes it, and not again where it has it', async () => {
  await using server = await startTest();
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const { status, headers: answered } = await server.call('GET', `/${path}`, undefined, headers);
    return { status, encoding: answered.get('content-encoding'), etag: answered.get('etag') ?? '' };
  };
  const encodingFor = async (accepted: string) =>
    (await get('/app', { 'accept-encoding': accepted })).encoding;
  expect(await encodingFor('gzip, deflate, br, zstd')).toBe('br');
  expect(await encodingFor('GZIP;q=0.5')).toBe('gzip');
  expect(await encodingFor('br;q=0, gzip')).toBe('gzip');
  expect(await encodingFor('gzip; q=0.0, identity')).toBeNull();
  expect(await encodingFor('identity')).toBeNull();
  const { etag } = await get('/app');
  expect(etag).toStartWith('W/"');
  expect(await get('/app', { 'if-none-match': '"other"' })).toMatchObject({ status: 200 });
  expect(await get('/app/..%2fpackage.json')).toMatchObject({ status: 404 });
});

test('what the browser has is not sent again, however it says so', async () => {
  await using server = await startTest();
  const page = await fetch(`${server.origin}/app`);
  const [file = ''] = /app\/[\w.-]+\.js/.exec(await page.text()) ?? [];
  expect(file).not.toBe('');
  for (const path of ['app', file]) {
    const url = `${server.origin}/${path}`;
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    const strong = etag.replace('W/', '');
    const ask = (method: string, tags: string) =>
      fetch(url, { method, headers: { 'if-none-match': tags, 'accept-encoding': 'br' } });
    for (const method of ['GET', 'HEAD']) {
      for (const tags of [etag, strong, '*', `"other", ${etag}`, `W/"x",${strong} , "y"`]) {
        const answer = await ask(method, tags);
        const { status, headers } = answer;
        expect([method, tags, status]).toEqual([method, tags, 304]);
        expect(await answer.text()).toBe('');
        // Of a length it may say that of the whole alone.
        expect(headers.get('content-length')).toBeNull();
        expect(headers.get('etag')).toBe(etag);
        expect(headers.get('vary')).toBe('Accept-Encoding');
        expect(headers.get('cache-control')).not.toBeNull();
      }
      for (const tags of ['', '"other"', 'W/"other", "**"', strong.slice(0, -2), `x${strong}`]) {
        expect([tags, (await ask(method, tags)).status]).toEqual([tags, 200]);
      }
    }
    const [whole, head] = [await ask('GET', ''), await ask('HEAD', '')];
    expect(head.headers.get('content-encoding')).toBe('br');
    expect(await head.text()).toBe('');
    expect(head.headers.get('content-length')).toBe(whole.headers.get('content-length'));
    await whole.body?.cancel();
  }
});

test('an address with a slash at its end leads to the one without', async () => {
  await using server = await startTest();
  const get = (path: string, method = 'GET') =>
    fetch(`${server.origin}${path}`, { method, redirect: 'manual' });
  for (const method of ['GET', 'HEAD']) {
    const { status, headers } = await get('/app/?x=1', method);
    expect([status, headers.get('location')]).toEqual([308, '../app?x=1']);
  }
  expect((await get('/docs/')).headers.get('location')).toBe('../docs');
  const followed = await fetch(`${server.origin}/app/`);
  expect([followed.status, followed.url]).toEqual([200, `${server.origin}/app`]);
  for (const path of ['/nothing/', '/app//', '/api/v1/gateway/', '//evil.example/', '/app/x/y/']) {
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  }
  expect((await get('/app/', 'POST')).status).toBe(404);
});
