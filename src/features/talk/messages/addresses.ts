// Where an attachment's file is: its URL for clients, its path in the file store.
import { randomBytes } from 'node:crypto';
import { getTableColumns } from 'drizzle-orm';
import type { App } from '../../../app.ts';
import { attachments } from '../../../db/schema/files.ts';

export type AttachmentRow = typeof attachments.$inferSelect;
export const attachmentColumns = getTableColumns(attachments);

type AttachmentFile = Pick<AttachmentRow, 'id' | 'channel_id' | 'secret' | 'safe_name'>;

/** 128 random bits, so that nobody guesses the address of a file. */
export function newSecret(): string {
  return randomBytes(16).toString('hex');
}

/** The path in the file store; it contains nothing that an uploader wrote. */
export function attachmentPath({
  channel_id,
  id,
  secret,
}: Omit<AttachmentFile, 'safe_name'>): string {
  return `attachments/${channel_id}/${id}.${secret}`;
}

/** Absolute, since the Godot client does not resolve relative addresses. */
export function attachmentUrl({ address }: App, file: AttachmentFile): string {
  const name = encodeURIComponent(file.safe_name);
  return `${address.origin}/cdn/${attachmentPath(file)}/${name}`;
}
