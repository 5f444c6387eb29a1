// Settings that are most likely misspelt are told by their name; what belongs to others is not.
import { expect, test } from 'bun:test';
import { readConfig, SettingError, settings } from '../../src/config.ts';

const remarks = (environment: Record<string, string>) => readConfig(environment).remarks;

test.each([
  ['RATE_LIMIT_PER_MIN', 'RATE_LIMIT_PER_MINUTE'],
  ['RATELIMIT_BURST', 'RATE_LIMIT_BURST'],
  ['ACCORD_STORAGE', 'ACCORD_STORAGE_PATH'],
  ['accord_bind', 'ACCORD_BIND'],
  ['ACORD_BIND', 'ACCORD_BIND'],
  ['ACCORD_PORT', 'PORT'],
  ['ACCORD_PUBLIC_URL', 'PUBLIC_URL'],
  ['STORAGE_PATH', 'ACCORD_STORAGE_PATH'],
  ['Port', 'PORT'],
  ['PROT', 'PORT'],
  ['PUBLIC_ULR', 'PUBLIC_URL'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['LIVEKIT_KEY', 'LIVEKIT_API_KEY'],
  ['LIVEKIT_SECRET', 'LIVEKIT_API_SECRET'],
  ['LIVEKIT_INTERNAL_ULR', 'LIVEKIT_INTERNAL_URL'],
  ['LIVKIT_API_KEY', 'LIVEKIT_API_KEY'],
  ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
  ['CORS_ORIGINS', 'CORS_ALLOWED_ORIGINS'],
  ['AUDIT_LOG_DAY', 'AUDIT_LOG_DAYS'],
  ['MAX_SOCKETS_PER_IP', 'MAX_SOCKETS_PER_ADDRESS'],
  ['RESUME_MEGABYTE', 'RESUME_MEGABYTES'],
  ['LINK_PREVIEW', 'LINK_PREVIEWS'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['LOG_LEVEL ', 'LOG_LEVEL'],
])('%s is no setting: %s is', (given, meant) => {
  const [remark, ...more] = remarks({ [given]: 'a secret value' });
  expect(remark).toBe(
    `${given.includes(' ') ? JSON.stringify(given) : given} is no setting; did you mean ${meant}?`,
  );
  expect(more).toEqual([]);
});

test('a setting with one letter left out, doubled, or swapped with the next is told', () => {
  for (const name of Object.keys(settings).filter((one) => one !== 'PORT')) {
    for (let at = 1; at < name.length - 1; at += 1) {
      const [before, letter, next, after] = [
        name.slice(0, at),
        name[at] ?? '',
        name[at + 1] ?? '',
        name.slice(at + 2),
      ];
      for (const wrong of [
        before + next + after,
        before + letter + letter + next + after,
        before + next + letter + after,
      ]) {
        if (wrong === name) continue;
        expect({ wrong, told: remarks({ [wrong]: '' }) }).toEqual({
          wrong,
          told: [`${wrong} is no setting; did you mean ${name}?`],
        });
      }
    }
  }
});

test('what nothing is like is told all the same, if it begins like ours', () => {
  expect(remarks({ ACCORD_COLOUR: 'red' })).toEqual(['ACCORD_COLOUR is no setting']);
});

test('ordinary environments are not remarked on', () => {
  const names =
    `PATH HOME HOSTNAME USER SHELL TERM LANG LC_ALL PWD OLDPWD SHLVL TZ TMPDIR LOGNAME MAIL EDITOR
    XDG_RUNTIME_DIR XDG_SESSION_ID SSH_CONNECTION SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS DISPLAY COLORTERM LS_COLORS
    INVOCATION_ID JOURNAL_STREAM NOTIFY_SOCKET SYSTEMD_EXEC_PID MAINPID LISTEN_FDS MEMORY_PRESSURE_WATCH
    CI GITHUB_TOKEN RUNNER_OS NODE_ENV NODE_OPTIONS BUN_INSTALL BUN_OPTIONS npm_config_cache npm_lifecycle_event
    http_proxy https_proxy no_proxy HTTP_PROXY PORT_ALT PORT1 API_KEY API_SECRET TEST_MODE HOST BIND_HOST LOG_FILE LOG_DIR
    POSTGRES_PASSWORD DATABASE_HOST DATABASE_USER REDIS_URL MYSQL_DATABASE AWS_REGION DOCKER_HOST GIT_SHA
    ACCORD_BINARY ACCORD_TEST_SEED ACCORD_TEST_RUNS ACCORD_TEST_FOLDER ACCORD_KEEP_SCHEMA LIVEKIT_SERVER
    ACCORD_SERVICE_HOST ACCORD_SERVICE_PORT ACCORD_SERVICE_PORT_HTTP ACCORD_PORT_39099_TCP_ADDR
    LIVEKIT_PORT_7880_TCP LIVEKIT_SERVICE_HOST KUBERNETES_PORT`.split(/\s+/);
  const environment = Object.fromEntries(names.map((name) => [name, 'x']));
  expect(remarks({ ...environment, ACCORD_PORT: 'tcp://10.0.0.1:39099' })).toEqual([]);
  const right = Object.fromEntries(Object.keys(settings).map((name) => [name, '']));
  expect(remarks(right)).toEqual([]);
});

test('a key of LiveKit that is missing under a misspelt name is told with both names', () => {
  const given = {
    LIVEKIT_INTERNAL_URL: 'http://localhost:7880',
    LIVEKIT_KEY: 'the key',
    LIVEKIT_API_SECRET: 'the secret',
  };
  expect(() => readConfig(given)).toThrow(SettingError);
  expect(() => readConfig(given)).toThrow(
    /^LIVEKIT_API_KEY is empty; .* LIVEKIT_KEY is no setting/,
  );
});

test('--data-dir wins over DATABASE_URL, and says so when both name different files', () => {
  for (const url of ['sqlite:/srv/other.db', 'sqlite::memory:', 'sqlite:accord.db']) {
    const config = readConfig({ DATABASE_URL: url }, '/srv/accord');
    expect(config).toMatchObject({
      database_path: '/srv/accord/accord.db',
      storage_path: '/srv/accord/cdn',
      remarks: [expect.stringContaining('--data-dir wins')],
    });
  }
  for (const url of [
    '',
    'sqlite:/srv/accord/accord.db?mode=rwc',
    'sqlite:/srv//accord/./accord.db',
  ]) {
    expect(readConfig({ DATABASE_URL: url }, '/srv/accord').remarks).toEqual([]);
  }
  // A setting of its own, which nobody set by chance.
  const elsewhere = readConfig({ ACCORD_STORAGE_PATH: '/srv/files' }, '/srv/accord');
  expect(elsewhere).toMatchObject({ storage_path: '/srv/files', remarks: [] });
});
