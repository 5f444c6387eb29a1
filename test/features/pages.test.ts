// The page at the server's address: what it says, what it keeps to itself, and that nothing in it runs.
import { expect, test } from 'bun:test';
import manifest from '../../package.json' with { type: 'json' };
import { FakeClock } from '../support/clock.ts';
import { gathers, opens } from '../support/conversing.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

/** What the page says as a reader sees it, and the numbers in it. */
async function visit(server: TestServer, headers: Record<string, string> = {}) {
  const page = await server.call('GET', '//', undefined, headers);
  expect(page.status).toBe(200);
  const html: string = page.body;
  const numbers = [...html.matchAll(/<dt>(\w+)<\/dt>\s*<dd>([^<]*)<\/dd>/g)].map(
    ([, what = '', number = '']) => [what, number] as const,
  );
  const text = html
    .replace(/<(style|head)>[^]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ');
  return { html, headers: page.headers, text, numbers: Object.fromEntries(numbers) };
}

const evil = `</title><script>alert(1)</script>"'&`;

function call(server: TestServer, name: string, motd: string | null): Promise<void> {
  return server.turn(({ tx }) => {
    tx.sqlite.run('UPDATE instance SET server_name = ?, motd = ?', [name, motd]);
  });
}

test('the page says what the server is called, what goes on there and how to come in', async () => {
  await using server = await startTest({ settings: { PUBLIC_URL: 'https://chat.example:8443' } });
  await call(server, 'Greenhouse', 'Plants,\nand people.');
  const { html, headers, text, numbers } = await visit(server);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(html).toContain('<title>Greenhouse</title>');
  expect(html).toContain('<meta property="og:description" content="Plants, and people." />');
  expect(html).toContain('<meta property="og:url" content="https://chat.example:8443/" />');
  for (const part of [
    'Greenhouse',
    'Plants, and people.',
    `Accord Server ${manifest.version}`,
    'No voice',
    'https://chat.example:8443',
    'registration is open',
  ]) {
    expect(text).toContain(part);
  }
  expect(html).toContain('href="daccord://connect/chat.example:8443"');
  for (const path of ['/docs', '/api/v1/openapi.json', '/api/v1/asyncapi.json']) {
    expect(html).toContain(`href="${path}"`);
    expect((await server.call('GET', `/${path}`)).status).toBe(200);
  }
  expect(numbers).toEqual({ People: '1', Spaces: '1', Channels: '1', Messages: '0' });
  expect((await server.call('HEAD', '//')).status).toBe(200);
});

test('it says whether there is voice, who may register, and the space to name when it is another', async () => {
  await using server = await startTest({
    settings: {
      LIVEKIT_INTERNAL_URL: 'http://127.0.0.1:1',
      LIVEKIT_API_KEY: 'key',
      LIVEKIT_API_SECRET: 'secret',
      PUBLIC_URL: 'https://chat.example',
    },
  });
  expect((await visit(server)).text).toContain('Voice by LiveKit');
  server.app.db.sqlite.run("UPDATE instance SET registration_policy = 'closed'");
  expect((await visit(server)).text).toContain('new accounts are not taken');
  const [home] = await server.admin.does('GET', '/users/@me/spaces');
  await server.admin.does('PATCH', `/spaces/${home.id}`, { slug: 'lobby' });
  const { html } = await visit(server);
  expect(html).toContain('<code>https://chat.example#lobby</code>');
  expect(html).toContain('href="daccord://connect/chat.example/lobby"');
  await server.admin.does('PATCH', `/spaces/${home.id}`, { public: false });
  expect((await visit(server)).html).not.toContain('lobby');
});

test('it says what it takes to get an account', async () => {
  await using server = await startTest();
  const said = {
    open: 'registration is open',
    invite_only: 'you need an invite for it',
    closed: 'new accounts are not taken',
  };
  for (const [policy, words] of Object.entries(said)) {
    for (const approval of [false, true]) {
      const set = `registration_policy = '${policy}', registration_approval = ${approval}`;
      server.app.db.sqlite.run(`UPDATE instance SET ${set}`);
      const { text, html } = await visit(server);
      expect(text).toContain(words);
      const waits = text.includes('until an admin of this server has approved it');
      expect({ policy, approval, waits }).toEqual({
        policy,
        approval,
        waits: approval && policy !== 'closed',
      });
      expect(html).not.toContain('<form');
    }
  }
});

test('it says the terms, as long as there are any and clients ask for consent to them', async () => {
  await using server = await startTest();
  const set = (change: object) => server.admin.does('PATCH', '/admin/settings', change);
  const seeded = await visit(server);
  expect(seeded.text).toContain('Terms of this server');
  await set({ tos_text: 'Be kind.\n\n<b>No spam</b>', tos_url: 'https://soup.example/?a=1&b=2' });
  const { html, text } = await visit(server);
  expect(text).toContain('Be kind. &lt;b&gt;No spam&lt;/b&gt;');
  expect(html).toContain('<a href="https://soup.example/?a=1&amp;b=2">');
  await set({ tos_text: null });
  expect((await visit(server)).html).toContain('soup.example');
  await set({ tos_enabled: false });
  expect((await visit(server)).text).not.toContain('Terms');
  await set({ tos_enabled: true, tos_url: null });
  expect((await visit(server)).text).not.toContain('Terms');
});

test('nothing that an operator writes becomes markup, and no script may run', async () => {
  await using server = await startTest();
  await call(server, evil, evil);
  const { html, headers } = await visit(server);
  expect(html).not.toMatch(/<script|alert\(1\)<|"'&"/);
  expect(html).toContain('&lt;/title&gt;&lt;script&gt;');
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|script-src|\*/);
  const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? '';
  const hash = new Bun.CryptoHasher('sha256').update(style).digest('base64');
  expect(policy).toContain(`'sha256-${hash}'`);
  expect(html).not.toMatch(/ on[a-z]+=| style=/i);
});

test('without an address of its own it names the one of the request, if it can be believed', async () => {
  await using server = await startTest();
  const own = await visit(server, { host: 'localhost:8080' });
  expect(own.html).toContain('<code>http://localhost:8080</code>');
  // The client takes the address of its links for one of https.
  expect(own.html).not.toContain('daccord://');
  const foreign = await visit(server, { host: 'evil.example' });
  expect(foreign.html).not.toContain('evil.example');
  expect(foreign.text).toContain('the address that you came here by');
});

test('what is private counts, and is not named', async () => {
  await using server = await startTest();
  const secretive = await server.person('anna');
  const { space, general } = await secretive.founds('Burrow', { public: false });
  await secretive.does('PATCH', `/channels/${general.id}`, { name: 'tunnel' });
  await secretive.says(general, 'a whisper');
  const { html, numbers } = await visit(server);
  expect(numbers).toEqual({ People: '2', Spaces: '2', Channels: '2', Messages: '1' });
  for (const word of ['Burrow', 'burrow', 'tunnel', 'whisper', 'anna', space.id, general.id]) {
    expect(html).not.toContain(word);
  }
});

test('conversations and what is said in them do not count', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, bob, cleo, general } = await world(server, 'anna', 'bob', 'cleo');
  await anna.says(general, 'aloud');
  const { numbers: before } = await visit(server);
  await anna.says(await opens(anna, bob), 'psst');
  await anna.says(await gathers(anna, bob, cleo), 'psst');
  await clock.pass(60_000);
  const { numbers } = await visit(server);
  expect(numbers).toEqual(before);
  expect(numbers).toMatchObject({ Messages: '1' });
});

test('bots, the server’s own account and what is deleted do not count', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  await anna.does('POST', '/applications', { name: 'Ping' });
  const { general, space } = await anna.founds();
  const { space: gone } = await anna.founds('Gone');
  await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'second' });
  await anna.does('DELETE', `/channels/${general.id}`);
  await anna.does('DELETE', `/spaces/${gone.id}`);
  const { numbers } = await visit(server);
  expect(numbers).toMatchObject({ People: '2', Spaces: '2' });
});

test('the numbers are counted once a minute, whoever asks, and messages roughly', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { anna, general, space } = await world(server, 'anna');
  const messages = async () => (await visit(server)).numbers['Messages'];
  await anna.says(general, 'one');
  expect(await messages()).toBe('1');
  await anna.says(general, 'two');
  clock.step(18_000_000);
  expect(await messages()).toBe('1');
  clock.step(-36_000_000);
  await clock.pass(60_000);
  expect(await messages()).toBe('2');
  // More than one slice of the counting.
  await server.turn(({ tx, id }) => {
    tx.sqlite.run(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12343)
       INSERT INTO messages (n, channel_id, space_id, author_id, content)
       SELECT cast(? AS integer) + n, ?, ?, ?, '' FROM numbers`,
      [id(), general.id, space.id, anna.id],
    );
  });
  await clock.pass(60_000);
  expect(await messages()).toBe('12,000+');
});

test('a client that asks for updates is told that none is known of', async () => {
  await using server = await startTest();
  const { status, headers, body } = await server.call('GET', '//update-status');
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(body).toEqual({
    phase: 'unknown',
    current_version: manifest.version,
    new_version: null,
    message: null,
  });
});
