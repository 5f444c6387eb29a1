// Bearer and bot tokens: made at random, kept as SHA-256, resolved to who asks.
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { App, Turn } from '../app.ts';
import { prepared } from '../db/open.ts';
import { gateway_sessions } from '../db/schema/log.ts';
import { tokens, users } from '../db/schema/people.ts';
import { nobody, signal } from '../events/event.ts';
import { cacheName } from '../lib/row-cache.ts';

/** Who asks: the account behind a valid token. */
export interface Actor {
  readonly id: string;
  readonly bot: boolean;
  readonly is_admin: boolean;
  /** SHA-256 of the token, lower-case hex. */
  readonly token_hash: string;
  /** Unix milliseconds; null for never. */
  readonly expires_at: number | null;
}

/** 256 random bits as 64 lower-case hex digits. */
export function newToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
}

/** How a token is kept: SHA-256 of its ASCII text, lower-case hex. */
export function hashToken(token: string): string {
  return new Bun.CryptoHasher('sha256').update(token).digest('hex');
}

const tokenRow = prepared((orm) =>
  orm
    .select({
      kind: tokens.kind,
      expires_at: tokens.expires_at,
      id: users.id,
      bot: users.bot,
      is_admin: users.is_admin,
      disabled: users.disabled,
    })
    .from(tokens)
    .innerJoin(users, eq(users.id, tokens.user_id))
    .where(eq(tokens.hash, sql.placeholder('hash')))
    .prepare(),
);

interface KnownToken extends Actor {
  kind: 'user' | 'bot';
}
const tokenCache = cacheName<KnownToken | null>(50_000);

function loadToken(app: App, hash: string): KnownToken | null {
  const row = tokenRow(app.db).get({ hash });
  if (row === undefined || row.disabled) return null;
  const { id, bot, is_admin, expires_at, kind } = row;
  return { id, bot, is_admin, expires_at, kind, token_hash: hash };
}

/** The account behind an `Authorization` value, `Bearer <token>` or `Bot <token>`; null when it is not valid. */
export function resolveToken(app: App, authorization: string | null): Actor | null {
  if (authorization === null) return null;
  const kind = authorization.startsWith('Bearer ')
    ? 'user'
    : authorization.startsWith('Bot ')
      ? 'bot'
      : null;
  if (kind === null) return null;
  const token = authorization.slice(kind === 'user' ? 7 : 4);
  // Unknown tokens are not cached: inventing them must not push out real ones.
  if (!/^[0-9a-f]{64}$/.test(token)) return null;
  const hash = hashToken(token);
  const known = resolveAgain(app, { token_hash: hash });
  if (known === null && !app.cache.inTurn) app.cache.table(tokenCache).change(hash);
  return known?.kind === kind ? known : null;
}

/** The account behind a token that was resolved before, if that is valid still. */
export function resolveAgain(
  app: App,
  { token_hash }: Pick<Actor, 'token_hash'>,
): KnownToken | null {
  const known = app.cache.table(tokenCache).get(token_hash, () => loadToken(app, token_hash));
  if (known === null) return null;
  if (known.expires_at !== null && known.expires_at <= app.clock.now()) return null;
  return known;
}

/** Tokens that ended in this turn; their sessions end with them, and are gone when this is followed. */
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

/** Ends tokens of an account: the rows, the sessions that hang on them, their sockets (4004). */
export function revokeTokens(turn: Turn, user_id: string, hashes: readonly string[]): void {
  if (hashes.length === 0) return;
  const sessions = hashes.flatMap((hash) => sessionsOfToken(turn.tx).all({ hash }));
  const session_ids = sessions.map(({ id }) => id);
  turn.tell(tokensRevoked, nobody, { user_id, hashes: [...hashes], session_ids });
  for (const hash of hashes) {
    changesToken(turn.app, hash);
    deleteToken(turn.tx).run({ hash });
  }
}

/** Says that the running turn changes the account behind the token. */
export function changesToken(app: App, hash: string): void {
  app.cache.table(tokenCache).change(hash);
}
