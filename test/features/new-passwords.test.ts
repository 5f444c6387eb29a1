// New passwords are none that is guessed first; what is in use goes on working.
import { expect, test } from 'bun:test';
import { updateUser } from '../../src/features/people/users/queries.ts';
import { hashPassword } from '../../src/lib/password.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';

const register = (server: TestServer, username: string, password: string) =>
  server.call('POST', '/auth/register', { username, password });

const login = (server: TestServer, username: string, password: string) =>
  server.call('POST', '/auth/login', { username, password });

/** What is wrong with a password, by what the answer says of that field. */
async function wrongWith(server: TestServer, username: string, password: string) {
  const { status, body } = await register(server, username, password);
  return status === 200 ? null : [status, body.error.code, body.error.details?.password];
}

const common = [400, 'invalid_request', 'is one of the most common ones'];
const likeName = [400, 'invalid_request', 'is little more than the user name'];
const likeServer = [400, 'invalid_request', "is little more than the server's name"];

test('the most common passwords are refused, however they are written', async () => {
  await using server = await startTest({ settings: { REGISTRATIONS_PER_ADDRESS: '0' } });
  for (const password of [
    'password',
    'PassWord',
    'ｐａｓｓｗｏｒｄ',
    '12345678',
    '1234567890',
    '87654321',
    'abcdefgh',
    'qwertyuiop',
    'poiuytrewq',
    'aaaaaaaa',
    'abcabcabc',
    'password123',
    'iloveyou',
    'trustno1',
    // Number 10,000 of the list.
    'dalmatio',
  ]) {
    expect([password, await wrongWith(server, 'anna', password)]).toEqual([password, common]);
  }
  // Nothing was made.
  expect((await login(server, 'anna', 'password')).status).toBe(401);
});

test('a password asks for no kinds of characters, and may have common ones in it', async () => {
  await using server = await startTest({ settings: { REGISTRATIONS_PER_ADDRESS: '0' } });
  const fine = [
    'correct horse',
    'battery staple',
    'passwordpasture',
    'my password is this',
    'zwölf boxkämpfer',
    '\u{1f511}\u{1f6aa}\u{1f3e0}\u{1f331}\u{1f30a}\u{1f525}\u{1f319}\u{2b50}',
    '4815162342108',
  ];
  for (const [n, password] of fine.entries()) {
    expect([password, await wrongWith(server, `anna_${n}`, password)]).toEqual([password, null]);
    expect((await login(server, `anna_${n}`, password)).status).toBe(200);
  }
});

test('a password is not mostly the name of the account or of the server', async () => {
  await using server = await startTest({ settings: { REGISTRATIONS_PER_ADDRESS: '0' } });
  server.app.db.sqlite.run("UPDATE instance SET server_name = 'Tea Garden'");
  for (const [username, password, wrong] of [
    ['annabella', 'annabella', likeName],
    ['annabella', 'AnnaBella1999', likeName],
    ['annabella', 'ＡＮＮＡＢＥＬＬＡ!', likeName],
    ['annabella', 'annabella annabella zzz', likeName],
    ['bob', 'bobbobXbob', likeName],
    ['cleo', 'Tea Garden', likeServer],
    ['cleo', 'teagarden2026', likeServer],
    // Half of it is not more than half.
    ['dora', 'dorablue', null],
    ['emilia', 'emilia in the tea garden', null],
    ['anna', 'annabella', null],
  ] as const) {
    expect([username, password, await wrongWith(server, username, password)] as unknown).toEqual([
      username,
      password,
      wrong,
    ]);
  }
});

test('a change of the password asks the same; one that is in use goes on working', async () => {
  await using server = await startTest();
  const anna = await server.person('annabella');
  const password_hash = await hashPassword('password');
  await server.turn(({ tx }) => updateUser(tx, anna.id, { password_hash }));
  const { data } = await login(server, 'annabella', 'password');
  const here = new Person(server, { id: anna.id, name: 'annabella', token: data.token });
  for (const [new_password, wrong] of [
    ['12345678', common],
    ['annabella!', likeName],
    ['password', common],
  ] as const) {
    const change = { old_password: 'password', new_password };
    const { status, code, body } = await here.call('POST', '/auth/change-password', change);
    expect([status, code, body.error.details.password] as unknown).toEqual(wrong);
  }
  const change = { old_password: 'password', new_password: 'battery staple' };
  await here.does('POST', '/auth/change-password', change);
  expect((await login(server, 'annabella', 'battery staple')).status).toBe(200);
});

test('a password that an admin gives is asked the same, by the name of whom it is for', async () => {
  await using server = await startTest();
  const anna = await server.person('annabella');
  const path = `/admin/users/${anna.id}/reset-password`;
  for (const [new_password, wrong] of [
    ['password', common],
    ['annabella!', likeName],
    ['Accord Server', likeServer],
  ] as const) {
    const { status, code, body } = await server.admin.call('POST', path, { new_password });
    expect([status, code, body.error.details?.password] as unknown).toEqual(wrong);
  }
  await anna.does('GET', '/users/@me');
  await server.admin.does('POST', path, { new_password: 'battery staple' });
  expect((await login(server, 'annabella', 'battery staple')).status).toBe(200);
});

test('what is wrong with a password is told only to whom the account is', async () => {
  await using server = await startTest();
  const { data } = await register(server, 'anna', 'correct horse');
  const anna = new Person(server, { id: data.user.id, name: 'anna', token: data.token });
  const change = { old_password: 'wrong horse', new_password: '12345678' };
  await anna.isRefused(403, 'POST', '/auth/change-password', change);
});

test('in test mode only the length of a password counts', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  expect((await register(server, 'anna', 'testpass123')).status).toBe(200);
  expect((await register(server, 'bob', 'password')).status).toBe(200);
  expect((await register(server, 'annabella', 'annabella')).status).toBe(200);
  expect((await register(server, 'cleo', '1234567')).status).toBe(400);
});

test('failed registrations do not count as accounts of the address', async () => {
  await using server = await startTest({ settings: { REGISTRATIONS_PER_ADDRESS: '1' } });
  for (const password of ['password', '12345678', 'aaaaaaaa']) {
    expect((await register(server, 'anna', password)).status).toBe(400);
  }
  expect((await register(server, 'anna', 'correct horse')).status).toBe(200);
});
