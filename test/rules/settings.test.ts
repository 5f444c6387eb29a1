// The settings: told in the README as they are, and refused in one clear line when they are wrong.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { readConfig, SettingError, settings } from '../../src/config.ts';
import { root } from '../support/sources.ts';
import { tableRows } from '../support/settings-table.ts';
import { startTest } from '../support/server.ts';

test('the table in the README is the settings', async () => {
  const readme = await Bun.file(join(root, 'README.md')).text();
  const [, table = ''] = /<!-- settings -->\n([^]*?)<!-- \/settings -->/.exec(readme) ?? [];
  // However the columns are aligned, and whatever rule stands below the head.
  const rows = table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replace(/^:?-+:?$/, '---')),
    );
  expect(rows).toEqual(tableRows.map((row) => [...row]));
});

/** For each setting values that cannot be meant. */
const wrong: Partial<Record<keyof typeof settings, readonly string[]>> = {
  PORT: ['http', '-1', '65536', '1.5'],
  PUBLIC_URL: ['chat.example.org', 'ftp://chat.example.org'],
  DATABASE_URL: ['postgres://localhost/accord', 'accord.db', 'sqlite:', 'sqlite://?mode=rwc'],
  DATABASE_SYNCHRONOUS: ['off', 'FULL'],
  LOG_LEVEL: ['loud'],
  LOG_FORMAT: ['xml'],
  LIVEKIT_INTERNAL_URL: ['livekit:7880', 'localhost'],
  LIVEKIT_EXTERNAL_URL: ['livekit', 'file:///tmp'],
  LINK_PREVIEWS: ['maybe'],
  RESUME_HOURS: ['0', 'a day', '721'],
  AUDIT_LOG_DAYS: ['-1', 'a year', '36501'],
  RESUME_MEGABYTES: ['0', 'all'],
  MAX_SESSIONS_PER_ACCOUNT: ['0', 'many'],
  MAX_SOCKETS_PER_ADDRESS: ['0', '1e3'],
  UPLOAD_MEGABYTES_PER_DAY: ['-1', '1 GB', 'unlimited'],
  RATE_LIMIT_PER_MINUTE: ['-1', 'none'],
  RATE_LIMIT_BURST: ['-1', 'off'],
  REGISTRATIONS_PER_ADDRESS: ['-1', '1.5', 'ten'],
  TRUSTED_PROXIES: ['proxy', '10.0.0.0/33', '10.0.0.1, nginx'],
  CORS_ALLOWED_ORIGINS: ['chat.example.org', 'https://chat.example.org/app'],
  ACCORD_TEST_MODE: ['test'],
};
/** Every text is a value of these. */
const free = [
  ...['ACCORD_BIND', 'ACCORD_STORAGE_PATH', 'LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET'],
  'TOTP_ENCRYPTION_KEY',
];

test('no setting is left out of these tests', () => {
  expect([...Object.keys(wrong), ...free].toSorted()).toEqual(Object.keys(settings).toSorted());
});

function refusal(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    return error.message;
  }
  throw new Error(`${JSON.stringify(environment)} was accepted`);
}

for (const [key, values] of Object.entries(wrong)) {
  test(`a wrong ${key} is named, shown, and told what is expected`, () => {
    for (const value of values) {
      const message = refusal({ [key]: value });
      expect(message).toStartWith(`${key} is ${JSON.stringify(value)}; expected `);
      expect(message).toMatch(/; expected .{8,}\.$/);
      expect(message).not.toContain('\n');
    }
  });
}

test('what every default says can be read', () => {
  const config = readConfig({});
  expect(config).toMatchObject({ PORT: 39_099, database_path: 'accord.db', RESUME_HOURS: 24 });
  const empty = Object.fromEntries(Object.keys(settings).map((key) => [key, '']));
  expect(readConfig(empty)).toEqual(config);
});

test('LiveKit without its key or secret is refused by the name of what is missing', () => {
  const address = { LIVEKIT_INTERNAL_URL: 'http://localhost:7880' };
  expect(refusal({ ...address, LIVEKIT_API_SECRET: 'hidden' })).toStartWith('LIVEKIT_API_KEY is');
  expect(refusal({ ...address, LIVEKIT_API_KEY: 'known' })).toStartWith('LIVEKIT_API_SECRET is');
});

test('secrets stand in no refusal and in no line of the log', async () => {
  const secrets = { LIVEKIT_API_KEY: 'key-of-livekit', LIVEKIT_API_SECRET: 'secret-of-livekit' };
  const address = { LIVEKIT_INTERNAL_URL: 'http://127.0.0.1:1' };
  for (const key of ['LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET'] as const) {
    const message = refusal({ ...address, ...secrets, [key]: '' });
    expect(message).not.toContain(secrets[key === 'LIVEKIT_API_KEY' ? 'LIVEKIT_API_SECRET' : key]);
  }
  await using server = await startTest({
    settings: { ...address, ...secrets, LOG_LEVEL: 'debug' },
  });
  const anna = await server.person('anna');
  await anna.does('GET', '/users/@me');
  const lines = JSON.stringify(server.logged);
  expect(lines).toContain('/users/@me');
  for (const secret of [...Object.values(secrets), anna.token]) expect(lines).not.toContain(secret);
});
