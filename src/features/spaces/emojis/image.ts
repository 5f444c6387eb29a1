// Images of custom emojis: the uploaded file, and, if it is not a PNG, a PNG of its first frame.
import type { App } from '../../../app.ts';
import type { Tx } from '../../../db/open.ts';
import { extensionOf, readImage } from '../../base/files/images.ts';
import { removeLater } from '../../base/files/removals.ts';
import { readSettings } from '../../base/settings/queries.ts';

type EmojiFile = { space_id: string; id: string; extension: string };

/** Returns the path in the file store, which is also the path below `/cdn`. */
export function emojiPath({ space_id, id, extension }: EmojiFile): string {
  return `emojis/${space_id}/${id}.${extension}`;
}

function pathsOf(file: EmojiFile): Set<string> {
  return new Set([emojiPath(file), emojiPath({ ...file, extension: 'png' })]);
}

/** A stored image whose emoji is not made yet. */
export interface StoredEmoji extends EmojiFile {
  animated: boolean;
  /** How much was uploaded for it. */
  bytes: number;
}

/** Decodes the image and stores it under the id that the emoji will have. */
export async function storeEmoji(app: App, space_id: string, uri: string): Promise<StoredEmoji> {
  const limit_bytes = readSettings(app.db).max_emoji_size;
  const image = await readImage(uri, limit_bytes, { still: true });
  const id = await app.write((turn) => turn.id());
  const { animated } = image;
  const bytes = image.bytes.length;
  const stored = { space_id, id, extension: extensionOf[image.type], animated, bytes };
  try {
    await app.files.put(image.bytes, emojiPath(stored));
    if (image.still) await app.files.put(image.still, emojiPath({ ...stored, extension: 'png' }));
    return stored;
  } catch (error) {
    await discardEmoji(app, stored);
    throw error;
  }
}

/** Removes files that were stored for a turn that failed. */
export async function discardEmoji(app: App, stored: EmojiFile): Promise<void> {
  for (const path of pathsOf(stored)) await app.files.remove(path);
}

/** Queues the files of an emoji for removal. */
export function removeEmojiFiles(tx: Tx, file: EmojiFile): void {
  for (const path of pathsOf(file)) removeLater(tx, path);
}
