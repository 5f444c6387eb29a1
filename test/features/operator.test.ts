// The operator's verbs, in the server that runs: what they say, do, tell, and refuse.
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, spyOn, test } from 'bun:test';
import type { App } from '../../src/app.ts';
import { ApiError } from '../../src/errors.ts';
import { listenForOperator } from '../../src/features/server/operator/listener.ts';
import { socketFile } from '../../src/features/server/operator/socket.ts';
import { oversee } from '../../src/alone.ts';
import { lockDatabase } from '../../src/db/lock.ts';
import { askServer } from '../../src/features/server/operator/visit.ts';
import { perform, type VerbName } from '../../src/features/server/operator/verbs.ts';
import { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { personOf, registers, startUnclaimed } from '../support/unclaimed.ts';

/** Why a verb was refused. */
const refusal = (app: App, verb: string, word: string): Promise<string> =>
  perform(app, verb, word).then(
    (lines) => `done: ${lines.join(' ')}`,
    (error: unknown) => (error instanceof ApiError ? error.message : String(error)),
  );

/** A folder that goes with the test, below one with a name of that length. */
function folder(length: number) {
  const path = mkdtempSync(join(tmpdir(), `accord-${'x'.repeat(length)}`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const inFile = (path: string) => ({ settings: { DATABASE_URL: `sqlite:${path}?mode=rwc` } });

test('the socket is the operator’s alone, goes with the server, and an old one is in nobody’s way', async () => {
  using place = folder(8);
  const database = join(place.path, 'accord.db');
  const file = socketFile(database);
  await Bun.write(file, 'left by a server that was killed');
  const server = await startTest(inFile(database));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const told = await askServer(database, 'admin list', '');
  expect(told).toEqual({ lines: ['nobody'] });
  await server.stop();
  expect(existsSync(file)).toBe(false);
  expect(await askServer(database, 'admin list', '')).toBeNull();
});

test('the socket is nobody else’s from its first moment on, whatever files are elsewhere', async () => {
  using place = folder(8);
  const database = join(place.path, 'accord.db');
  const { serve } = Bun;
  const modes: number[] = [];
  const serving = spyOn(Bun, 'serve').mockImplementation(((given: { unix?: string }) => {
    const made = serve(given as never);
    if (given.unix !== undefined) modes.push(statSync(given.unix).mode & 0o777);
    return made;
  }) as never);
  const before = process.umask(0);
  try {
    await using server = await startTest(inFile(database));
    expect(modes).toEqual([0o600]);
    expect(statSync(socketFile(server.app.config.database_path)).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(0);
  } finally {
    process.umask(before);
    serving.mockRestore();
  }
});

test('a path that is too long for a socket is no hindrance', async () => {
  using place = folder(120);
  const database = join(place.path, 'accord.db');
  await using server = await startTest(inFile(database));
  expect(server.app.config.database_path).toBe(database);
  expect(await askServer(database, 'admin list', '')).toEqual({ lines: ['nobody'] });
});

test('where no socket can be made the server goes on, and says so', async () => {
  using place = folder(8);
  const database = join(place.path, 'accord.db');
  await using server = await startTest(inFile(database));
  const config = { ...server.app.config, database_path: join(place.path, 'gone', 'accord.db') };
  const close = await listenForOperator({ ...server.app, config });
  close();
  expect(server.logged.at(-1)?.message).toBe(
    'accord admin and accord status cannot reach this server',
  );
});

test('what is no verb, and no question, is refused and stops nothing', async () => {
  using place = folder(8);
  const database = join(place.path, 'accord.db');
  await using server = await startTest(inFile(database));
  expect(await askServer(database, 'admin fly' as VerbName, '')).toEqual({
    refused: 'There is no "admin fly".',
  });
  const unix = socketFile(database);
  for (const body of ['', '{', '[]', '{"verb":1}', `{"verb":"${'x'.repeat(100)}","word":""}`]) {
    const response = await fetch('http://accord/', { unix, method: 'POST', body });
    expect(await response.json()).toMatchObject({ refused: expect.any(String) });
  }
  expect(
    (await fetch('http://accord/', { unix, method: 'POST', body: 'x'.repeat(9_000) })).ok,
  ).toBe(false);
  expect(await askServer(database, 'admin list', '')).toEqual({ lines: ['nobody'] });
  expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

test('commands at once wait for one another, and for a server that stops', async () => {
  using place = folder(8);
  const options = inFile(join(place.path, 'accord.db'));
  const server = await startTest(options);
  await server.stop();
  const given = { config: server.app.config, log: server.app.log };
  const unlock = lockDatabase(given.config.database_path);
  const told = [1, 2, 3].map(() => oversee(given, 'admin list', ''));
  expect(await oversee(given, 'status', '')).toBeNull();
  unlock();
  for (const one of await Promise.all(told)) expect(one).toEqual({ lines: ['nobody'] });
});

test('status says what runs', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await anna.listens();
  const lines = await perform(server.app, 'status', '');
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'version',
    'running',
    'address',
    'database',
    'state',
    'holds',
    'sockets',
  ]);
  expect(lines.at(-2)).toBe(
    'holds     2 people, 1 spaces, 1 channels, 0 messages (counted once a minute)',
  );
  expect(lines.at(-1)).toBe('sockets   1 open');
  ears.close();
});

test('an admin is made, however the name is written, and hears of it', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const ears = await anna.listens();
  await anna.isRefused(403, 'GET', '/admin/audit-log');
  expect(await perform(server.app, 'admin make', ' Anna ')).toEqual([
    'anna administers this server.',
  ]);
  expect((await ears.hears('user.update')).data).toMatchObject({ id: anna.id, is_admin: true });
  expect(await perform(server.app, 'admin list', '')).toEqual(['nobody', 'anna']);
  const [entry] = await anna.does('GET', '/admin/audit-log');
  expect(entry).toMatchObject({ action_type: 'user_update', target_id: anna.id });
  expect(entry).not.toHaveProperty('user_id');
});

test('a disabled account is out at once, and in again', async () => {
  await using server = await startTest();
  const credentials = { username: 'anna', password: 'correct horse' };
  const { data: made } = await server.call('POST', '/auth/register', credentials);
  const anna = new Person(server, { ...made.user, name: 'anna', token: made.token });
  const ears = await anna.listens();
  await perform(server.app, 'admin disable', 'anna');
  expect((await server.call('POST', '/auth/login', credentials)).status).toBe(403);
  expect(await ears.closes()).toBe(4004);
  await anna.isRefused(401, 'GET', '/users/@me');
  await perform(server.app, 'admin enable', 'anna');
  expect((await server.call('POST', '/auth/login', credentials)).status).toBe(200);
});

test('the last admin stays, also for the operator', async () => {
  await using server = await startTest();
  expect(await refusal(server.app, 'admin disable', 'nobody')).toContain('last instance admin');
  expect(await perform(server.app, 'admin list', '')).toEqual(['nobody']);
});

test('a new password replaces the old one, until it is changed', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const [line = ''] = await perform(server.app, 'admin reset-password', 'anna');
  const password = line.split(' ').at(-1);
  expect(password).toMatch(/^([0-9a-z]{4}-){3}[0-9a-z]{4}$/);
  await anna.isRefused(401, 'GET', '/users/@me');
  const { data } = await server.call('POST', '/auth/login', { username: 'anna', password });
  expect(data).toMatchObject({ user: { id: anna.id }, force_password_reset: true });
  const written = JSON.stringify(server.logged);
  expect(written).not.toContain(password);
});

test('who is not there, and who is no person, is named', async () => {
  await using server = await startTest();
  const all = ['make', 'disable', 'enable', 'reset-password', 'recover'];
  for (const verb of all.map((one) => `admin ${one}`)) {
    expect(await refusal(server.app, verb, 'nowhere')).toContain('There is no account');
    expect(await refusal(server.app, verb, 'System')).toContain('is no person');
  }
});

test('a code of the operator lets somebody choose a new password, once', async () => {
  await using server = await startTest();
  await server.person('anna');
  const [line = ''] = await perform(server.app, 'admin recover', 'anna');
  const recovery_code = line.split(' ').at(-1);
  const wish = { username: 'anna', recovery_code, new_password: 'a garden of roses' };
  const { status, data } = await server.call('POST', '/auth/recover', wish);
  expect({ status, data }).toMatchObject({ status: 200, data: { user: { username: 'anna' } } });
  expect((await server.call('POST', '/auth/recover', wish)).status).toBe(401);
});

test('the setup code is said while nobody administers the server', async () => {
  await using server = await startUnclaimed();
  const [line = '', link = ''] = await perform(server.app, 'admin setup-code', '');
  const code = line.split(' ').at(-1) ?? '';
  expect(code).toMatch(/^[0-9A-Za-z]{16}$/);
  expect(link).toStartWith('daccord://connect/');
  expect(link).toEndWith(`?invite=${code}`);
  const anna = personOf(
    server,
    await registers(server, 'anna', {}, { 'x-forwarded-for': '192.0.2.1' }),
  );
  expect(await anna.does('POST', '/instance/claim', { code })).toMatchObject({ is_admin: true });
  expect(await refusal(server.app, 'admin setup-code', '')).toContain('there is no code');
});
