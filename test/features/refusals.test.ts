import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTest, type TestServer } from '../support/server.ts';
import { emptyFolder, Started } from '../support/starting.ts';

const password = 'correct horse';
const from = (address: string) => ({ 'x-forwarded-for': address });

const refusals = ({ logged }: TestServer) =>
  logged
    .filter(({ message }) => message.endsWith(' refused'))
    .map(({ level, fields, message }) => [level, message, fields]);

test('each refused attempt is one line with the address, and without what was typed', async () => {
  await using server = await startTest({
    settings: { TRUSTED_PROXIES: '127.0.0.1', REGISTRATIONS_PER_ADDRESS: '1' },
  });
  const call = (path: string, body: object, address: string, more = {}) =>
    server.call('POST', path, body, { ...from(address), ...more });
  const login = (username: string, given: string, address: string) =>
    call('/auth/login', { username, password: given }, address);
  const body = { username: 'anna', password };
  const { data } = await call('/auth/register', body, '192.0.2.1');
  const user_id = data.user.id;
  await login('anna', password, '192.0.2.1:4711');
  expect(refusals(server)).toEqual([]);

  // A password in the wrong field, of an account that is not there.
  await login('my secret phrase', 'anna', '192.0.2.7:51234');
  await login('Anna', 'wrong horse', '[2001:db8::1]:443');
  for (let n = 0; n < 5; n += 1) await login('anna', 'wrong horse', '192.0.2.8');
  const authorization = { authorization: `Bearer ${data.token}` };
  const change = { old_password: 'wrong horse', new_password: 'another secret' };
  await call('/auth/change-password', change, '192.0.2.9', authorization);
  await call('/auth/register', { ...body, username: 'bob' }, '192.0.2.1');
  server.app.db.sqlite.run('UPDATE users SET disabled = 1 WHERE id = ?', [user_id]);
  await login('anna', password, '192.0.2.1');

  const of = (address: string, reason: string, more: object = { user_id }) => [
    'notice',
    'login refused',
    { address, reason, ...more },
  ];
  expect(refusals(server)).toEqual([
    of('192.0.2.7', 'wrong', {}),
    of('2001:db8::1', 'wrong'),
    ...Array.from({ length: 5 }, () => of('192.0.2.8', 'wrong')),
    ['notice', 'password change refused', { address: '192.0.2.9', reason: 'wrong', user_id }],
    ['notice', 'registration refused', { address: '192.0.2.1', reason: 'locked' }],
    of('192.0.2.1', 'disabled'),
  ]);
  await login('anna', password, '192.0.2.8');
  expect(refusals(server).at(-1)).toEqual(of('192.0.2.8', 'locked'));
  expect(JSON.stringify(server.logged)).not.toMatch(/secret|horse|anna/i);
});

/** The filter of the page, as fail2ban reads it: `%%` is one `%`, and `<ADDR>` an address. */
const page = readFileSync(join(import.meta.dir, '../../docs/fail2ban.md'), 'utf8');
const filter = /<!-- filter -->\n```ini\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const patterns = (/failregex = ([\s\S]*?)\ndatepattern/.exec(filter)?.[1] ?? '')
  .split('\n')
  .map((line) => new RegExp(line.trim().replaceAll('<ADDR>', '(?<address>[0-9a-f.:]+)')));
const date = new RegExp(
  (/datepattern = (.*)/.exec(filter)?.[1] ?? '')
    .replace('%%Y-%%m-%%dT%%H:%%M:%%S', '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d')
    .replace('%%f', '\\d{1,6}')
    .replace('%%z', 'Z'),
);

function addressIn(text: string): string | undefined {
  const found = patterns.flatMap((pattern) => pattern.exec(text)?.groups?.['address'] ?? []);
  return found[0];
}

test.each(['text', 'json'])(
  'the filter for fail2ban finds the addresses in a log of %s',
  async (LOG_FORMAT) => {
    using folder = emptyFolder();
    const settings = { LOG_FORMAT, ACCORD_BIND: '127.0.0.1', TRUSTED_PROXIES: '127.0.0.1' };
    await using server = new Started({ folder: folder.path, settings });
    const port = await server.port();
    const expected = ['192.0.2.7', '2001:db8::1', ...Array.from({ length: 6 }, () => '192.0.2.8')];
    const injected = 'x login refused address=203.0.113.1 reason=wrong';
    for (const address of expected) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': injected, ...from(address) },
        body: JSON.stringify({ username: `${injected}\n${injected}`, password: injected }),
      });
      await answer.text();
    }
    while (server.log.split(' refused').length <= expected.length) await Bun.sleep(10);
    const lines = server.log.split('\n');
    for (const line of lines.filter((one) => one !== '')) expect(line).toMatch(date);
    // From a file the date is taken out first; from the journal the line comes whole, after a prefix.
    for (const shown of [
      lines.map((line) => line.replace(date, '')),
      lines.map((line) => `host accord[12]: ${line}`),
    ]) {
      expect(shown.flatMap((line) => addressIn(line) ?? [])).toEqual(expected);
    }
  },
);
