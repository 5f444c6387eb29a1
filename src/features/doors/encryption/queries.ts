// SQL of the public keys with which clients encrypt.
import { eq } from 'drizzle-orm';
import { rowBy, type Db, type Tx } from '../../../db/open.ts';
import { encryption_keys } from '../../../db/schema/conversations.ts';
import type { Identity } from './schema.ts';

export const findKeys = rowBy(encryption_keys, encryption_keys.user_id);

export function insertKeys(tx: Tx, row: typeof encryption_keys.$inferInsert): void {
  tx.orm.insert(encryption_keys).values(row).run();
}

export function deleteKeys(tx: Tx, user_id: string): void {
  tx.orm.delete(encryption_keys).where(eq(encryption_keys.user_id, user_id)).run();
}

/** Somebody who takes part in a conversation, or did, with their keys. */
export interface KeyHolder {
  user_id: string;
  left_at: number | null;
  identity: Identity | null;
}

/** So many rows of a conversation are looked at: far more than any group has had people. */
const maxLooked = 2_000;

/** Returns everybody who takes part in the conversation, then who did, in no other order. */
export function keyHolders(db: Db, channel_id: string): KeyHolder[] {
  return db.sqlite
    .rows(
      { user_id: 'text', left_at: 'number?', exchange_key: 'text?', signing_key: 'text?' },
      `SELECT p.user_id, p.left_at, k.exchange_key, k.signing_key FROM conversation_people p
         LEFT JOIN encryption_keys k ON k.user_id = p.user_id
        WHERE p.channel_id = ? ORDER BY p.left_at IS NOT NULL LIMIT ${maxLooked}`,
    )
    .all(channel_id)
    .map(({ user_id, left_at, exchange_key, signing_key }) => ({
      user_id,
      left_at,
      identity:
        exchange_key === null || signing_key === null ? null : { exchange_key, signing_key },
    }));
}
