// Remembers from where accounts have logged in: they are never locked out there by others' failures.
import { eq, sql } from 'drizzle-orm';
import type { App, Turn } from '../../../app.ts';
import { prepared, type Tx } from '../../../db/open.ts';
import { login_addresses } from '../../../db/schema/people.ts';
import { addressKey } from '../../../lib/address.ts';

const month_ms = 30 * 24 * 3_600_000;
/** The maximum number of addresses of one account; the one used longest ago gives way. */
const max = 20;
/** How many that are too old go with each login. */
const slice = 100;

function hashOf(user_id: string, address: string): string {
  const text = `${user_id} ${addressKey(address)}`;
  return new Bun.CryptoHasher('sha256').update(text).digest('hex');
}

const seenAt = prepared((orm) =>
  orm
    .select({ seen_at: login_addresses.seen_at })
    .from(login_addresses)
    .where(eq(login_addresses.hash, sql.placeholder('hash')))
    .prepare(),
);

/** Tells whether the account has logged in from there within 30 days. */
export function isKnownAddress({ db, clock }: App, user_id: string, address: string): boolean {
  const row = seenAt(db).get({ hash: hashOf(user_id, address) });
  return row !== undefined && row.seen_at > clock.now() - month_ms;
}

/** Remembers that the account has logged in from there. */
export function rememberAddress({ tx, app, now }: Turn, user_id: string, address: string): void {
  const seen_at = now;
  tx.orm
    .insert(login_addresses)
    .values({ user_id, hash: hashOf(user_id, address), seen_at })
    .onConflictDoUpdate({
      target: login_addresses.hash,
      set: { seen_at },
    })
    .run();
  dropOldest(tx, user_id);
  dropExpired(tx, app.trusted.now() - month_ms);
}

function dropOldest(tx: Tx, user_id: string): void {
  tx.sqlite
    .query(
      `DELETE FROM login_addresses WHERE hash IN
         (SELECT hash FROM login_addresses WHERE user_id = ?
           ORDER BY seen_at DESC LIMIT -1 OFFSET ${max})`,
    )
    .run(user_id);
}

function dropExpired(tx: Tx, before: number): void {
  tx.sqlite
    .query(
      `DELETE FROM login_addresses WHERE hash IN
         (SELECT hash FROM login_addresses WHERE seen_at <= ? LIMIT ${slice})`,
    )
    .run(before);
}
