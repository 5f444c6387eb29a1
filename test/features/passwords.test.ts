import { expect, spyOn, test } from 'bun:test';
import { hashPassword, matchPassword } from '../../src/lib/password.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';

const password = 'correct horse';

async function logIn(server: TestServer, name: string, given = password): Promise<Person> {
  const { data } = await server.call('POST', '/auth/login', { username: name, password: given });
  return new Person(server, { id: data.user.id, name, token: data.token });
}

async function newcomer(server: TestServer, name: string): Promise<Person> {
  await server.call('POST', '/auth/register', { username: name, password });
  return logIn(server, name);
}

test('a changed password ends every other token and their sockets, and the old password', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const elsewhere = await logIn(server, 'anna');
  const [ears, others] = [await anna.listens(), await elsewhere.listens()];
  const body = { old_password: password, new_password: 'battery staple' };
  const answer = await anna.call('POST', '/auth/change-password', body);
  expect([answer.status, answer.body]).toEqual([200, { data: { ok: true } }]);
  expect(await others.closes()).toBe(4004);
  await elsewhere.isRefused(401, 'GET', '/users/@me');
  await anna.does('GET', '/users/@me');
  await ears.hearsNothing();
  const login = (given: string) =>
    server.call('POST', '/auth/login', { username: 'anna', password: given });
  expect((await login(password)).status).toBe(401);
  expect((await login('battery staple')).status).toBe(200);
});

test('the old password goes by either of two names', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const change = (body: object) => anna.call('POST', '/auth/change-password', body);
  expect((await change({ current_password: password, new_password: 'battery 1' })).status).toBe(
    200,
  );
  expect((await change({ old_password: 'battery 1', new_password: 'battery 2' })).status).toBe(200);
  const both = { old_password: null, current_password: 'battery 2', new_password: 'battery 3' };
  expect((await change(both)).status).toBe(200);
  const twice = { old_password: 'battery 3', current_password: 'battery 3' };
  expect((await change({ ...twice, new_password: 'battery 4' })).status).toBe(200);
  // Which of the two would be looked at?
  const differing = { ...twice, current_password: 'battery 4', new_password: 'battery 5' };
  expect((await change(differing)).status).toBe(400);
});

test('a new password has the length of any other; a wrong old one is 403, which ends no client’s login, and is counted', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const path = '/auth/change-password';
  for (const new_password of ['1234567', 'x'.repeat(129)]) {
    await anna.isRefused(400, 'POST', path, { old_password: password, new_password });
  }
  await anna.isRefused(422, 'POST', path, { old_password: password });
  await anna.isRefused(422, 'POST', path, { new_password: 'battery staple' });
  expect((await server.call('POST', path, {})).status).toBe(401);
  for (let count = 0; count < 5; count += 1) {
    const old_password = 'wrong horse'.repeat(1 + count * 30);
    await anna.isRefused(403, 'POST', path, { old_password, new_password: 'battery staple' });
  }
  const right = { old_password: password, new_password: 'battery staple' };
  const refused = await anna.isRefused(429, 'POST', path, right);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('an account without a password cannot change it', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  server.app.db.sqlite.run('UPDATE users SET password_hash = NULL WHERE id = ?', [anna.id]);
  const body = { old_password: '', new_password: 'battery staple' };
  await anna.isRefused(400, 'POST', '/auth/change-password', body);
});

test('of two changes at once with the same old password one holds', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const change = (new_password: string) =>
    anna.call('POST', '/auth/change-password', { old_password: password, new_password });
  const answers = await Promise.all([change('battery one'), change('battery two')]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
});

test('a forced reset is told at login and ends with the change', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  server.app.db.sqlite.run('UPDATE users SET force_password_reset = 1 WHERE id = ?', [anna.id]);
  const login = (given: string) =>
    server.call('POST', '/auth/login', { username: 'anna', password: given });
  expect((await login(password)).data.force_password_reset).toBe(true);
  const body = { old_password: password, new_password: 'battery staple' };
  await anna.does('POST', '/auth/change-password', body);
  expect((await login('battery staple')).data).not.toHaveProperty('force_password_reset');
});

test('revoking all ends every token of the account, the calling one too, and nobody else’s', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const elsewhere = await logIn(server, 'anna');
  const [ears, others] = [await anna.listens(), await elsewhere.listens()];
  expect((await anna.call('POST', '/auth/sessions/revoke-all')).body).toEqual({
    data: { ok: true },
  });
  expect(await Promise.all([ears.closes(), others.closes()])).toEqual([4004, 4004]);
  await anna.isRefused(401, 'GET', '/users/@me');
  await elsewhere.isRefused(401, 'GET', '/users/@me');
  await server.admin.does('GET', '/users/@me');
});

test('an unknown name costs the same work as a known one, however the password is typed', async () => {
  const argon2 = await import('@node-rs/argon2');
  const hash = await hashPassword(password);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await hashPassword(password)).not.toBe(hash);
  expect(await matchPassword(hash, password)).toBe('new');
  expect(await matchPassword(hash, `${password} `)).toBeNull();
  const verify = spyOn(argon2, 'verify');
  try {
    for (const [typed, compared] of [
      ['wrong horse', 1],
      ['cafe\u0301 au lait', 2],
    ] as const) {
      for (const known of [hash, null, 'none']) {
        verify.mockClear();
        expect(await matchPassword(known, typed)).toBeNull();
        expect(verify).toHaveBeenCalledTimes(compared);
        for (const [against] of verify.mock.calls) {
          expect(String(against)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
        }
      }
    }
  } finally {
    verify.mockRestore();
  }
});

const forms = ['caf\u00e9 au lait', 'cafe\u0301 au lait', 'ｃａｆｅ\u0301 au\u00a0lait'];

test('a password is the same in every form that a keyboard writes, at sign-in and when it is changed', async () => {
  for (const [index, chosen] of forms.entries()) {
    await using server = await startTest();
    const body = { username: 'anna', password: chosen };
    const { data } = await server.call('POST', '/auth/register', body);
    const anna = new Person(server, { id: data.user.id, name: 'anna', token: data.token });
    const login = async (given: string) =>
      (await server.call('POST', '/auth/login', { username: 'anna', password: given })).status;
    for (const given of forms) expect(await login(given)).toBe(200);
    expect(await login('cafe au lait')).toBe(401);
    const other = forms[(index + 1) % forms.length];
    const change = { old_password: other, new_password: 'the\u0301 au lait' };
    await anna.does('POST', '/auth/change-password', change);
    expect(await login('th\u00e9 au lait')).toBe(200);
    expect(await login(chosen)).toBe(401);
  }
});

test('a hash of the password as it was typed goes on being found, and is made anew', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const { hash } = await import('@node-rs/argon2');
  const typed = forms[1] ?? '';
  const old = await hash(typed, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const { sqlite } = server.app.db;
  sqlite.run('UPDATE users SET password_hash = ? WHERE id = ?', [old, anna.id]);
  const kept = () =>
    sqlite
      .query<{ password_hash: string }, [string]>('SELECT password_hash FROM users WHERE id = ?')
      .get(anna.id)?.password_hash;
  const login = async (given: string) =>
    (await server.call('POST', '/auth/login', { username: 'anna', password: given })).status;
  // The other keyboard has to wait until the password has come once as it was typed then.
  expect(await login(forms[0] ?? '')).toBe(401);
  expect(kept()).toBe(old);
  expect(await login(typed)).toBe(200);
  const renewed = kept();
  expect(renewed).not.toBe(old);
  for (const given of forms) expect(await login(given)).toBe(200);
  expect(kept()).toBe(renewed);
  // Changing it takes an old hash, too.
  sqlite.run('UPDATE users SET password_hash = ? WHERE id = ?', [old, anna.id]);
  await anna.does('POST', '/auth/change-password', { old_password: typed, new_password: password });
  expect(await login(password)).toBe(200);
});

test('the length of a password counts as it is typed', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  const register = async (username: string, given: string) =>
    (await server.call('POST', '/auth/register', { username, password: given })).status;
  // Eight marks and letters that compose to four characters, and one that is eighteen.
  expect(await register('short', 'e\u0301'.repeat(4))).toBe(200);
  expect(await register('shorter', 'e\u0301'.repeat(3))).toBe(400);
  expect(await register('wide', '\ufdfa'.repeat(7))).toBe(400);
  expect(await register('long', '\ufdfa'.repeat(128))).toBe(200);
  expect(await register('longer', 'e\u0301'.repeat(65))).toBe(400);
});
