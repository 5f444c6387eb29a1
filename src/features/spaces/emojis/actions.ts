// Makes, renames and removes custom emojis, and gives them to roles.
import type { SpaceAccess } from '../../../access/evaluate.ts';
import type { SpaceGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { countUpload } from '../../base/files/quota.ts';
import { record } from '../audit-log/actions.ts';
import { differences } from '../../../lib/differences.ts';
import { emojiCreated, emojiDeleted, emojiUpdated } from './events.ts';
import { removeEmojiFiles, type StoredEmoji } from './image.ts';
import {
  countEmojis,
  deleteEmojiRow,
  findEmoji,
  insertEmoji,
  isNameTaken,
  renameEmoji,
  setEmojiRoles,
  type FullEmoji,
} from './queries.ts';
import type { Emoji, EmojiPatch, NewEmoji } from './schema.ts';
import { emojiView } from './view.ts';

/** The maximum number of emojis in a space. */
export const maxEmojis = 250;

/** Returns the emoji of this space; throws 404 if there is none. */
export function knownEmoji(turn: Turn, space_id: string, id: string): FullEmoji {
  const full = findEmoji(turn.tx, space_id, id);
  if (full === undefined) throw noSuch('emoji');
  return full;
}

function refuseTakenName(turn: Turn, space_id: string, name: string, own: string | null): void {
  if (isNameTaken(turn.tx, space_id, name, own)) {
    throw new ApiError('already_exists', 'Another emoji of this space has that name.');
  }
}

function refuseForeignRoles(space: SpaceAccess, role_ids: readonly string[]): void {
  const foreign = role_ids.find((id) => !space.roles.has(id));
  if (foreign !== undefined) {
    throw new ApiError('invalid_request', `role_ids: ${foreign} is no role of this space.`);
  }
}

/** Makes an emoji; its image is already stored. */
export function createEmoji(
  turn: Turn,
  by: SpaceGrant,
  { name, role_ids }: NewEmoji,
  image: StoredEmoji,
): Emoji {
  const { space, actor } = by;
  const { id: space_id } = space;
  if (countEmojis(turn.tx, space_id) >= maxEmojis) {
    throw new ApiError('invalid_request', `A space has at most ${maxEmojis} emojis.`);
  }
  refuseTakenName(turn, space_id, name, null);
  refuseForeignRoles(space, role_ids);
  const { id, animated, extension, bytes } = image;
  countUpload(turn, actor.id, bytes);
  const row = { id, space_id, name, animated, extension, creator_id: actor.id };
  insertEmoji(turn.tx, { ...row, created_at: turn.now });
  setEmojiRoles(turn.tx, id, role_ids);
  const emoji = emojiView(turn.app, knownEmoji(turn, space_id, id));
  turn.tell(emojiCreated, { space_id }, { space_id, emoji });
  record(turn, by, { action: 'emoji_create', target: { type: 'emoji', id }, changes: { name } });
  return emoji;
}

/** Renames an emoji or gives it to other roles; tells it only if something changed. */
export function changeEmoji(turn: Turn, by: SpaceGrant, id: string, patch: EmojiPatch): Emoji {
  const { space } = by;
  const { id: space_id } = space;
  const before = emojiView(turn.app, knownEmoji(turn, space_id, id));
  const { name, role_ids } = patch;
  if (name !== undefined) {
    refuseTakenName(turn, space_id, name, id);
    renameEmoji(turn.tx, id, name);
  }
  if (role_ids !== undefined) {
    refuseForeignRoles(space, role_ids);
    setEmojiRoles(turn.tx, id, role_ids);
  }
  const emoji = emojiView(turn.app, knownEmoji(turn, space_id, id));
  const changes = differences(before, emoji);
  if (changes !== null) {
    tellEmoji(turn, space_id, id);
    record(turn, by, { action: 'emoji_update', target: { type: 'emoji', id }, changes });
  }
  return emoji;
}

/** Tells how an emoji looks now. */
export function tellEmoji(turn: Turn, space_id: string, id: string): void {
  const emoji = emojiView(turn.app, knownEmoji(turn, space_id, id));
  turn.tell(emojiUpdated, { space_id }, { space_id, emoji });
}

export function deleteEmoji(turn: Turn, by: SpaceGrant, id: string): void {
  const { id: space_id } = by.space;
  const { emoji } = knownEmoji(turn, space_id, id);
  deleteEmojiRow(turn.tx, id);
  removeEmojiFiles(turn.tx, emoji);
  turn.tell(emojiDeleted, { space_id }, { space_id, emoji_id: id });
  const changes = { name: emoji.name };
  record(turn, by, { action: 'emoji_delete', target: { type: 'emoji', id }, changes });
}
