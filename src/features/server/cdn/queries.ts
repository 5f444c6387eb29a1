// SQL for files by address: at most one row for each address.
import type { Db } from '../../../db/open.ts';
import type { Embed } from '../../talk/messages/schema.ts';
import { attachmentColumns, type AttachmentRow } from '../../talk/messages/addresses.ts';

/** The attachment of a message that is shown, in a channel that exists; null if none. */
export function findAttachment(db: Db, channel_id: string, id: string): AttachmentRow | null {
  return db.sqlite
    .rows(
      attachmentColumns,
      `SELECT a.* FROM attachments a
         JOIN shown_messages m ON m.n = cast(a.message_id AS integer)
         JOIN live_channels c ON c.id = a.channel_id
         LEFT JOIN live_spaces s ON s.id = c.space_id
        WHERE a.id = ?2 AND a.channel_id = ?1 AND (c.space_id IS NULL OR s.id IS NOT NULL)`,
    )
    .get(channel_id, id);
}

/** The previews that a message shows, as JSON; null if it shows none, or is not shown. */
export function previewsOf(db: Db, message_id: string): Embed[] | null {
  const row = db.sqlite
    .rows(
      { previews: 'text?' },
      `SELECT m.previews FROM shown_messages m
         JOIN live_channels c ON c.id = m.channel_id
         LEFT JOIN live_spaces s ON s.id = c.space_id
        WHERE m.n = cast(?1 AS integer) AND m.embeds IS NULL
          AND (c.space_id IS NULL OR s.id IS NOT NULL)`,
    )
    .get(message_id);
  return row?.previews ? (JSON.parse(row.previews) as Embed[]) : null;
}

const sources = {
  avatar: 'SELECT avatar AS address FROM users WHERE id = ?1',
  member_avatar: `SELECT m.avatar AS address FROM members m
                    JOIN live_spaces s ON s.id = m.space_id
                   WHERE m.space_id = ?1 AND m.user_id = ?2`,
  icon: 'SELECT icon AS address FROM live_spaces WHERE id = ?1',
  banner: `SELECT banner AS address FROM users WHERE id = ?1
            UNION ALL SELECT banner FROM live_spaces WHERE id = ?1`,
};

/** The address of an owner's current image; null if there is none. */
export function imageOf(db: Db, kind: keyof typeof sources, ...owner: string[]): string | null {
  const query = db.sqlite.rows({ address: 'text?' }, sources[kind]);
  return query.get(...owner)?.address ?? null;
}
