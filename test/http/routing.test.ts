import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

test('an unknown path is 404 with the envelope, and costs nothing of the rate limit', async () => {
  await using server = await startTest({ settings: { RATE_LIMIT_PER_MINUTE: '60' } });
  for (const path of ['/nothing', '//nothing', '/gateway/', '/spaces/1/nothing', '//api/v1']) {
    const { status, body, headers } = await server.call('GET', path);
    expect({ path, status }).toEqual({ path, status: 404 });
    expect(body).toEqual({ error: { code: 'not_found', message: expect.any(String) } });
    expect(headers.get('x-ratelimit-limit')).toBeNull();
    expect(headers.get('content-type')).toBe('application/json');
  }
});

test('a known path with another method is 405, names the methods, and is limited like the rest', async () => {
  await using server = await startTest({ settings: { RATE_LIMIT_PER_MINUTE: '60' } });
  const anna = await server.person('anna');
  const wrong = await server.call('POST', '/gateway');
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get('allow')).toBe('GET, HEAD');
  expect(wrong.body).toEqual({ error: { code: 'invalid_request', message: expect.any(String) } });
  expect(wrong.headers.get('x-ratelimit-remaining')).toBe('69');
  const { space } = await anna.founds();
  // A literal segment wins, even where it lacks the method.
  const cases = [
    ['GET', `/spaces/${space.id}/members/@me`, 'DELETE, PATCH'],
    ['PATCH', '/spaces/public', 'GET, HEAD'],
    ['GET', '/auth/login', 'POST'],
    ['DELETE', '//health', 'GET, HEAD'],
  ] as const;
  for (const [method, path, allow] of cases) {
    const { status, headers } = await anna.call(method, path);
    expect({ path, status, allow: headers.get('allow') }).toEqual({ path, status: 405, allow });
  }
});

/** Text over a socket as it is, and the whole answer. */
function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('a method that nobody knows is 405 at a known path, and 404 elsewhere', async () => {
  await using server = await startTest();
  const call = (line: string) =>
    sendRaw(server.running.port, `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const known = await call('PROPFIND /api/v1/version');
  expect(known).toStartWith('HTTP/1.1 405 ');
  expect(known).toContain('Allow: GET, HEAD');
  expect(await call('PROPFIND /api/v1/nothing')).toStartWith('HTTP/1.1 404 ');
});

test('who names no host is answered like everybody else', async () => {
  await using server = await startTest();
  const { port } = server.running;
  expect(await sendRaw(port, 'GET /health HTTP/1.0\r\n\r\n')).toEndWith('\r\n\r\nok');
  const headers = 'Content-Type: application/json\r\nContent-Length: 2';
  const login = await sendRaw(port, `POST /api/v1/auth/login HTTP/1.0\r\n${headers}\r\n\r\n{}`);
  expect(login).toContain(' 422 ');
});

test('another method than the webhook’s is limited like any request', async () => {
  await using server = await startTest({ settings: { RATE_LIMIT_PER_MINUTE: '60' } });
  const { status, headers } = await server.call('GET', '/voice/webhook');
  expect([status, headers.get('x-ratelimit-remaining')]).toEqual([405, '69']);
});

test('HEAD is answered wherever GET is, with the length of the body and without the body', async () => {
  await using server = await startTest({ settings: { RATE_LIMIT_PER_MINUTE: '60' } });
  const anna = await server.person('anna');
  const headers = { authorization: anna.authorization };
  const got = await fetch(`${server.origin}/api/v1/users/@me`, { headers });
  const head = await fetch(`${server.origin}/api/v1/users/@me`, { method: 'HEAD', headers });
  expect(head.status).toBe(200);
  expect(await head.text()).toBe('');
  expect(Number(head.headers.get('content-length'))).toBe((await got.arrayBuffer()).byteLength);
  expect(head.headers.get('content-type')).toBe('application/json');
  expect(head.headers.get('x-ratelimit-remaining')).toBe('68');
  const refused = await fetch(`${server.origin}/api/v1/users/@me`, { method: 'HEAD' });
  expect([refused.status, await refused.text()]).toEqual([401, '']);
  const health = await fetch(`${server.origin}/health`, { method: 'HEAD' });
  expect([health.status, health.headers.get('content-length')]).toEqual([200, '2']);
  const posts = await fetch(`${server.origin}/api/v1/auth/login`, { method: 'HEAD' });
  expect([posts.status, posts.headers.get('allow')]).toEqual([405, 'POST']);
});

test('every answer says nosniff and carries an id of its own', async () => {
  await using server = await startTest();
  const ids = new Set<string | null>();
  for (const path of ['//health', '/gateway', '/nothing', '/users/@me']) {
    const { headers } = await server.call('GET', path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    ids.add(headers.get('x-request-id'));
  }
  expect(ids.size).toBe(4);
  expect(ids.has(null)).toBe(false);
});

test('a path parameter is decoded once, as UTF-8', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { space } = await anna.founds('Home', { slug: 'home' });
  expect((await server.call('GET', '/spaces/%68ome')).data.id).toBe(space.id);
  expect((await server.call('GET', '/spaces/%2568ome')).status).toBe(404);
  expect((await server.call('GET', '/spaces/ho%2Fme')).status).toBe(404);
  const broken = await server.call('GET', '/spaces/%ff');
  expect([broken.status, broken.code]).toEqual([400, 'invalid_request']);
});

test('what stands in a path and is no id is not found', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna');
  const message = await anna.says(general, 'hello');
  for (const id of ['abc', '0', '-1', '1e3', '%20', '99999999999999999999999', `0${message.id}`]) {
    await anna.isRefused(404, 'GET', `/users/${id}`);
    await anna.isRefused(404, 'GET', `/spaces/${id}`);
    await anna.isRefused(404, 'GET', `/channels/${id}`);
    await anna.isRefused(404, 'GET', `/channels/${id}/messages`);
    await anna.isRefused(404, 'GET', `/channels/${general.id}/messages/${id}`);
    await anna.isRefused(404, 'DELETE', `/channels/${general.id}/messages/${id}`);
    await anna.isRefused(404, 'GET', `/spaces/${space.id}/members/${id}`);
    await anna.isRefused(404, 'PATCH', `/spaces/${space.id}/roles/${id}`, {});
  }
  // Digits with something behind them are no id either.
  for (const id of [`${message.id}abc`, `${message.id}.0`, `%20${message.id}`, `+${message.id}`]) {
    await anna.isRefused(404, 'GET', `/channels/${general.id}/messages/${id}`);
    await anna.isRefused(404, 'PATCH', `/channels/${general.id}/messages/${id}`, { content: 'x' });
  }
});

test('an error that nobody foresaw is answered plainly and logged whole', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  // A table that is gone stands for any defect.
  server.app.db.sqlite.run('ALTER TABLE introductions RENAME TO gone');
  const { space, general } = await anna.founds();
  await anna.does('PATCH', `/spaces/${space.id}`, { system_channel_id: general.id });
  const bob = await server.call('POST', '/auth/register', {
    username: 'bob',
    password: 'long enough',
  });
  expect(bob.status).toBe(200);
  const joined = await server.call('POST', `/spaces/${space.id}/join`, undefined, {
    authorization: `Bearer ${bob.data.token}`,
  });
  expect(joined.status).toBe(500);
  expect(joined.body.error).toEqual({ code: 'internal_error', message: expect.any(String) });
  expect(JSON.stringify(joined.body)).not.toContain('introductions');
  const lines = server.logged.filter(({ level }) => level === 'error');
  expect(lines).toHaveLength(1);
  expect(String(lines[0]?.fields['err'])).toContain('introductions');
  // Nothing of the refused turn stayed.
  const members = await anna.does('GET', `/spaces/${space.id}/members`);
  expect(members).toHaveLength(1);
});

test('`%40me` in a path is `@me`, whatever the method; what is encoded twice is not', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const message = await owner.says(general, 'hello');
  expect((await bob.does('GET', '/users/%40me')).id).toBe(bob.id);
  expect(await bob.does('GET', '/users/%40me/spaces?limit=1')).toHaveLength(1);
  expect((await bob.does('PATCH', '/users/%40me', { bio: 'a%40me' })).bio).toBe('a%40me');
  await bob.does('PATCH', `/spaces/${space.id}/members/%40me`, { nickname: 'Bobby' });
  const reactions = `/channels/${general.id}/messages/${message.id}/reactions`;
  await bob.does('PUT', `${reactions}/%F0%9F%91%8D/%40me`);
  await bob.does('DELETE', `${reactions}/%F0%9F%91%8D/%40me`);
  const head = await fetch(`${server.origin}/api/v1/users/%40me`, {
    method: 'HEAD',
    headers: { authorization: bob.authorization },
  });
  expect(head.status).toBe(200);
  expect((await bob.call('POST', '/users/%40me')).status).toBe(405);
  expect((await server.call('GET', '/users/%40me')).status).toBe(401);
  await bob.isRefused(404, 'GET', '/users/%2540me');
  await bob.isRefused(400, 'GET', '/users/%40me%');
  await bob.does('DELETE', `/spaces/${space.id}/members/%40me`);
});
