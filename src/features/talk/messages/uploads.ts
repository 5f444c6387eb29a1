// Stores the files of a message before the turn that sends it.
import { channelOf } from '../../../access/load.ts';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import type { Upload } from '../../../http/endpoint.ts';
import { declaredContentType, detectContentType, opaqueType } from '../../../lib/content-type.ts';
import { cleanImage, ImageFailure, readImageMetadata } from '../../../lib/images.ts';
import type { ReceivedFile } from '../../../lib/multipart.ts';
import { displayName, safeName } from '../../../lib/safe-name.ts';
import { readSettings } from '../../base/settings/queries.ts';
import { attachmentPath, newSecret } from './addresses.ts';
import { isEncrypted } from './encrypted.ts';
import { hasUploaded, sentBefore } from './nonces.ts';
import type { NewAttachment } from './queries.ts';
import type { NewMessage } from './schema.ts';

/** The parts and limits of a message sent with files. */
export const messageUpload: Upload = {
  json_part: 'payload_json',
  file_parts: ['files[i]', 'file[i]', 'files', 'file', 'attachment'],
  limits({ db }) {
    const { max_attachments_per_message, max_attachment_size } = readSettings(db);
    return { max_files: max_attachments_per_message, file_bytes: max_attachment_size };
  },
  mayBeMade: ({ app, account_id, params: { channel_id = '' } }) =>
    hasUploaded(app.db, { channel_id, author_id: account_id }, app.clock.steady()),
  madeBefore({ app, account_id, params: { channel_id = '' }, body }) {
    const { nonce } = body as NewMessage;
    if (nonce === undefined) return null;
    return sentBefore(app.db, { channel_id, author_id: account_id, nonce }, app.clock.steady());
  },
};

/** Moves received files to where the channel's attachments are stored; all or none. */
export async function storeFiles(
  app: App,
  channel_id: string,
  files: readonly ReceivedFile[],
  content: string,
): Promise<NewAttachment[]> {
  if (files.length === 0) return [];
  const channel = channelOf(app, channel_id);
  const areEncrypted = channel !== null && isEncrypted({ space_id: channel.space_id, content });
  const ids = await app.write((turn) => files.map(() => turn.id()));
  const stored: NewAttachment[] = [];
  try {
    for (const [index, file] of files.entries()) {
      const id = ids[index] ?? '';
      const isOpaque = areEncrypted && declaredContentType(file.declaredType) === opaqueType;
      const found = isOpaque ? await opaque(file) : await looked(file);
      const attachment = named(file, { id, channel_id, ...found });
      await app.files.adopt(file.path, attachmentPath(attachment));
      stored.push(attachment);
    }
    return stored;
  } catch (error) {
    await discardFiles(app, stored);
    throw error;
  }
}

type Found = Pick<NewAttachment, 'content_type' | 'detected_type' | 'size' | 'width' | 'height'>;

/** Describes a file by its bytes, after taking out of a photo where it was made. */
async function looked({ path, declaredType }: ReceivedFile): Promise<Found> {
  const size = await sizeWhenClean(path);
  const bytes = Bun.file(path);
  const detected = await detectContentType(bytes);
  const isImage = detected?.startsWith('image/') ?? false;
  const dimensions = isImage ? await readImageMetadata(bytes) : { width: null, height: null };
  return {
    content_type: detected ?? declaredContentType(declaredType) ?? opaqueType,
    detected_type: detected ?? null,
    size,
    width: dimensions.width,
    height: dimensions.height,
  };
}

/** Describes an encrypted file: its bytes may look like those of a photo, and stay as they are. */
async function opaque({ path }: ReceivedFile): Promise<Found> {
  const { size } = Bun.file(path);
  return { content_type: opaqueType, detected_type: null, size, width: null, height: null };
}

function named(
  { filename: given }: ReceivedFile,
  found: Found & Pick<NewAttachment, 'id' | 'channel_id'>,
): NewAttachment {
  const filename = displayName(given ?? '');
  return { ...found, filename, safe_name: safeName(filename), secret: newSecret() };
}

/** Takes out of a photo where it was made; returns the size of what is left. */
async function sizeWhenClean(path: string): Promise<number> {
  try {
    return await cleanImage(path);
  } catch (error) {
    if (!(error instanceof ImageFailure)) throw error;
    throw new ApiError('invalid_request', error.message);
  }
}

/** Removes the stored files of a message that was refused. */
export async function discardFiles(app: App, stored: readonly NewAttachment[]): Promise<void> {
  for (const attachment of stored) await app.files.remove(attachmentPath(attachment));
}
