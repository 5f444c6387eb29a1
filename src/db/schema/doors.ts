// Tables of logins, second factors, recovery codes, and of registrations that need more than a name.
import { sql } from 'drizzle-orm';
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { flag, time } from './columns.ts';
import { users } from './people.ts';

/** From where each token of a person was given out, also for a while after it has ended. */
export const logins = sqliteTable(
  'logins',
  {
    /** SHA-256 of the token, as in `tokens`. No foreign key: a login outlives its token. */
    token_hash: text('token_hash').primaryKey(),
    user_id: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The whole address. */
    address: text('address').notNull(),
    /** What the client calls itself; "" if it does not say. */
    device: text('device').notNull(),
    created_at: time('created_at').notNull(),
    /** Written once an hour at most. */
    last_used_at: time('last_used_at').notNull(),
    /** Whether it came from a new address, and the account has not looked at its logins since. */
    is_new: flag('is_new').notNull().default(false),
  },
  (t) => [
    index('logins_user').on(t.user_id, t.created_at),
    index('logins_used').on(t.last_used_at, t.user_id),
  ],
);

/** Wrong passwords and codes of late, for admins. */
export const failed_logins = sqliteTable(
  'failed_logins',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** Null if there is no such account: people type passwords in the place of names. */
    user_id: text('user_id').references(() => users.id, { onDelete: 'cascade' }),
    address: text('address').notNull(),
    kind: text('kind', { enum: ['password', 'mfa', 'recovery'] }).notNull(),
    at: time('at').notNull(),
  },
  (t) => [index('failed_logins_user').on(t.user_id), index('failed_logins_at').on(t.at)],
);

/** The secrets of authenticator apps. */
export const second_factors = sqliteTable('second_factors', {
  user_id: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  /** Base32; encrypted if it begins with `enc:`. */
  secret: text('secret').notNull(),
  /** Null until the first code has proved that the app knows the secret. */
  enabled_at: time('enabled_at'),
  /** The newest step of 30 seconds whose code was used: none counts twice. */
  last_step: integer('last_step').notNull().default(0),
});

/** Codes that replace one code of the authenticator app each; a row goes when it is used. */
export const backup_codes = sqliteTable(
  'backup_codes',
  {
    user_id: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    hash: text('hash').notNull(),
  },
  (t) => [primaryKey({ columns: [t.user_id, t.hash] })],
);

/** Codes that replace a forgotten password: one that the account keeps, and one that an admin gave. */
export const recovery_codes = sqliteTable(
  'recovery_codes',
  {
    user_id: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    kind: text('kind', { enum: ['own', 'admin'] }).notNull(),
    hash: text('hash').notNull(),
    created_at: time('created_at').notNull(),
    /** Null for codes that last. */
    expires_at: time('expires_at'),
  },
  (t) => [primaryKey({ columns: [t.user_id, t.kind] })],
);

/** Registrations that wait for an admin. They are no accounts yet, so that nothing finds them. */
export const registrations = sqliteTable(
  'registrations',
  {
    /** The id that the account will have. */
    id: text('id').primaryKey(),
    username: text('username').notNull(),
    display_name: text('display_name').notNull(),
    password_hash: text('password_hash').notNull(),
    /** What the newcomer wrote to the admins; "" for nothing. */
    reason: text('reason').notNull(),
    address: text('address').notNull(),
    invite_code: text('invite_code'),
    created_at: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('registrations_username').on(t.username)],
);

/** Invites to the server itself: who has one may register. */
export const registration_invites = sqliteTable(
  'registration_invites',
  {
    code: text('code').primaryKey(),
    /** No foreign key: the invite outlives its maker. Null for the operator at the machine. */
    created_by: text('created_by'),
    /** 0 for any number. */
    max_uses: integer('max_uses').notNull(),
    uses: integer('uses').notNull().default(0),
    /** Seconds; 0 for no end. */
    max_age: integer('max_age').notNull(),
    note: text('note').notNull().default(''),
    /** A space that the newcomer joins as well; null for none. */
    space_id: text('space_id'),
    skip_approval: flag('skip_approval').notNull().default(false),
    created_at: time('created_at').notNull(),
    expires_at: time('expires_at'),
  },
  (t) => [
    index('registration_invites_oldest').on(t.created_at, t.code),
    index('registration_invites_expiry')
      .on(t.expires_at)
      .where(sql`expires_at is not null`),
  ],
);
