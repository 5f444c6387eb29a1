// Nonces: the names that clients give to messages, so that one sent again is not said twice.
import type { Db, Tx } from '../../../db/open.ts';
import type { Nonce } from '../../../lib/nonce.ts';

/** For so long a message is known by its nonce. */
const window_ms = 600_000;

/** A message that somebody sent. */
interface Sent {
  channel_id: string;
  author_id: string;
  nonce: Nonce;
}

/** Returns the id of the message that this author sent with this nonce; null if there was none. */
export function sentBefore(
  db: Db,
  { channel_id, author_id, nonce }: Sent,
  steady_ms: number,
): string | null {
  // A time that is still to come is from a run whose clock was ahead.
  const row = db.sqlite
    .rows(
      { message_id: 'text' },
      `SELECT message_id FROM message_nonces
        WHERE channel_id = ? AND author_id = ? AND nonce = ? AND sent_at > ? AND sent_at <= ?`,
    )
    .get(channel_id, author_id, String(nonce), steady_ms - window_ms, steady_ms);
  return row?.message_id ?? null;
}

/** Tells whether this author has sent files with a nonce of late: the next ones may be the same. */
export function hasUploaded(
  db: Db,
  { channel_id, author_id }: Omit<Sent, 'nonce'>,
  steady_ms: number,
): boolean {
  const found = db.sqlite
    .query(
      `SELECT 1 FROM message_nonces n
        WHERE channel_id = ? AND author_id = ? AND sent_at > ? AND sent_at <= ?
          AND EXISTS (SELECT 1 FROM attachments WHERE message_id = n.message_id) LIMIT 1`,
    )
    .get(channel_id, author_id, steady_ms - window_ms, steady_ms);
  return found !== null;
}

/** More than come in with one message, so that no more are kept than a window holds. */
const oldOnes = 4;

/** Keeps the nonce of a message, and forgets some that are too old. */
export function noteNonce(
  tx: Tx,
  { channel_id, author_id, nonce }: Sent,
  message_id: string,
  steady_ms: number,
): void {
  tx.sqlite
    .query(
      `INSERT OR REPLACE INTO message_nonces (author_id, channel_id, nonce, message_id, sent_at)
       VALUES (?, ?, ?, ?, ?)`,
    )
    .run(author_id, channel_id, String(nonce), message_id, steady_ms);
  tx.sqlite
    .query(
      `DELETE FROM message_nonces WHERE (channel_id, author_id, nonce) IN (
         SELECT channel_id, author_id, nonce FROM message_nonces
          WHERE sent_at <= ? ORDER BY sent_at LIMIT ?)`,
    )
    .run(steady_ms - window_ms, oldOnes);
}
