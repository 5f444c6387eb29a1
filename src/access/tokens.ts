// Bearer and bot tokens: random, stored as SHA-256, and resolved to accounts.
import { and, asc, eq, lte, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import { z } from 'zod';
import type { App, Turn } from '../app.ts';
import { prepared, type Db, type Tx } from '../db/open.ts';
import { gateway_sessions } from '../db/schema/log.ts';
import { applications, tokens, users } from '../db/schema/people.ts';
import { nobody, signal } from '../events/event.ts';
import { cacheName } from '../lib/row-cache.ts';

/** The account behind a valid token. */
export interface Actor {
  readonly id: string;
  readonly bot: boolean;
  readonly is_admin: boolean;
  /** Whether it has to set a new password before anything else; never so for bots. */
  readonly unsettled: boolean;
  /** The account that owns the bot; null for people. */
  readonly owner_id: string | null;
  /** SHA-256 of the token, lower-case hex. */
  readonly token_hash: string;
  /** Unix milliseconds; null if the token never expires. */
  readonly expires_at: number | null;
}

/** Returns 256 random bits as 64 lower-case hex digits. */
export function newToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
}

/** Returns a token as it is stored: SHA-256 of its ASCII text, lower-case hex. */
export function hashToken(token: string): string {
  return Bun.SHA256.hash(token, 'hex');
}

const owners = alias(users, 'owners');

const tokenRow = prepared((orm) =>
  orm
    .select({
      kind: tokens.kind,
      expires_at: tokens.expires_at,
      id: users.id,
      bot: users.bot,
      is_admin: users.is_admin,
      disabled: users.disabled,
      force_password_reset: users.force_password_reset,
      owner_id: applications.owner_id,
      owner_disabled: owners.disabled,
    })
    .from(tokens)
    .innerJoin(users, eq(users.id, tokens.user_id))
    .leftJoin(applications, eq(applications.bot_user_id, tokens.user_id))
    .leftJoin(owners, eq(owners.id, applications.owner_id))
    .where(eq(tokens.hash, sql.placeholder('hash')))
    .prepare(),
);

interface KnownToken extends Actor {
  kind: 'user' | 'bot';
}
const tokenCache = cacheName<KnownToken | null>(50_000);

function loadToken(app: App, hash: string): KnownToken | null {
  const row = tokenRow(app.db).get({ hash });
  // A bot stops while its owner is disabled, and goes on with the same token.
  if (row === undefined || row.disabled || row.owner_disabled) return null;
  const { id, bot, is_admin, owner_id, expires_at, kind } = row;
  const unsettled = kind === 'user' && row.force_password_reset;
  return { id, bot, is_admin, unsettled, owner_id, expires_at, kind, token_hash: hash };
}

/** Returns the id of the account whose limits an actor uses up: bots share those of their owner. */
export function chargedTo({ id, owner_id }: Pick<Actor, 'id' | 'owner_id'>): string {
  return owner_id ?? id;
}

/** Returns the account for `Bearer <token>` or `Bot <token>`; null if it is not valid. */
export function resolveToken(app: App, authorization: string | null): Actor | null {
  if (authorization === null) return null;
  const kind = authorization.startsWith('Bearer ')
    ? 'user'
    : authorization.startsWith('Bot ')
      ? 'bot'
      : null;
  if (kind === null) return null;
  const token = authorization.slice(kind === 'user' ? 7 : 4);
  // Unknown tokens are not cached, so that made-up ones cannot push out real ones.
  if (!/^[0-9a-f]{64}$/.test(token)) return null;
  const hash = hashToken(token);
  const known = resolveAgain(app, { token_hash: hash });
  if (known === null && !app.cache.inTurn) app.cache.table(tokenCache).change(hash);
  return known?.kind === kind ? known : null;
}

/** Returns the account behind a token's hash; null if the token is not valid (any more). */
export function resolveAgain(
  app: App,
  { token_hash }: Pick<Actor, 'token_hash'>,
): KnownToken | null {
  const known = app.cache.table(tokenCache).get(token_hash, () => loadToken(app, token_hash));
  if (known === null) return null;
  if (known.expires_at !== null && known.expires_at <= app.clock.now()) return null;
  return known;
}

export function insertToken(tx: Tx, row: Omit<typeof tokens.$inferInsert, 'n'>): void {
  const n = sql<number>`(select coalesce(max(n), 0) + 1 from tokens where user_id = ${row.user_id})`;
  tx.orm
    .insert(tokens)
    .values({ ...row, n })
    .run();
}

/** Returns the hashes of an account's expired tokens. `now` in Unix milliseconds. */
export function expiredTokens(db: Db, user_id: string, now: number): string[] {
  return db.orm
    .select({ hash: tokens.hash })
    .from(tokens)
    .where(and(eq(tokens.user_id, user_id), lte(tokens.expires_at, now)))
    .all()
    .map(({ hash }) => hash);
}

/** Returns the hashes of an account's tokens, oldest first. */
export function tokensOf(db: Db, user_id: string): string[] {
  return db.orm
    .select({ hash: tokens.hash })
    .from(tokens)
    .where(eq(tokens.user_id, user_id))
    .orderBy(asc(tokens.n))
    .all()
    .map(({ hash }) => hash);
}

/** Tokens that this turn revoked or suspended, and their sessions, which are gone when consequences run. */
export const tokensRevoked = signal(
  'tokens.revoked',
  z.object({
    user_id: z.string(),
    hashes: z.array(z.string()),
    session_ids: z.array(z.string()),
  }),
);

const sessionsOfToken = prepared((orm) =>
  orm
    .select({ id: gateway_sessions.id })
    .from(gateway_sessions)
    .where(eq(gateway_sessions.token_hash, sql.placeholder('hash')))
    .prepare(),
);

const deleteToken = prepared((orm) =>
  orm
    .delete(tokens)
    .where(eq(tokens.hash, sql.placeholder('hash')))
    .prepare(),
);

/** Deletes tokens of an account, ends their sessions and closes their sockets (4004). */
export function revokeTokens(turn: Turn, user_id: string, hashes: readonly string[]): void {
  endSessions(turn, user_id, hashes);
  for (const hash of hashes) deleteToken(turn.tx).run({ hash });
}

/** Ends the sessions of a disabled account and closes its sockets (4004); its tokens stay for later. */
export function suspendTokens(turn: Turn, user_id: string): void {
  endSessions(turn, user_id, tokensOf(turn.tx, user_id));
}

function endSessions(turn: Turn, user_id: string, hashes: readonly string[]): void {
  if (hashes.length === 0) return;
  const sessions = hashes.flatMap((hash) => sessionsOfToken(turn.tx).all({ hash }));
  const session_ids = sessions.map(({ id }) => id);
  turn.tell(tokensRevoked, nobody, { user_id, hashes: [...hashes], session_ids });
  for (const hash of hashes) changesToken(turn.app, hash);
}

const stopped = prepared((orm) =>
  orm
    .select({ id: users.id })
    .from(users)
    .leftJoin(applications, eq(applications.bot_user_id, users.id))
    .leftJoin(owners, eq(owners.id, applications.owner_id))
    .where(and(eq(users.id, sql.placeholder('id')), sql`(${users.disabled} or ${owners.disabled})`))
    .prepare(),
);

/** Tells whether an account is disabled, or is the bot of one that is: its tokens do not count. */
export function isStopped(db: Db, id: string): boolean {
  return stopped(db).get({ id }) !== undefined;
}

/** Marks a token as changed by the running turn: the token itself or its account. */
export function changesToken(app: App, hash: string): void {
  app.cache.table(tokenCache).change(hash);
}

/** An account has to set a new password first; its tokens stay. */
export const accountUnsettled = signal('account.unsettled', z.object({ user_id: z.string() }));

/** Has the tokens of an account read anew, ends its sessions and closes their sockets (4004). */
export function unsettle(turn: Turn, user_id: string): void {
  for (const hash of tokensOf(turn.tx, user_id)) changesToken(turn.app, hash);
  turn.tell(accountUnsettled, nobody, { user_id });
}
