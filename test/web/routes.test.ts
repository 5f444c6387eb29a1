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
  expect(await get('/app', { 'if-none-match': `W/${etag}` })).toMatchObject({ status: 304 });
  expect(await get('/app', { 'if-none-match': '"other"' })).toMatchObject({ status: 200 });
  expect(await get('/app/..%2fpackage.json')).toMatchObject({ status: 404 });
});
