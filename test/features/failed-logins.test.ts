import { expect, test } from 'bun:test';
import { logRefusal, type RefusedAttempt } from '../../src/features/doors/auth/refusals.ts';
import { FakeClock } from '../support/clock.ts';
import { startTest, type TestServer } from '../support/server.ts';

const password = 'correct horse';
const wrong = 'wrong horse';
const [second, hour, day] = [1_000, 3_600_000, 86_400_000];
const settings = { TRUSTED_PROXIES: '127.0.0.1' };

const path = '/admin/failed-logins';
type Server = TestServer & { admin: { does(method: string, path: string): Promise<any> } };
const failures = ({ admin }: Server, query = ''): Promise<any[]> =>
  admin.does('GET', `${path}${query}`);

function post(server: TestServer, to: string, body: object, address: string, token?: string) {
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  return server.call('POST', to, body, { 'x-forwarded-for': address, ...authorization });
}

async function signsUp(server: TestServer, username: string): Promise<any> {
  return (await post(server, '/auth/register', { username, password }, '192.0.2.1')).data;
}

/** How many rows there are, without asking for them. */
const rows = ({ app }: TestServer) =>
  app.db.sqlite.rows({ n: 'number' }, 'SELECT count(*) AS n FROM failed_logins').get()?.n;

test('each wrong password is listed, the newest first, with the name of the account that was meant', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock, settings });
  const { token } = await signsUp(server, 'anna');
  const at = new Date(clock.now()).toISOString();
  await post(server, '/auth/login', { username: ' ANNA', password: wrong }, '192.0.2.7');
  await post(server, '/auth/login', { username: 'anna', password }, '192.0.2.7');
  const change = { old_password: wrong, new_password: 'another secret' };
  await post(server, '/auth/change-password', change, '2001:db8::1', token);
  await server.call(
    'DELETE',
    '/users/@me/encryption',
    { password: wrong },
    {
      'x-forwarded-for': '192.0.2.9',
      authorization: `Bearer ${token}`,
    },
  );
  // Somebody types a password in the place of the name.
  await post(server, '/auth/login', { username: 'my secret phrase', password: wrong }, '192.0.2.8');
  const found = await failures(server);
  const one = { id: expect.stringMatching(/^\d+$/), at, kind: 'password' };
  expect(found).toEqual([
    { ...one, address: '192.0.2.8' },
    { ...one, username: 'anna', address: '192.0.2.9' },
    { ...one, username: 'anna', address: '2001:db8::1' },
    { ...one, username: 'anna', address: '192.0.2.7' },
  ]);
  const kept = server.app.db.sqlite.query('SELECT * FROM failed_logins').all();
  expect(JSON.stringify(kept)).not.toMatch(/secret|horse/);
});

test('an attempt that was not looked at is listed as well, others are not', async () => {
  await using server = await startTest({
    settings: { ...settings, REGISTRATIONS_PER_ADDRESS: '1' },
  });
  const { user } = await signsUp(server, 'anna');
  for (let n = 0; n < 7; n += 1) {
    await post(server, '/auth/login', { username: 'anna', password: wrong }, '192.0.2.8');
  }
  expect(await failures(server)).toHaveLength(7);
  // A second registration from there, and a disabled account with the right password.
  await signsUp(server, 'bob');
  server.app.db.sqlite.run('UPDATE users SET disabled = 1 WHERE id = ?', [user.id]);
  await post(server, '/auth/login', { username: 'anna', password }, '192.0.2.1');
  expect(server.logged.filter(({ message }) => message.endsWith(' refused'))).toHaveLength(9);
  expect(await failures(server)).toHaveLength(7);
});

test('every door has its kind', async () => {
  await using server = await startTest();
  const kinds: [Pick<RefusedAttempt, 'what' | 'kind'>, string | undefined][] = [
    [{ what: 'login' }, 'password'],
    [{ what: 'password change' }, 'password'],
    [{ what: 'key removal' }, 'password'],
    [{ what: 'account deletion' }, 'password'],
    [{ what: 'handing over' }, 'password'],
    [{ what: 'second factor' }, 'mfa'],
    [{ what: 'second factor', kind: 'password' }, 'password'],
    [{ what: 'recovery' }, 'recovery'],
    [{ what: 'registration' }, undefined],
  ];
  for (const [attempt, kind] of kinds) {
    logRefusal(server.app, { ...attempt, address: attempt.what, reason: 'wrong' });
    const [newest] = await failures(server, '?limit=1');
    const found = newest.address === attempt.what ? newest.kind : undefined;
    expect([attempt.what, found]).toEqual([attempt.what, kind]);
  }
});

test('who is no instance admin does not see them', async () => {
  await using server = await startTest();
  await (await server.person('anna')).isRefused(403, 'GET', path);
});

test('a page goes on behind the last one of the page before', async () => {
  await using server = await startTest();
  for (let n = 0; n < 5; n += 1) {
    logRefusal(server.app, { what: 'login', address: `192.0.2.${n}`, reason: 'wrong' });
  }
  const seen: string[] = [];
  let after = '';
  for (;;) {
    const page = await failures(server, `?limit=2${after}`);
    if (page.length === 0) break;
    seen.push(...page.map(({ address }) => address));
    after = `&after=${page.at(-1)?.id}`;
  }
  expect(seen).toEqual([4, 3, 2, 1, 0].map((n) => `192.0.2.${n}`));
});

test('a flood is one turn a second, and what it keeps is bounded', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { app } = server;
  const { write } = app;
  let turns = 0;
  Object.assign(app, {
    write(...given: Parameters<typeof write>) {
      turns += 1;
      return write(...given);
    },
  });
  // Other timers have turns of their own.
  await clock.pass(second);
  const quiet = turns;
  turns = 0;
  for (let n = 0; n < 1_500; n += 1) {
    logRefusal(app, { what: 'login', address: `${n}`, reason: 'wrong' });
  }
  expect([turns, rows(server)]).toEqual([0, 0]);
  await clock.pass(second);
  expect([turns, rows(server)]).toEqual([quiet + 1, 1_000]);
  // The newest 1,000 stay.
  for (let n = 0; n < 10; n += 1) {
    logRefusal(app, { what: 'login', address: `later ${n}`, reason: 'wrong' });
  }
  await clock.pass(second);
  expect([turns, rows(server)]).toEqual([2 * (quiet + 1), 1_000]);
  const all = await failures(server, '?limit=1000');
  expect([all[0].address, all[9].address, all[10].address]).toEqual(['later 9', 'later 0', '999']);
  expect(all.at(-1).address).toBe('10');
});

test('they go after a week', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  logRefusal(server.app, { what: 'login', address: 'old', reason: 'wrong' });
  await clock.leap(4 * day);
  logRefusal(server.app, { what: 'login', address: 'new', reason: 'wrong' });
  await clock.leap(3 * day - hour);
  expect((await failures(server)).map(({ address }) => address)).toEqual(['new', 'old']);
  await clock.pass(3 * hour);
  expect(rows(server)).toBe(1);
  await clock.leap(4 * day);
  expect(rows(server)).toBe(0);
});

test('an account that is gone by the time leaves no name', async () => {
  await using server = await startTest();
  logRefusal(server.app, { what: 'login', address: 'x', reason: 'wrong', user_id: '1' });
  const [found] = await failures(server);
  expect(found).toEqual({ id: '1', address: 'x', at: expect.any(String), kind: 'password' });
});

test('what cannot be written is lost, and stops nothing', async () => {
  await using server = await startTest();
  const { app } = server;
  const { write } = app;
  Object.assign(app, { write: () => Promise.reject(new Error('no disk')) });
  logRefusal(app, { what: 'login', address: 'lost', reason: 'wrong' });
  expect(await failures(server)).toEqual([]);
  Object.assign(app, { write });
  logRefusal(app, { what: 'login', address: 'kept', reason: 'wrong' });
  expect((await failures(server)).map(({ address }) => address)).toEqual(['kept']);
});

test('an account that is deleted meanwhile is not named, and nothing says from where it was tried', async () => {
  await using server = await startTest({ clock: new FakeClock(), settings });
  const { token } = await signsUp(server, 'anna');
  await post(server, '/auth/login', { username: 'anna', password: wrong }, '192.0.2.7');
  const authorization = `Bearer ${token}`;
  await server.call('DELETE', '/users/@me', { password }, { authorization });
  const [found, ...others] = await failures(server);
  expect(others).toEqual([]);
  expect(found).toEqual({ ...found, address: '192.0.2.7', kind: 'password' });
  expect(found).not.toHaveProperty('username');
  const kept = server.app.db.sqlite.query('SELECT user_id FROM failed_logins').all();
  expect(kept).toEqual([{ user_id: null }]);
});
