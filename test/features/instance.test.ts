import { expect, test } from 'bun:test';
import manifest from '../../package.json' with { type: 'json' };
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

test('health is plain text and needs nothing', async () => {
  await using server = await startTest();
  const { status, headers, body } = await server.call('GET', '//health');
  expect([status, headers.get('content-type'), body]).toEqual([
    200,
    'text/plain; charset=utf-8',
    'ok',
  ]);
  expect((await server.call('GET', '/health')).status).toBe(404);
});

test('the version stands outside of the envelope', async () => {
  await using server = await startTest();
  const { status, body } = await server.call('GET', '/version');
  expect(status).toBe(200);
  expect(body).toEqual({ version: manifest.version, git_sha: expect.any(String) });
});

test('the gateway’s address is the one that was asked, or the public one', async () => {
  await using server = await startTest();
  const { data } = await server.call('GET', '/gateway');
  expect(data).toEqual({ url: `${server.gateway}?v=1&encoding=json` });
  const socket = new WebSocket(data.url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  socket.close();
  for (const [url, gateway] of [
    ['https://chat.example.org', 'wss://chat.example.org/ws'],
    ['http://chat.example.org:8080/sub/', 'ws://chat.example.org:8080/sub/ws'],
  ] as const) {
    await using named = await startTest({ settings: { PUBLIC_URL: url } });
    const answer = await named.call('GET', '/gateway');
    expect(answer.data.url).toBe(`${gateway}?v=1&encoding=json`);
  }
});

test('a bot learns how many sessions it may begin; without a token nobody does', async () => {
  await using server = await startTest({ settings: { MAX_SESSIONS_PER_ACCOUNT: '3' } });
  const anna = await server.person('anna');
  const refused = await server.call('GET', '/gateway/bot');
  expect([refused.status, refused.code]).toEqual([401, 'unauthorized']);
  const limits = async () => (await anna.does('GET', '/gateway/bot')).session_start_limit;
  const first = await anna.does('GET', '/gateway/bot');
  expect(first).toEqual({
    url: `${server.gateway}?v=1&encoding=json`,
    shards: 1,
    session_start_limit: { total: 3, remaining: 3, reset_after: 0, max_concurrency: 3 },
  });
  await anna.listens();
  expect((await limits()).remaining).toBe(2);
});

test('/ws without an upgrade is an error that says so', async () => {
  await using server = await startTest();
  const { status, body, headers } = await server.call('GET', '//ws');
  expect(status).toBe(426);
  expect(body).toEqual({ error: { code: 'invalid_request', message: expect.any(String) } });
  expect(headers.get('upgrade')).toBe('websocket');
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  const posted = await server.call('POST', '//ws');
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
});

test('whoever has too many sockets open is told when to come back', async () => {
  await using server = await startTest({ settings: { MAX_SOCKETS_PER_ADDRESS: '1' } });
  const anna = await server.person('anna');
  const ears = await anna.listens();
  const handshake = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const refused = await server.call('GET', '//ws', undefined, handshake);
  expect([refused.status, refused.code]).toEqual([429, 'rate_limited']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  ears.close();
});

test('the public settings are read without a token, and no text of them is null', async () => {
  await using server = await startTest();
  const { status, data } = await server.call('GET', '/settings');
  expect(status).toBe(200);
  expect(data).toEqual({
    server_name: 'Accord Server',
    motd: '',
    registration_policy: 'open',
    registration_approval: false,
    max_avatar_size: 2_097_152,
    max_emoji_size: 262_144,
    max_sound_size: 2_097_152,
    max_attachment_size: 26_214_400,
    max_attachments_per_message: 10,
    max_upload_per_day: 1024 * 1024 * 1024,
    tos_enabled: true,
    tos_text: expect.stringContaining('# '),
    tos_version: 1,
    tos_url: '',
  });
  server.app.db.sqlite.run(
    "UPDATE instance SET tos_text = NULL, tos_url = NULL, motd = NULL, registration_policy = 'closed'",
  );
  const closed = await server.call('GET', '/settings');
  expect(closed.data).toMatchObject({ tos_text: '', tos_url: '', motd: '' });
  expect(closed.data.registration_policy).toBe('closed');
  // With a token that is none it answers, too.
  const odd = await server.call('GET', '/settings', undefined, { authorization: 'Bearer x' });
  expect(odd.status).toBe(200);
});

test('a new server has its own account and a public space that everybody joins', async () => {
  await using server = await startTest();
  const [home] = await server.admin.does('GET', '/users/@me/spaces');
  expect(home).toMatchObject({ name: 'General', slug: 'general', public: true });
  const [general] = await server.admin.does('GET', `/spaces/${home.id}/channels`);
  expect(general).toMatchObject({ name: 'general', type: 'text' });
  const row = server.app.db.sqlite
    .query<{ id: string }, []>("SELECT id FROM users WHERE username = 'System'")
    .get();
  const system = await server.admin.does('GET', `/users/${row?.id}`);
  expect(system).toMatchObject({ username: 'System', display_name: 'System', system: true });
  const login = { username: 'System', password: 'whatever it is' };
  expect((await server.call('POST', '/auth/login', login)).status).toBe(401);
});

test('when the first space goes, newcomers join the next oldest, or none', async () => {
  await using server = await startTest();
  const { space } = await world(server, 'anna', 'bob');
  const [home] = await server.admin.does('GET', '/users/@me/spaces');
  await server.admin.does('DELETE', `/spaces/${home.id}`);
  const dora = await server.person('dora');
  const [next] = await dora.does('GET', '/users/@me/spaces');
  expect(next.id).toBe(space.id);
  await server.admin.does('DELETE', `/spaces/${space.id}`);
  const emil = await server.person('emil');
  expect(await emil.does('GET', '/users/@me/spaces')).toEqual([]);
});
