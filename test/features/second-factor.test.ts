// Two-factor login: switched on with a code, asked for at each login, used once, off with the password.
import { expect, test } from 'bun:test';
import { revokeTokens, tokensOf } from '../../src/access/tokens.ts';
import { dropSecondFactor } from '../../src/features/doors/second-factor/actions.ts';
import { enter } from '../../src/features/doors/second-factor/enter.ts';
import { SecondStep } from '../../src/features/doors/second-factor/schema.ts';
import { FakeClock } from '../support/clock.ts';
import { Person } from '../support/person.ts';
import {
  codeOf,
  enrols,
  enters,
  from,
  logsIn,
  newcomer,
  password,
  ticketOf,
  wrongCode,
} from '../support/second-factor.ts';
import { startTest } from '../support/server.ts';

const base = '/auth/2fa';

async function begin(settings: Record<string, string> = {}) {
  const clock = new FakeClock();
  const server = await startTest({ clock, settings });
  return { server, clock, [Symbol.asyncDispose]: () => server.stop() };
}

test('a login needs the password and a code of the app, once it was switched on with one', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const given = await anna.does('POST', `${base}/enable`, { password });
  expect(given).toEqual({
    secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
    otpauth_uri: `otpauth://totp/Accord:anna?secret=${given.secret}&issuer=Accord&algorithm=SHA1&digits=6&period=30`,
  });
  // Nobody is asked for a code before the app has proved that it knows the secret.
  expect((await logsIn(server, 'anna')).data.token).toBeString();
  expect((await anna.does('GET', '/users/@me')).mfa_enabled).toBe(false);
  const code = codeOf(given.secret, clock);
  const { backup_codes } = await anna.does('POST', `${base}/verify`, { code: ` ${code}\n` });
  expect(new Set(backup_codes).size).toBe(10);
  for (const one of backup_codes) expect(one).toMatch(/^[A-Z0-9]{8}$/);
  await clock.pass(30_000);

  const asked = await logsIn(server, 'anna');
  expect([asked.status, asked.data]).toEqual([
    200,
    {
      mfa_required: true,
      ticket: expect.stringMatching(/^[0-9a-f]{64}$/),
      methods: ['totp', 'backup'],
    },
  ]);
  const entered = await enters(server, asked.data.ticket, codeOf(given.secret, clock));
  expect(entered.status).toBe(200);
  expect(Object.keys(entered.data)).toEqual(['user', 'token']);
  expect(entered.data.user).toMatchObject({ id: anna.id, mfa_enabled: true });
  const again = new Person(server, { id: anna.id, name: 'anna', token: entered.data.token });
  expect((await again.does('GET', '/users/@me')).mfa_enabled).toBe(true);
  // The ticket was for one login, and no ticket is a token.
  expect((await enters(server, asked.data.ticket, codeOf(given.secret, clock, 1))).status).toBe(
    401,
  );
  again.token = asked.data.ticket;
  await again.isRefused(401, 'GET', '/users/@me');
  // A wrong password gets nobody a ticket.
  expect((await logsIn(server, 'anna', 'wrong horse')).status).toBe(401);
});

test('switching it on and off is told to one’s own sessions, which go on, and to nobody else', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const elsewhere = new Person(server, {
    id: anna.id,
    name: 'anna',
    token: (await logsIn(server, 'anna')).data.token,
  });
  const [ears, others] = [await anna.listens(), await elsewhere.listens()];
  const admins = await server.admin.listens();
  for (const one of [ears, others, admins]) await one.unread();
  await enrols(anna, clock);
  for (const one of [ears, others]) {
    const [event] = await one.hearsExactly('user.update');
    expect(event?.data).toMatchObject({ id: anna.id, mfa_enabled: true });
  }
  await anna.does('POST', `${base}/backup-codes`, { password });
  for (const one of [ears, others]) await one.hearsNothing();
  expect(await anna.does('POST', `${base}/disable`, { password })).toEqual({ ok: true });
  for (const one of [ears, others]) {
    const [event] = await one.hearsExactly('user.update');
    expect(event?.data).toMatchObject({ id: anna.id, mfa_enabled: false });
  }
  await admins.hearsNothing();
  await elsewhere.does('GET', '/users/@me');
  // Off already is off.
  expect(await anna.does('POST', `${base}/disable`, { password })).toEqual({ ok: true });
  for (const one of [ears, others]) await one.hearsNothing();
});

test('once it is off the password is enough, and its secret, codes and tickets are gone', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret, backup_codes } = await enrols(anna, clock);
  const ticket = await ticketOf(server, 'anna');
  await anna.does('POST', `${base}/disable`, { password });
  for (const table of ['second_factors', 'backup_codes']) {
    expect(server.app.db.sqlite.query(`SELECT * FROM ${table}`).all()).toEqual([]);
  }
  expect((await logsIn(server, 'anna')).data.token).toBeString();
  expect((await enters(server, ticket, codeOf(secret, clock))).status).toBe(401);
  const anew = await enrols(anna, clock);
  expect(anew.secret).not.toBe(secret);
  // Nor do they come back with the next secret.
  expect((await enters(server, ticket, codeOf(anew.secret, clock))).status).toBe(401);
  const next = await ticketOf(server, 'anna');
  expect((await enters(server, next, backup_codes[0] ?? '')).status).toBe(401);
  expect((await enters(server, next, codeOf(anew.secret, clock))).status).toBe(200);
});

test('each of these asks for the password: a wrong one is 403, counts as at a login, and ends no login', async () => {
  await using here = await begin();
  const { server, clock } = here;
  for (const [index, what] of ['enable', 'disable', 'backup-codes'].entries()) {
    const anna = await newcomer(server, `anna_${index}`);
    if (what !== 'enable') await enrols(anna, clock);
    for (let n = 0; n < 5; n += 1) {
      await anna.isRefused(403, 'POST', `${base}/${what}`, { password: 'wrong horse' });
    }
    await anna.isRefused(429, 'POST', `${base}/${what}`, { password });
    expect((await logsIn(server, anna.name)).status).toBe(429);
    await anna.isRefused(422, 'POST', `${base}/${what}`, {});
    expect((await anna.does('GET', '/users/@me')).mfa_enabled).toBe(what !== 'enable');
  }
});

test('what does not fit the state is refused with 400, and neither bots nor guests have any of it', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  await anna.isRefused(400, 'POST', `${base}/verify`, { code: '123456' });
  await anna.isRefused(400, 'POST', `${base}/backup-codes`, { password });
  await anna.does('POST', `${base}/enable`, { password });
  for (const code of ['12345', '1234567', '12 456', 'abcdef', '１２３４５６', '']) {
    const { body } = await anna.isRefused(400, 'POST', `${base}/verify`, { code });
    expect(Object.keys(body.error.details)).toEqual(['code']);
  }
  await anna.isRefused(422, 'POST', `${base}/verify`, { code: 123_456 });
  await enrols(anna, clock);
  await anna.isRefused(400, 'POST', `${base}/enable`, { password });
  await anna.isRefused(400, 'POST', `${base}/verify`, { code: '123456' });
  const { application, token } = await anna.does('POST', '/applications', { name: 'Robo' });
  const bot = new Person(server, { id: application.bot_user_id, name: 'Robo', token });
  bot.scheme = 'Bot';
  for (const what of ['enable', 'disable', 'backup-codes']) {
    await bot.isRefused(400, 'POST', `${base}/${what}`, { password });
  }
  await bot.isRefused(400, 'POST', `${base}/verify`, { code: '123456' });
  for (const what of ['enable', 'verify', 'disable', 'backup-codes']) {
    const body = { password, code: '123456' };
    expect((await server.call('POST', `${base}/${what}`, body)).status).toBe(401);
  }
});

test('a secret counts until the next one is asked for, and each one for its own account', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const [anna, bob] = [await newcomer(server, 'anna'), await newcomer(server, 'bob')];
  const enable = async (person: Person): Promise<string> =>
    (await person.does('POST', `${base}/enable`, { password })).secret;
  const [first, second, bobs] = [await enable(anna), await enable(anna), await enable(bob)];
  for (const secret of [first, bobs]) {
    const code = codeOf(secret, clock);
    await anna.isRefused(403, 'POST', `${base}/verify`, { code });
  }
  await anna.does('POST', `${base}/verify`, { code: codeOf(second, clock) });
  expect((await bob.does('GET', '/users/@me')).mfa_enabled).toBe(false);
});

test('no code counts twice, nor does an older one after it; the clock of the app may be half a minute wrong', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret } = await anna.does('POST', `${base}/enable`, { password });
  await anna.does('POST', `${base}/verify`, { code: codeOf(secret, clock) });
  const status = async (code: string) =>
    (await enters(server, await ticketOf(server, 'anna'), code)).status;
  // The code that switched it on was used, too.
  expect(await status(codeOf(secret, clock))).toBe(401);
  expect(await status(codeOf(secret, clock, -1))).toBe(401);
  const ahead = codeOf(secret, clock, 1);
  expect(await status(ahead)).toBe(200);
  await clock.pass(30_000);
  expect(await status(ahead)).toBe(401);
  await clock.pass(60_000);
  expect(await status(codeOf(secret, clock, -2))).toBe(401);
  expect(await status(codeOf(secret, clock, -1))).toBe(200);
  expect(await status(codeOf(secret, clock))).toBe(200);
});

test('of two logins at once with one code, one gets in', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret, backup_codes } = await enrols(anna, clock);
  for (const code of [codeOf(secret, clock), backup_codes[0] ?? '']) {
    const ticket = await ticketOf(server, 'anna');
    const both = await Promise.all([enters(server, ticket, code), enters(server, ticket, code)]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
  }
});

test('a clock that was wrong for a while locks nobody out afterwards', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret } = await enrols(anna, clock);
  const enter = async () =>
    (await enters(server, await ticketOf(server, 'anna'), codeOf(secret, clock))).status;
  clock.step(86_400_000);
  expect(await enter()).toBe(200);
  clock.step(-86_400_000);
  expect(await enter()).toBe(200);
  expect(await enter()).toBe(401);
});

test('each backup code is good for one login, however it is written; new ones end the others', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const bob = await newcomer(server, 'bob');
  const [{ backup_codes }, bobs] = [await enrols(anna, clock), await enrols(bob, clock)];
  const [first = '', second = '', third = ''] = backup_codes;
  const status = async (code: string) =>
    (await enters(server, await ticketOf(server, 'anna'), code)).status;
  expect(await status(` ${first.toLowerCase()} `)).toBe(200);
  expect(await status(first)).toBe(401);
  expect(await status(second)).toBe(200);
  expect(await status(bobs.backup_codes[0] ?? '')).toBe(401);
  const renewed = (await anna.does('POST', `${base}/backup-codes`, { password })).backup_codes;
  expect(new Set([...renewed, ...backup_codes]).size).toBe(20);
  expect(await status(third)).toBe(401);
  for (const code of renewed) expect(await status(code)).toBe(200);
  for (const code of renewed.slice(0, 2)) expect(await status(code)).toBe(401);
});

test('a wrong code ends no ticket: five may be tried, whatever kind they are, then none for 15 minutes', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret, backup_codes } = await enrols(anna, clock);
  const wrong = wrongCode(secret, clock);
  const ticket = await ticketOf(server, 'anna');
  for (const code of [wrong, 'ABCD1234', '', wrong]) {
    expect((await enters(server, ticket, code)).status).toBe(401);
  }
  expect((await enters(server, ticket, codeOf(secret, clock))).status).toBe(200);
  // What was wrong before does not count any more.
  const next = await ticketOf(server, 'anna');
  for (const code of [wrong, 'ABCD1234', wrong, '', wrong]) {
    expect((await enters(server, next, code)).status).toBe(401);
  }
  const locked = async (given: string, code: string) => {
    const { status, code: says, headers } = await enters(server, given, code);
    expect([status, says, headers.get('retry-after')]).toEqual([429, 'rate_limited', '900']);
  };
  await locked(next, codeOf(secret, clock, 1));
  await locked(next, backup_codes[0] ?? '');
  // Another ticket is no way around it.
  await locked(await ticketOf(server, 'anna'), backup_codes[0] ?? '');
  // None of the codes was used up by what was not looked at.
  await clock.pass(900_000);
  const late = await ticketOf(server, 'anna');
  expect((await enters(server, late, backup_codes[0] ?? '')).status).toBe(200);
});

test('tries at once are no extra tries', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret } = await enrols(anna, clock);
  const [ticket, wrong] = [await ticketOf(server, 'anna'), wrongCode(secret, clock)];
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => enters(server, ticket, wrong)),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(7);
});

test('wrong codes while it is switched on count as well, as 403, which ends no login', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret } = await anna.does('POST', `${base}/enable`, { password });
  const code = wrongCode(secret, clock);
  for (let n = 0; n < 5; n += 1) await anna.isRefused(403, 'POST', `${base}/verify`, { code });
  const right = { code: codeOf(secret, clock) };
  await anna.isRefused(429, 'POST', `${base}/verify`, right);
  // Asking for another secret gives no further tries.
  const anew = await anna.does('POST', `${base}/enable`, { password });
  await anna.isRefused(429, 'POST', `${base}/verify`, { code: codeOf(anew.secret, clock) });
  await clock.pass(900_000);
  const last = codeOf(anew.secret, clock);
  await anna.does('POST', `${base}/verify`, { code: last });
});

test('who knows the password alone locks nobody out where the account has logged in of late', async () => {
  await using here = await begin({ TRUSTED_PROXIES: '127.0.0.1' });
  const { server, clock } = here;
  const home = from('192.0.2.1');
  const anna = await newcomer(server, 'anna', home);
  const { secret } = await enrols(anna, clock);
  const wrong = wrongCode(secret, clock);
  const strangers = [from('198.51.100.1'), from('198.51.100.2')];
  const statuses: number[] = [];
  for (let n = 0; n < 6; n += 1) {
    const headers = strangers[n % 2];
    const ticket = await ticketOf(server, 'anna', headers);
    statuses.push((await enters(server, ticket, wrong, headers)).status);
  }
  // From wherever they come, they have five tries together.
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  const ticket = await ticketOf(server, 'anna', home);
  expect((await enters(server, ticket, codeOf(secret, clock), home)).status).toBe(200);
  // Its own wrong ones count there, and its login has not let the strangers in again.
  const next = await ticketOf(server, 'anna', home);
  for (let n = 0; n < 5; n += 1) {
    expect((await enters(server, next, wrong, home)).status).toBe(401);
  }
  expect((await enters(server, next, wrong, home)).status).toBe(429);
  const others = await ticketOf(server, 'anna', strangers[0]);
  expect((await enters(server, others, wrong, strangers[0])).status).toBe(429);
});

test('a ticket is good for five minutes, and until the next login with the password', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const [anna, bob] = [await newcomer(server, 'anna'), await newcomer(server, 'bob')];
  const [{ secret }] = [await enrols(anna, clock), await enrols(bob, clock)];
  const ticket = await ticketOf(server, 'anna');
  await clock.pass(299_999);
  expect((await enters(server, ticket, wrongCode(secret, clock))).body.error.message).toContain(
    'code',
  );
  await clock.pass(1);
  const over = await enters(server, ticket, codeOf(secret, clock));
  expect([over.status, over.body.error.message]).toEqual([401, expect.stringContaining('ended')]);
  const first = await ticketOf(server, 'anna');
  await ticketOf(server, 'bob');
  // A wrong password is no login.
  await logsIn(server, 'anna', 'wrong horse');
  const second = await ticketOf(server, 'anna');
  expect((await enters(server, first, codeOf(secret, clock))).status).toBe(401);
  expect((await enters(server, second, codeOf(secret, clock))).status).toBe(200);
  for (const none of ['', '0'.repeat(64), second.toUpperCase(), anna.token]) {
    expect((await enters(server, none, codeOf(secret, clock, 1))).status).toBe(401);
  }
});

test('a ticket ends with the password, with the account’s logins, and is of no use to a disabled account', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret, backup_codes } = await enrols(anna, clock);
  const refusal = async (ticket: string) => {
    const { status, body } = await enters(server, ticket, codeOf(secret, clock));
    return [status, body.error.message];
  };
  const ended = [401, expect.stringContaining('ended')];
  const before = await ticketOf(server, 'anna');
  const other = 'battery staple';
  const change = { old_password: password, new_password: other };
  await anna.does('POST', '/auth/change-password', change);
  expect(await refusal(before)).toEqual(ended);
  const ticket = async () => (await logsIn(server, 'anna', other)).data.ticket;
  const revoked = await ticket();
  await anna.does('POST', '/auth/sessions/revoke-all');
  expect(await refusal(revoked)).toEqual(ended);
  const disabled = await ticket();
  const disable = (flag: number) =>
    server.app.db.sqlite.run('UPDATE users SET disabled = ? WHERE id = ?', [flag, anna.id]);
  disable(1);
  expect(await refusal(disabled)).toEqual([403, expect.stringContaining('disabled')]);
  disable(0);
  expect((await enters(server, disabled, backup_codes[0] ?? '')).status).toBe(200);
});

test('who gets a ticket in the turn that ends all logins can use it', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret } = await enrols(anna, clock);
  const before = await ticketOf(server, 'anna');
  const answer = await server.turn((turn) => {
    revokeTokens(turn, anna.id, tokensOf(turn.tx, anna.id));
    return enter(turn, anna, { address: '127.0.0.1', device: '' });
  });
  const { ticket } = SecondStep.parse(answer);
  const code = codeOf(secret, clock);
  expect((await enters(server, before, code)).status).toBe(401);
  expect((await enters(server, ticket, code)).status).toBe(200);
});

test('an admin can take a second factor away, with all that hangs on it', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  await enrols(anna, clock);
  const ears = await anna.listens();
  await server.turn((turn) => dropSecondFactor(turn, anna.id));
  const [event] = await ears.hearsExactly('user.update');
  expect(event?.data['mfa_enabled']).toBe(false);
  expect(server.app.db.sqlite.query('SELECT * FROM backup_codes').all()).toEqual([]);
  expect((await logsIn(server, 'anna')).data.token).toBeString();
});

test('a login with a code is told of a forced reset as any other', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret } = await enrols(anna, clock);
  server.app.db.sqlite.run('UPDATE users SET force_password_reset = 1 WHERE id = ?', [anna.id]);
  const { data } = await logsIn(server, 'anna');
  expect(data).not.toHaveProperty('force_password_reset');
  const entered = await enters(server, data.ticket, codeOf(secret, clock));
  expect(entered.data.force_password_reset).toBe(true);
});

test('refused codes and passwords are logged with the address and the account, and nothing that was typed', async () => {
  await using here = await begin();
  const { server, clock } = here;
  const anna = await newcomer(server, 'anna');
  const { secret } = await enrols(anna, clock);
  const ticket = await ticketOf(server, 'anna');
  const wrong = wrongCode(secret, clock);
  for (let n = 0; n < 6; n += 1) await enters(server, ticket, wrong);
  server.app.db.sqlite.run('UPDATE users SET disabled = 1 WHERE id = ?', [anna.id]);
  await enters(server, ticket, wrong);
  server.app.db.sqlite.run('UPDATE users SET disabled = 0 WHERE id = ?', [anna.id]);
  await anna.isRefused(403, 'POST', `${base}/disable`, { password: 'wrong horse' });
  const lines = server.logged.filter(({ message }) => message.endsWith('refused'));
  const of = (reason: string) => ({
    level: 'notice',
    fields: { address: '127.0.0.1', reason, user_id: anna.id },
    message: 'second factor refused',
  });
  const reasons = [...Array.from({ length: 5 }, () => 'wrong'), 'locked', 'disabled', 'wrong'];
  expect(lines).toEqual(reasons.map(of));
  expect(JSON.stringify(server.logged)).not.toMatch(new RegExp(`${wrong}|horse|${ticket}`));
});

test('nothing that was shown once is kept as it is, but for the secret where no key is set', async () => {
  for (const TOTP_ENCRYPTION_KEY of ['', 'a key of the operator']) {
    await using here = await begin({ TOTP_ENCRYPTION_KEY });
    const { server, clock } = here;
    const anna = await newcomer(server, 'anna');
    const { secret, backup_codes } = await enrols(anna, clock);
    const ticket = await ticketOf(server, 'anna');
    await anna.does('POST', `${base}/backup-codes`, { password });
    const { sqlite } = server.app.db;
    const dump = ['second_factors', 'backup_codes', 'users', 'events'].map((table) =>
      JSON.stringify(sqlite.query(`SELECT * FROM ${table}`).all()),
    );
    for (const text of [...backup_codes, ticket]) expect(dump.join()).not.toContain(text);
    expect(dump.join().includes(secret)).toBe(TOTP_ENCRYPTION_KEY === '');
    if (TOTP_ENCRYPTION_KEY !== '') expect(dump[0]).toMatch(/"enc:[0-9a-f]{24}:[0-9a-f]{96}"/);
    expect((await enters(server, ticket, codeOf(secret, clock))).status).toBe(200);
    expect(server.logged.filter(({ message }) => message.includes('TOTP'))).toEqual([]);
  }
});
