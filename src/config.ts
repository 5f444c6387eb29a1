// Every setting: its description, its default and how it is read and checked.
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { parseRange, type AddressRange } from './lib/address.ts';
import { misspelt, nearest } from './lib/nearest.ts';

const flag = z
  .enum(['1', 'true', 'on', 'yes', '0', 'false', 'off', 'no', ''])
  .transform((text) => ['1', 'true', 'on', 'yes'].includes(text));

function whole(least: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, `a whole number from ${least} to ${max}`)
    .transform(Number)
    .refine((n) => n >= least && n <= max, `a whole number from ${least} to ${max}`);
}

function address(schemes: readonly string[]) {
  const expected = `an address that begins with ${schemes.map((s) => `${s}://`).join(' or ')}`;
  return z
    .string()
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)), {
      error: expected,
    })
    .transform((text) => text.replace(/\/+$/, ''));
}

const ranges = z.string().transform((text, context): AddressRange[] => {
  const parsed: AddressRange[] = [];
  for (const part of text.split(',').filter((p) => p.trim() !== '')) {
    const range = parseRange(part);
    if (range === null) {
      context.addIssue('a comma list of addresses or CIDR ranges, such as 127.0.0.1, 10.0.0.0/8');
      return z.NEVER;
    }
    parsed.push(range);
  }
  return parsed;
});

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;

/** Any origin is allowed if the list is empty; `*` is left out, so alone it means the same. */
const origins = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim().replace(/\/$/, ''))
      .filter((part) => part !== '' && part !== '*'),
  )
  .refine((parts) => parts.every(isOrigin), {
    error: 'a comma list of origins, such as https://chat.example.org',
  });

/** One row of the README's table of settings. */
interface Setting<S extends z.ZodType> {
  value: S;
  /** The default if the variable is missing or empty, as it would be written in the variable. */
  otherwise: string;
  says: string;
}

function setting<S extends z.ZodType>(value: S, otherwise: string, says: string): Setting<S> {
  return { value, otherwise, says };
}

const optionalText = z.string().transform((text) => (text === '' ? null : text));
const optionalAddress = (schemes: readonly string[]) =>
  z.union([z.literal('').transform(() => null), address(schemes)]);

/** All settings by the name of their environment variable. */
export const settings = {
  PORT: setting(whole(0, 65535), '39099', 'port to listen on; 0 takes a free one'),
  ACCORD_BIND: setting(
    z.string().transform((text) => text.replace(/^\[(.*)\]$/, '$1')),
    '::',
    'address to listen on; `::` serves IPv4 and IPv6, `0.0.0.0` IPv4 alone',
  ),
  PUBLIC_URL: setting(
    optionalAddress(['http', 'https']),
    '',
    'how clients reach this server, for example `https://chat.example.org`',
  ),
  DATABASE_URL: setting(
    z.string().regex(/^sqlite:/, 'an address that begins with sqlite:, such as sqlite:accord.db'),
    'sqlite:accord.db?mode=rwc',
    'the database file; `sqlite::memory:` keeps nothing',
  ),
  DATABASE_SYNCHRONOUS: setting(
    z.enum(['full', 'normal']),
    'full',
    '`full`: an answer means that it is on disk; `normal`: a power cut may cost the last moments',
  ),
  ACCORD_STORAGE_PATH: setting(
    optionalText,
    '',
    'folder of uploaded files; `cdn` beside the database when empty',
  ),
  LOG_LEVEL: setting(
    z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    'info',
    'least severe log line: debug, info, warn, error or silent',
  ),
  LOG_FORMAT: setting(z.enum(['text', 'json']), 'text', '`text` for people, `json` for machines'),
  LIVEKIT_INTERNAL_URL: setting(
    optionalAddress(['http', 'https', 'ws', 'wss']),
    '',
    'LiveKit as this server reaches it; switches voice on',
  ),
  LIVEKIT_EXTERNAL_URL: setting(
    optionalAddress(['http', 'https', 'ws', 'wss']),
    '',
    'LiveKit as clients reach it; the internal address when empty',
  ),
  LIVEKIT_API_KEY: setting(optionalText, '', 'LiveKit key; needed with LIVEKIT_INTERNAL_URL'),
  LIVEKIT_API_SECRET: setting(optionalText, '', 'LiveKit secret; needed with LIVEKIT_INTERNAL_URL'),
  LINK_PREVIEWS: setting(flag, 'on', 'fetch the pages that messages link to, for previews'),
  RESUME_HOURS: setting(whole(1, 24 * 30), '24', 'how many hours the event log reaches back'),
  RESUME_MEGABYTES: setting(
    whole(1, 1_000_000),
    '512',
    'how many MiB the event log may hold; one account fills a quarter at most',
  ),
  AUDIT_LOG_DAYS: setting(
    whole(0, 36_500),
    '365',
    'how many days the audit logs of spaces and of instance admins reach back; 0 = for ever',
  ),
  MAX_SESSIONS_PER_ACCOUNT: setting(
    whole(1, 1_000_000),
    '50',
    'gateway sessions of one account; the oldest gives way to a new one; twice as many may begin at once',
  ),
  MAX_SOCKETS_PER_ADDRESS: setting(
    whole(1, 1_000_000),
    '10000',
    'open gateway sockets of one client address',
  ),
  UPLOAD_MEGABYTES_PER_DAY: setting(
    whole(0, 1_000_000_000),
    '1024',
    'how many MiB one account and its bots may upload in 24 hours; instance admins any; 0 = no limit',
  ),
  RATE_LIMIT_PER_MINUTE: setting(
    whole(0, 1_000_000),
    '60',
    'requests a minute for one account and its bots, or one address before login; 0 = no limit',
  ),
  RATE_LIMIT_BURST: setting(whole(0, 1_000_000), '10', 'requests on top of that in a burst'),
  REGISTRATIONS_PER_ADDRESS: setting(
    whole(0, 1_000_000),
    '10',
    'accounts that may be made from one client address in an hour; 0 = no limit',
  ),
  TRUSTED_PROXIES: setting(
    ranges,
    '',
    'comma list of addresses or CIDR ranges whose X-Forwarded-For is believed',
  ),
  TOTP_ENCRYPTION_KEY: setting(
    optionalText,
    '',
    'encrypts the secrets of authenticator apps in the database; without it they stand there plain',
  ),
  CORS_ALLOWED_ORIGINS: setting(origins, '', 'comma list of origins; any when empty'),
  ACCORD_TEST_MODE: setting(
    flag,
    'off',
    'for client test suites only: adds POST /test/seed, lifts registration limits',
  ),
} satisfies Record<string, Setting<z.ZodType>>;

export type Settings = { [K in keyof typeof settings]: z.output<(typeof settings)[K]['value']> };

export interface Config extends Settings {
  /** The path of the database file, or `:memory:`. */
  database_path: string;
  storage_path: string;
  /** Whether to serve IPv4 alone where there is no IPv6: nobody has named an address. */
  may_bind_ipv4: boolean;
  /** What the operator must know about the settings: a sentence each, without values. */
  remarks: readonly string[];
}

/** A setting is invalid; the message is one line for the operator. */
export class SettingError extends Error {}

/** The settings that have a flag on the command line, by flag. */
export const flags: Record<string, keyof Settings> = {
  '--port': 'PORT',
  '--bind': 'ACCORD_BIND',
  '--livekit-url': 'LIVEKIT_INTERNAL_URL',
  '--livekit-key': 'LIVEKIT_API_KEY',
  '--livekit-secret': 'LIVEKIT_API_SECRET',
};

/**
 * Reads all settings; throws a SettingError for the first invalid one. With `data_dir`, database
 * and files are kept in that folder by default.
 */
export function readConfig(
  environment: Record<string, string | undefined>,
  data_dir: string | null = null,
): Config {
  const values: Record<string, unknown> = {};
  for (const [key, { value, otherwise }] of Object.entries(settings)) {
    const given = environment[key];
    const parsed = value.safeParse(given === undefined || given === '' ? otherwise : given);
    if (!parsed.success) throw new SettingError(complaint(key, given ?? '', parsed.error));
    values[key] = parsed.data;
  }
  const read = values as Settings;
  const remarks = misspeltSettings(environment);
  if (read.LIVEKIT_INTERNAL_URL !== null) requireLivekitKey(read, remarks);
  const named = environment['DATABASE_URL'] ? databasePath(read.DATABASE_URL) : null;
  const database_path =
    data_dir === null ? databasePath(read.DATABASE_URL) : join(data_dir, 'accord.db');
  if (data_dir !== null && named !== null && resolve(named) !== resolve(database_path)) {
    remarks.unshift('DATABASE_URL names another file and is ignored: --data-dir wins');
  }
  const beside = database_path === ':memory:' ? '.' : dirname(database_path);
  return {
    ...read,
    database_path,
    storage_path: read.ACCORD_STORAGE_PATH ?? `${beside}/cdn`,
    may_bind_ipv4: !environment['ACCORD_BIND'],
    remarks,
  };
}

/** Variables that begin like ours and are not: of the tests and examples, and of LiveKit. */
const others =
  /^(ACCORD_(BINARY|TEST_SEED|TEST_RUNS|TEST_FOLDER|KEEP_SCHEMA|URL|TOKEN)|LIVEKIT_(SERVER|CONFIG))$/;
/** Variables that Kubernetes and Docker make of the names of services. */
const ofServices = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP)(_(ADDR|PORT|PROTO))?$/;
/** Names that other programs use, though they look like ends of ours. */
const ordinary = ['API_KEY', 'API_SECRET', 'TEST_MODE', 'INTERNAL_URL', 'EXTERNAL_URL'];

/** A sentence for each variable that is most likely meant for this server, and is none of its settings. */
function misspeltSettings(environment: Record<string, string | undefined>): string[] {
  const names = Object.keys(settings);
  return Object.entries(environment).flatMap(([name, value = '']) => {
    if (names.includes(name) || others.test(name) || ofServices.test(name)) return [];
    if (ordinary.includes(name) || /^(tcp|udp):\/\//.test(value)) return [];
    const isOurs = /^(ACCORD|LIVEKIT|RATE_?LIMIT|RESUME|CORS)_/i.test(name);
    const bare = name.replace(/^ACCORD_/i, '');
    const meant = names.includes(bare)
      ? bare
      : isOurs
        ? nearest(name, names)
        : misspelt(name, names);
    if (meant === null && !isOurs) return [];
    const shown = /^[\w.-]+$/.test(name) ? name : JSON.stringify(name);
    return [`${shown} is no setting${meant === null ? '' : `; did you mean ${meant}?`}`];
  });
}

function complaint(key: string, given: string, error: z.ZodError): string {
  const issue = error.issues[0];
  const expected =
    issue?.code === 'invalid_value'
      ? `one of ${issue.values.filter((v) => v !== '').join(', ')}`
      : issue?.code === 'invalid_union'
        ? (issue.errors[1]?.[0]?.message ?? 'an address')
        : (issue?.message ?? 'another value');
  const shown = /SECRET|KEY/.test(key) ? 'a value' : JSON.stringify(given);
  return `${key} is ${shown}; expected ${expected}.`;
}

function requireLivekitKey(read: Settings, remarks: readonly string[]): void {
  for (const key of ['LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET'] as const) {
    if (read[key] === null) {
      const hint = remarks.find((remark) => remark.endsWith(`mean ${key}?`));
      throw new SettingError(
        `${key} is empty; expected a value, since LIVEKIT_INTERNAL_URL is set.${hint ? ` ${hint}` : ''}`,
      );
    }
  }
}

function databasePath(url: string): string {
  const path = url.slice('sqlite:'.length).replace(/^\/\//, '').replace(/\?.*$/, '');
  if (path === '') {
    throw new SettingError(`DATABASE_URL is "${url}"; expected a file name after sqlite:.`);
  }
  return path;
}
