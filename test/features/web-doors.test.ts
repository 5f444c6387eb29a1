// How people with a browser come to the web client: buttons on pages, and what an unknown page says.
import { expect, test } from 'bun:test';
import { beginSetup } from '../../src/features/doors/claim/setup-code.ts';
import { startTest, type TestServer } from '../support/server.ts';

const asPerson = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

const visit = (server: TestServer, path: string, headers: Record<string, string> = asPerson) =>
  server.call('GET', `/${path}`, undefined, headers);

test('the page of the server and those of invites lead to the web client', async () => {
  await using server = await startTest({ settings: { PUBLIC_URL: 'https://chat.example/sub' } });
  const { body: front } = await visit(server, '/');
  expect(front).toContain('href="/sub/app"');
  const anna = await server.person('anna');
  const { space } = await anna.founds('Den');
  const { code } = await anna.does('POST', `/spaces/${space.id}/invites`, {});
  const { body: page } = await visit(server, `/invite/${code}`);
  // Relative, since a proxy may show the server below a path.
  expect(page).toContain(`href="../app#/invite/${code}"`);
});

test('the button of an invite leads on to the web client from where it was pressed', async () => {
  await using server = await startTest();
  server.app.db.sqlite.run("UPDATE instance SET registration_policy = 'invite_only'");
  const anna = await server.person('anna');
  const { space } = await anna.founds('Den');
  const { code } = await anna.does('POST', `/spaces/${space.id}/invites`, {});
  const { body } = await server.call('POST', `//invite/${code}/door`);
  expect(body).toContain(`href="../../app#/invite/${code}"`);
});

test('who finds a server without an admin is told how to claim it, and nobody else', async () => {
  await using server = await startTest();
  const claimed = await visit(server, '/');
  expect(claimed.body).not.toContain('setup code');
  server.app.db.sqlite.run('UPDATE users SET is_admin = 0');
  const code = beginSetup(server.app) ?? '';
  const { body } = await visit(server, '/');
  expect(body).toContain('/app#/claim');
  expect(body).toContain('accord admin setup-code');
  expect(code).not.toBe('');
  expect(body).not.toContain(code);
});

test('an unknown page answers a person with a page and a program with JSON', async () => {
  await using server = await startTest();
  for (const path of ['/nothing', '/invite/AAAAAAAA', '/app/none.js', '/cdn/none/none.png']) {
    const page = await visit(server, path);
    expect({ path, status: page.status }).toEqual({ path, status: 404 });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('x-request-id')).not.toBeNull();
    expect(page.body).toContain('href="/"');
    expect(page.body).not.toMatch(/<script| style=/);
    const json = await visit(server, path, { accept: '*/*' });
    expect({ path, code: json.code }).toEqual({ path, code: 'not_found' });
  }
  const api = await visit(server, '/api/v1/nothing');
  expect(api.code).toBe('not_found');
  const posted = await server.call('POST', '//nothing', {}, asPerson);
  expect(posted.code).toBe('not_found');
});
