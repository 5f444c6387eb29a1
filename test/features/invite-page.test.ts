import { expect, test } from 'bun:test';
import { FakeClock } from '../support/clock.ts';
import { startTest, type TestServer } from '../support/server.ts';

async function invited(server: TestServer, more: object = {}, body: object = {}) {
  const owner = await server.person('olga');
  const { space } = await owner.founds('Den', { public: false, ...more });
  const invite = await owner.does('POST', `/spaces/${space.id}/invites`, body);
  return { owner, space, invite };
}

const evil = `</title><script>alert(1)</script>"'&`;

test('the page shows the space, tags for previews, and a button for the client', async () => {
  await using server = await startTest({ settings: { PUBLIC_URL: 'https://chat.example:8443' } });
  const { invite } = await invited(server, { description: 'Quiet\npeople' });
  const page = await server.call('GET', `//invite/${invite.code}`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  const html: string = page.body;
  for (const part of [
    '<title>Join Den</title>',
    '<meta property="og:title" content="Join Den" />',
    '<meta property="og:description" content="Quiet people" />',
    '<meta property="og:site_name" content="Accord Server" />',
    `<meta property="og:url" content="https://chat.example:8443/invite/${invite.code}" />`,
    '<meta name="twitter:card" content="summary" />',
    '<meta name="twitter:title" content="Join Den" />',
    `href="daccord://invite/${invite.code}@chat.example:8443"`,
    'href="https://www.daccord.gg"',
    '1 member',
  ]) {
    expect(html).toContain(part);
  }
  const head = await server.call('HEAD', `//invite/${invite.code}`);
  expect(head.status).toBe(200);
});

test('a program that makes previews gets the tags for them, and nothing else', async () => {
  await using server = await startTest();
  const { invite, space } = await invited(server, { name: evil, description: 'Quiet people' });
  const read = async (agent: string) => {
    const headers = { 'user-agent': agent };
    return (await server.call('GET', `//invite/${invite.code}`, undefined, headers)).body as string;
  };
  for (const agent of [
    'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
    'facebookexternalhit/1.1',
    'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
    'WhatsApp/2.23.20.0',
    'TelegramBot (like TwitterBot)',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  ]) {
    const html = await read(agent);
    expect(html).toContain('<meta property="og:description" content="Quiet people" />');
    expect(html).toContain('<meta name="twitter:card" content="summary" />');
    expect(html).not.toMatch(/<body|<main|<style|<script|<a |href/);
    expect(html).not.toContain(space.slug);
  }
  expect(await read('Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0')).toContain('<main>');
  expect(await read('')).toContain('<main>');
});

test('nothing that people write becomes markup, and no script may run', async () => {
  await using server = await startTest();
  const { invite } = await invited(server, { name: evil, description: evil });
  const page = await server.call('GET', `//invite/${invite.code}`, undefined, {
    host: `127.0.0.1:${server.running.port}`,
  });
  const html: string = page.body;
  expect(html).not.toMatch(/<script|alert\(1\)<|"'&"/);
  expect(html).toContain('&lt;/title&gt;&lt;script&gt;');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|script-src|\*/);
  // The style that it carries is the one that the policy allows.
  const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? '';
  const hash = new Bun.CryptoHasher('sha256').update(style).digest('base64');
  expect(policy).toContain(`'sha256-${hash}'`);
  expect(html).not.toMatch(/ on[a-z]+=| style=/i);
});

test('without an address of its own the page names the one of the request, if it can be believed', async () => {
  await using server = await startTest();
  const { invite, space } = await invited(server);
  const at = async (host: string) =>
    (await server.call('GET', `//invite/${invite.code}`, undefined, { host })).body as string;
  const own = `127.0.0.1:${server.running.port}`;
  const believed = await at(own);
  expect(believed).toContain(`daccord://invite/${invite.code}@${own}"`);
  expect(believed).toContain(`http://${own}#${space.slug}?invite=${invite.code}`);
  // Nobody else is told of the port by which one came.
  expect(await at('localhost:8080')).toContain(`daccord://invite/${invite.code}@localhost:8080"`);
  const foreign = await at('evil.example');
  expect(foreign).not.toContain('evil.example');
  expect(foreign).not.toContain('daccord://');
  expect(foreign).toContain(invite.code);
});

test('what is unknown, over or no code at all is not found', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { invite } = await invited(server, {}, { max_age: 30 });
  for (const code of ['AAAAAAAA', '%3Cb%3E', 'a%2Fb', 'a.b', 'ä', 'a'.repeat(65), "1'--"]) {
    const page = await server.call('GET', `//invite/${code}`);
    expect({ code, status: page.status, error: page.code }).toEqual({
      code,
      status: 404,
      error: 'not_found',
    });
  }
  expect((await server.call('GET', `//invite/${invite.code}`)).status).toBe(200);
  await clock.pass(30_000);
  expect((await server.call('GET', `//invite/${invite.code}`)).status).toBe(404);
});

test('the page of an invite to the server names the server, and what one does with it', async () => {
  await using server = await startTest({ settings: { PUBLIC_URL: 'https://chat.example/sub' } });
  const set = (columns: string) => server.app.db.sqlite.run(`UPDATE instance SET ${columns}`);
  set(`server_name = '${evil.replaceAll("'", "''")}'`);
  const invite = await server.admin.does('POST', '/admin/invites', { note: 'a secret note' });
  const read = async (agent = '') => {
    const path = `//invite/${invite.code}`;
    const { status, body } = await server.call('GET', path, undefined, { 'user-agent': agent });
    expect(status).toBe(200);
    expect(body).not.toMatch(/<script|alert\(1\)<|a secret note|General/);
    return body as string;
  };
  const page = await read();
  expect(page).toContain('An invite to make an account');
  // There is nothing to accept: the client only comes to the server.
  expect(page).toContain('href="daccord://connect/chat.example"');
  expect(page).toContain('<code>https://chat.example/sub</code>');
  expect(page).toContain(`<code>${invite.code}</code>`);
  expect(page).not.toContain('<form');
  expect(await read('Discordbot/2.0')).not.toContain('<main');
  set("registration_policy = 'closed'");
  expect(await read()).toContain('takes no new accounts');
  set("registration_policy = 'invite_only'");
  expect(await read()).toContain('does not know the proxy');
});

test('the page of an invite to a space says what it does for people without an account', async () => {
  await using server = await startTest();
  const { invite } = await invited(server);
  const set = (columns: string) => server.app.db.sqlite.run(`UPDATE instance SET ${columns}`);
  const page = async () => (await server.call('GET', `//invite/${invite.code}`)).body as string;
  expect(await page()).not.toContain('<form');
  set("registration_policy = 'invite_only'");
  expect(await page()).toContain('<button class="button">Let this device register</button>');
  set('members_may_invite = 0');
  expect(await page()).toContain('for people who have an account here');
  expect(await page()).not.toContain('<form');
  const pressed = await server.call('POST', `//invite/${invite.code}/door`);
  expect(pressed.body).toContain('for people who have an account here');
  set("registration_policy = 'open'");
  expect(await page()).not.toContain('New here?');
});
