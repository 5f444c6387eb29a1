// Where the file of an attachment lies: its address for clients, its path in the file store.
import type { App } from '../../app.ts';
import type { attachments } from '../../db/schema.ts';

export type AttachmentRow = typeof attachments.$inferSelect;

type Place = Pick<AttachmentRow, 'id' | 'channel_id' | 'secret' | 'safe_name'>;

/** The path in the file store, which is also the end of the address. */
export function attachmentPath({ channel_id, id, secret, safe_name }: Place): string {
  return `attachments/${channel_id}/${id}.${secret}/${safe_name}`;
}

/** Absolute, since the Godot client takes an address literally or not at all. */
export function attachmentUrl({ config }: App, place: Place): string {
  const base = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
  return `${base}/cdn/${attachmentPath(place).split('/').map(encodeURIComponent).join('/')}`;
}
