// Where the file of an attachment lies: its address for clients, its path in the file store.
import { randomBytes } from 'node:crypto';
import { getTableColumns } from 'drizzle-orm';
import type { App } from '../../../app.ts';
import { attachments } from '../../../db/schema/files.ts';

export type AttachmentRow = typeof attachments.$inferSelect;
export const attachmentColumns = getTableColumns(attachments);

type AttachmentFile = Pick<AttachmentRow, 'id' | 'channel_id' | 'secret' | 'safe_name'>;

/** 128 random bits: who was not told the address does not find the file. */
export function newSecret(): string {
  return randomBytes(16).toString('hex');
}

/** The path in the file store; nothing that an uploader wrote is part of it. */
export function attachmentPath({
  channel_id,
  id,
  secret,
}: Omit<AttachmentFile, 'safe_name'>): string {
  return `attachments/${channel_id}/${id}.${secret}`;
}

/** Absolute, since the Godot client takes an address literally or not at all. */
export function attachmentUrl({ address }: App, file: AttachmentFile): string {
  const name = encodeURIComponent(file.safe_name);
  return `${address.origin}/cdn/${attachmentPath(file)}/${name}`;
}
