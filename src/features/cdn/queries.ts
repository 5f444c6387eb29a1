// SQL of what lies behind addresses of files: one row for each address.
import type { Db } from '../../db/open.ts';
import type { AttachmentRow } from '../messages/addresses.ts';
import { inSight } from '../messages/hidden.ts';

/** An attachment of a message that is in sight, in a channel that is there still. */
export function findAttachment(db: Db, channel_id: string, id: string): AttachmentRow | null {
  return db.sqlite
    .query<AttachmentRow, [string, string]>(
      `SELECT a.* FROM attachments a
         JOIN messages m ON m.n = cast(a.message_id AS integer) AND ${inSight(db, 'm')}
         JOIN channels c ON c.id = a.channel_id AND c.deleted_at IS NULL
         LEFT JOIN spaces s ON s.id = c.space_id
        WHERE a.id = ?2 AND a.channel_id = ?1 AND s.deleted_at IS NULL`,
    )
    .get(channel_id, id);
}

const sources = {
  avatar: 'SELECT avatar AS address FROM users WHERE id = ?1',
  member_avatar: `SELECT m.avatar AS address FROM members m
                    JOIN spaces s ON s.id = m.space_id AND s.deleted_at IS NULL
                   WHERE m.space_id = ?1 AND m.user_id = ?2`,
  icon: 'SELECT icon AS address FROM spaces WHERE id = ?1 AND deleted_at IS NULL',
  banner: `SELECT banner AS address FROM users WHERE id = ?1
            UNION ALL SELECT banner FROM spaces WHERE id = ?1 AND deleted_at IS NULL`,
};

/** The address of the image that an owner has now; null for none. */
export function imageOf(db: Db, kind: keyof typeof sources, ...owner: string[]): string | null {
  const query = db.sqlite.query<{ address: string | null }, string[]>(sources[kind]);
  return query.get(...owner)?.address ?? null;
}
