// Getting back in without the password: codes that an account keeps, and codes from an admin.
import { expect, test } from 'bun:test';
import {
  endRecoveryCodes,
  giveRecoveryCode,
  issueRecoveryCode,
} from '../../src/features/doors/recovery/actions.ts';
import { updateUser } from '../../src/features/people/users/queries.ts';
import { FakeClock } from '../support/clock.ts';
import { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';

const password = 'correct horse';
const another = 'battery staple';
const shape = /^([0-9a-hjkmnp-tv-z]{4}-){7}[0-9a-hjkmnp-tv-z]{4}$/;
const from = (address: string) => ({ 'x-forwarded-for': address });
const behindProxy = { settings: { TRUSTED_PROXIES: '127.0.0.1' } };

const login = (server: TestServer, username: string, given: string) =>
  server.call('POST', '/auth/login', { username, password: given });

async function newcomer(server: TestServer, name: string): Promise<Person> {
  const { data } = await server.call('POST', '/auth/register', { username: name, password });
  return new Person(server, { id: data.user.id, name, token: data.token });
}

const newCode = async (person: Person): Promise<string> =>
  (await person.does('POST', '/auth/recovery-code', { password })).recovery_code;

function recover(
  server: TestServer,
  username: string,
  recovery_code: string,
  { new_password = another, address = '192.0.2.1' } = {},
) {
  const body = { username, recovery_code, new_password };
  return server.call('POST', '/auth/recover', body, from(address));
}

test('a code sets a new password once, ends every token, and is followed by a new code', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const bob = await newcomer(server, 'bob');
  const code = await newCode(anna);
  expect(code).toMatch(shape);
  const [ears, bobs] = [await anna.listens(), await bob.listens()];
  await bobs.unread();

  const { status, data } = await recover(server, 'anna', code);
  expect([status, Object.keys(data).toSorted()]).toEqual([200, ['recovery_code', 'token', 'user']]);
  expect(data.user.id).toBe(anna.id);
  expect(await ears.closes()).toBe(4004);
  await anna.isRefused(401, 'GET', '/users/@me');
  await bobs.hearsNothing();
  await bob.does('GET', '/users/@me');
  const back = new Person(server, { id: anna.id, name: 'anna', token: data.token });
  expect((await back.does('GET', '/users/@me')).id).toBe(anna.id);
  expect((await login(server, 'anna', password)).status).toBe(401);
  expect((await login(server, 'anna', another)).status).toBe(200);

  expect((await recover(server, 'anna', code, { new_password: password })).status).toBe(401);
  await back.does('GET', '/users/@me');
  expect(data.recovery_code).toMatch(shape);
  expect(data.recovery_code).not.toBe(code);
  expect((await recover(server, 'anna', data.recovery_code)).status).toBe(200);
});

test('a code is read as people type it', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const typings: ((code: string) => string)[] = [
    (code) => code.toUpperCase(),
    (code) => code.replaceAll('-', ''),
    (code) => ` ${code.replaceAll('-', ' ')}\n`,
    (code) => code.replaceAll('-', '–'),
    (code) => code.replaceAll('-', ' - '),
  ];
  for (const typed of typings) {
    const code = await server.turn((turn) => issueRecoveryCode(turn, anna.id));
    expect((await recover(server, ' Anna ', typed(code))).status).toBe(200);
  }
  for (const spoilt of [(code: string) => code.slice(1), (code: string) => `${code}0`]) {
    const code = await server.turn((turn) => issueRecoveryCode(turn, anna.id));
    expect((await recover(server, 'anna', spoilt(code))).status).toBe(401);
  }
});

test('codes differ, and use every character alike', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const codes = await server.turn((turn) =>
    Array.from({ length: 200 }, () => issueRecoveryCode(turn, anna.id)),
  );
  expect(new Set(codes).size).toBe(200);
  expect(new Set(codes.join('').replaceAll('-', '')).size).toBe(32);
});

test('a new code ends the older one; a wrong password gets none', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const [first, second] = [await newCode(anna), await newCode(anna)];
  await anna.isRefused(403, 'POST', '/auth/recovery-code', { password: 'wrong horse' });
  await anna.isRefused(422, 'POST', '/auth/recovery-code', {});
  expect((await recover(server, 'anna', first)).status).toBe(401);
  expect((await recover(server, 'anna', second)).status).toBe(200);
});

test('who asks for a code guesses the password no more often than at a login', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  for (let n = 0; n < 5; n += 1) {
    await anna.isRefused(403, 'POST', '/auth/recovery-code', { password: 'wrong horse' });
  }
  await anna.isRefused(429, 'POST', '/auth/recovery-code', { password });
  expect(server.logged.findLast(({ message }) => message.endsWith(' refused'))).toMatchObject({
    message: 'new recovery code refused',
    fields: { reason: 'locked', user_id: anna.id },
  });
});

test('a wrong code and an unknown name get the same answer, and count as at a login', async () => {
  await using server = await startTest(behindProxy);
  const anna = await newcomer(server, 'anna');
  const code = await newCode(anna);
  const wrong = code.replace(/^./, (one) => (one === '0' ? '1' : '0'));
  const answers = [];
  for (const name of ['anna', 'nobody_is_called_so', 'System']) {
    const { status, body } = await recover(server, name, wrong, { address: '192.0.2.2' });
    answers.push({ status, body });
  }
  expect(answers[0]?.status).toBe(401);
  expect(answers).toEqual([answers[0], answers[0], answers[0]] as typeof answers);
  for (let n = 0; n < 4; n += 1) await recover(server, 'anna', wrong, { address: '192.0.2.2' });
  const locked = await recover(server, 'anna', code, { address: '192.0.2.2' });
  expect([locked.status, locked.headers.get('Retry-After')]).toEqual([429, expect.any(String)]);
  const lines = server.logged.filter(({ message }) => message === 'recovery refused');
  expect(lines.map(({ fields }) => [fields['reason'], fields['user_id']])).toEqual([
    ['wrong', anna.id],
    ['wrong', undefined],
    // No name that is typed means the server's own account.
    ['wrong', undefined],
    ...Array.from({ length: 4 }, () => ['wrong', anna.id]),
    ['locked', anna.id],
  ]);
  expect((await recover(server, 'anna', code, { address: '192.0.2.3' })).status).toBe(200);
});

test('of two who use one code at once, one comes in', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const code = await newCode(anna);
  const both = await Promise.all([
    recover(server, 'anna', code, { new_password: 'one and only' }),
    recover(server, 'anna', code, { new_password: 'other and only' }),
  ]);
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
});

test('a weak password is refused before the code is looked at, which is not spent', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const code = await newCode(anna);
  for (const new_password of ['password', 'annaanna', '1234567']) {
    const { status } = await recover(server, 'anna', code, { new_password });
    expect([new_password, status]).toEqual([new_password, 400]);
  }
  const weak = { new_password: 'password' };
  const answers = [await recover(server, 'anna', code, weak), await recover(server, 'x', '', weak)];
  expect(answers[1]?.body).toEqual(answers[0]?.body);
  expect((await recover(server, 'anna', code)).status).toBe(200);
});

test('a disabled account is not let in, and keeps its code', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const code = await newCode(anna);
  await server.turn(({ tx }) => updateUser(tx, anna.id, { disabled: true }));
  expect((await recover(server, 'anna', code)).status).toBe(403);
  expect((await login(server, 'anna', another)).status).toBe(401);
  await server.turn(({ tx }) => updateUser(tx, anna.id, { disabled: false }));
  expect((await recover(server, 'anna', code)).status).toBe(200);
});

test('a recovery ends the duty to choose another password', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const code = await newCode(anna);
  await server.turn(({ tx }) => updateUser(tx, anna.id, { force_password_reset: true }));
  expect((await recover(server, 'anna', code)).data.force_password_reset).toBeUndefined();
  expect((await login(server, 'anna', another)).data.force_password_reset).toBeUndefined();
});

test('an instance admin gives a code that works once, for 24 hours', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const anna = await newcomer(server, 'anna');
  const path = `/admin/users/${anna.id}/reset-link`;
  const { code, expires_at } = await server.admin.does('POST', path);
  expect(code).toMatch(shape);
  expect(Date.parse(expires_at)).toBe(clock.now() + 86_400_000);
  await clock.leap(86_399_000);
  const { status, data } = await recover(server, 'anna', code);
  expect([status, data.user.id, data.recovery_code]).toEqual([
    200,
    anna.id,
    expect.stringMatching(shape),
  ]);
  expect((await recover(server, 'anna', code)).status).toBe(401);

  const late = await server.admin.does('POST', path);
  await clock.leap(86_400_000);
  expect((await recover(server, 'anna', late.code)).status).toBe(401);
});

test('a newer code of an admin ends the older one, and stands beside the account’s own', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const own = await newCode(anna);
  const path = `/admin/users/${anna.id}/reset-link`;
  const { code: first } = await server.admin.does('POST', path);
  const { code: second } = await server.admin.does('POST', path);
  expect((await recover(server, 'anna', first)).status).toBe(401);
  const { data } = await recover(server, 'anna', own);
  // Either ends both.
  expect((await recover(server, 'anna', second)).status).toBe(401);
  const { code: third } = await server.admin.does('POST', path);
  expect((await recover(server, 'anna', third)).status).toBe(200);
  expect((await recover(server, 'anna', data.recovery_code)).status).toBe(401);
});

test('a changed password ends the code of an admin, not one’s own', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const own = await newCode(anna);
  const { code } = await server.admin.does('POST', `/admin/users/${anna.id}/reset-link`);
  const change = { old_password: password, new_password: 'a third horse' };
  await anna.does('POST', '/auth/change-password', change);
  expect((await recover(server, 'anna', code)).status).toBe(401);
  expect((await recover(server, 'anna', own)).status).toBe(200);
});

test('only instance admins give codes, and only to people', async () => {
  await using server = await startTest();
  const [anna, bob] = [await server.person('anna'), await server.person('bob')];
  await anna.isRefused(403, 'POST', `/admin/users/${bob.id}/reset-link`);
  await server.admin.isRefused(404, 'POST', '/admin/users/999999999999999999/reset-link');
  const { application } = await anna.does('POST', '/applications', { name: 'Spoon' });
  await server.admin.isRefused(400, 'POST', `/admin/users/${application.bot_user_id}/reset-link`);
  const system = server.app.db.sqlite
    .query<{ id: string }, []>("SELECT id FROM users WHERE username = 'System'")
    .get();
  await server.admin.isRefused(400, 'POST', `/admin/users/${system?.id}/reset-link`);
  await server.turn(({ tx, now }) => updateUser(tx, bob.id, { deleted_at: now }));
  await server.admin.isRefused(404, 'POST', `/admin/users/${bob.id}/reset-link`);
});

test('a bot has no code of its own', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { application, token } = await anna.does('POST', '/applications', { name: 'Spoon' });
  const bot = new Person(server, { id: application.bot_user_id, name: 'Spoon Bot', token });
  bot.scheme = 'Bot';
  await bot.isRefused(400, 'POST', '/auth/recovery-code', { password });
});

test('the operator gives a code at the machine, also to the last admin', async () => {
  await using server = await startTest();
  const { admin } = server;
  const { code } = await server.turn((turn) => giveRecoveryCode(turn, null, admin.id));
  const { status, data } = await recover(server, admin.name, code);
  expect([status, data.user.is_admin]).toEqual([200, true]);
});

test('the log of admins names who gave a code to whom; no code stands anywhere in clear', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const own = await newCode(anna);
  const { code } = await server.admin.does('POST', `/admin/users/${anna.id}/reset-link`);
  await server.turn((turn) => giveRecoveryCode(turn, null, anna.id));
  const entries = await server.admin.does('GET', '/admin/audit-log?action_type=recovery_create');
  expect(entries).toEqual([
    expect.objectContaining({ action_type: 'recovery_create', target_id: anna.id }),
    expect.objectContaining({
      user_id: server.admin.id,
      action_type: 'recovery_create',
      target_type: 'user',
      target_id: anna.id,
    }),
  ]);
  expect(entries[0]).not.toHaveProperty('user_id');
  const { data } = await recover(server, 'anna', own);
  const kept = Buffer.from(server.app.db.sqlite.serialize()).toString('latin1');
  for (const secret of [own, code, data.recovery_code]) {
    expect(kept.includes(secret)).toBe(false);
    expect(kept.includes(secret.replaceAll('-', ''))).toBe(false);
    expect(JSON.stringify(server.logged)).not.toContain(secret);
  }
});

test('codes of an account that is deleted, but keeps its row, are ended', async () => {
  await using server = await startTest();
  const anna = await newcomer(server, 'anna');
  const own = await newCode(anna);
  await server.turn((turn) => endRecoveryCodes(turn, anna.id));
  expect((await recover(server, 'anna', own)).status).toBe(401);
});
