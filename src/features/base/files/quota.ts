// How much one account may upload in a day. An account's bots count with it; instance admins do not.
import { accountOf, type Caller } from '../../../access/place.ts';
import type { App, Turn } from '../../../app.ts';
import type { Db, Tx } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { sweep } from '../../../lib/repeat.ts';
import { uploadLimit } from '../settings/queries.ts';

/** Uploads of so long count together, which keeps an account to 145 rows. */
const slot_ms = 10 * 60_000;
const day_ms = 86_400_000;

const slotOf = (steady_ms: number) => Math.floor(steady_ms / slot_ms);

/** Returns whom uploads of an account count for: the owner of a bot, else the account itself. */
function payerOf(db: Db, account_id: string) {
  return db.sqlite
    .rows(
      { id: 'text', is_admin: 'number' },
      `SELECT id, is_admin FROM users
        WHERE id = coalesce((SELECT owner_id FROM applications WHERE bot_user_id = ?1), ?1)`,
    )
    .get(account_id);
}

/** Returns how many bytes an account has uploaded in the last 24 hours. */
function usedBy(db: Db, account_id: string, steady_ms: number): number {
  const row = db.sqlite
    .rows(
      { used: 'number' },
      'SELECT coalesce(sum(bytes), 0) AS used FROM uploads WHERE account_id = ? AND slot >= ?',
    )
    .get(account_id, slotOf(steady_ms - day_ms));
  return row?.used ?? 0;
}

/** Returns whom so many bytes count for, null if for nobody; throws if they are too many. */
function payerFor(app: App, db: Db, account_id: string, bytes: number, steady_ms: number) {
  const limit = uploadLimit(app);
  const payer = limit === 0 ? null : payerOf(db, account_id);
  if (payer === null || payer.is_admin === 1) return null;
  const used = usedBy(db, payer.id, steady_ms);
  if (used + bytes <= limit) return payer;
  throw new ApiError('quota_exceeded', `This account may upload ${limit} bytes in 24 hours.`, {
    details: { quota: 'max_upload_per_day', limit: String(limit), used: String(used) },
  });
}

/** Throws if the caller may not upload so many bytes now; for endpoints that take files. */
export function mayUpload(app: App, viewer: Caller, bytes: number): void {
  const account = accountOf(viewer);
  if (account !== null) payerFor(app, app.db, account.id, bytes, app.clock.steady());
}

/** Counts an upload; throws if it is more than the account may upload. */
export function countUpload(turn: Turn, account_id: string, bytes: number): void {
  if (bytes === 0) return;
  const payer = payerFor(turn.app, turn.tx, account_id, bytes, turn.steady);
  if (payer === null) return;
  turn.tx.sqlite
    .query(
      `INSERT INTO uploads (account_id, slot, bytes) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes`,
    )
    .run(payer.id, slotOf(turn.steady), bytes);
}

const slice = 500;
const every_ms = 3_600_000;

/** Deletes a slice of what does not count any more; true if there may be more. */
export function forgetUploads(tx: Tx, steady_ms: number): boolean {
  const { changes } = tx.sqlite
    .query(
      `DELETE FROM uploads WHERE (account_id, slot) IN
         (SELECT account_id, slot FROM uploads WHERE slot < ? ORDER BY slot LIMIT ?)`,
    )
    .run(slotOf(steady_ms - day_ms), slice);
  return changes === slice;
}

/** Begins to delete what does not count any more; returns a function that stops it. */
export function startForgetting(app: App): () => void {
  return sweep({
    clock: app.clock,
    interval_ms: every_ms,
    slice: () => app.write(({ tx, steady }) => forgetUploads(tx, steady)),
    failed: (error) =>
      app.log.error({ err: error }, 'forgetting old uploads failed; it is tried again'),
  });
}
