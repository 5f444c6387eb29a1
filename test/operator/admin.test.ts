import { describe, expect, test } from 'bun:test';
import { statSync } from 'node:fs';
import { Household, givenBinary, refusal, runs, scratch } from '../support/operator.ts';

describe.skipIf(givenBinary === null)('with the binary', () => {
  test('an admin is made beside the server that runs, and with none', async () => {
    await using house = await Household.begin();
    expect(await house.does('admin', 'list')).toEqual([expect.stringContaining('Nobody')]);
    expect(await house.does('admin', 'make', 'anna')).toEqual(['anna administers this server.']);
    expect(await house.calls('GET', '/users/@me')).toMatchObject({ is_admin: true });
    expect(statSync(house.at('accord.db-control')).mode & 0o777).toBe(0o600);
    await house.server.end('SIGTERM');
    expect(await house.does('admin', 'list')).toEqual(['anna']);
    const [line = ''] = await house.does('admin', 'reset-password', 'anna');
    await house.server.start();
    const password = line.split(' ').at(-1);
    const login = await house.calls('POST', '/auth/login', { username: 'anna', password });
    expect(login).toMatchObject({ force_password_reset: true });
  });

  test('a server that was killed leaves nothing that confuses', async () => {
    await using house = await Household.begin();
    await house.server.end('SIGKILL');
    expect(await house.does('admin', 'make', 'anna')).toEqual(['anna administers this server.']);
    const { status, says } = await house.runs('status');
    expect({ status, says }).toEqual({ status: 1, says: ['No server runs here.'] });
    await house.server.start();
    expect((await house.does('status'))[0]).toStartWith('version ');
    expect(await house.calls('GET', '/users/@me')).toMatchObject({ is_admin: true });
  });

  test('what is refused is said in one line, and makes nothing', async () => {
    using empty = scratch();
    const asked = async (...words: string[]) => refusal(await runs(words, { folder: empty.path }));
    expect(await asked('admin', 'list')).toContain('There is no database');
    expect(await asked('admin')).toContain('needs one of list, make,');
    expect(await asked('admin', 'make')).toContain('needs the user name of an account');
    expect(await asked('admin', 'lst')).toContain('did you mean admin list?');
    expect(await asked('admin', 'make', 'a', 'b')).toContain('one word too many');
    expect([...new Bun.Glob('**').scanSync(empty.path)]).toEqual([]);
    await using house = await Household.begin();
    expect(await house.isRefused('admin', 'make', 'nowhere')).toContain('no account "nowhere"');
  });
});
