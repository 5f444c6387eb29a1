// The wire shapes of custom emojis.
import { z } from 'zod';
import { bounded, DataUri, GivenId, Id } from '../../shapes.ts';

export const Emoji = z
  .object({
    id: Id,
    name: z.string(),
    animated: z.boolean(),
    managed: z.boolean(),
    available: z.boolean(),
    require_colons: z.boolean(),
    role_ids: z.array(Id).describe('who may use it; empty for everyone'),
    creator_id: Id.nullable(),
    image_url: z
      .string()
      .describe('absolute, of a PNG; with `.gif` in its place the image as it was uploaded'),
  })
  .meta({ id: 'Emoji' });
export type Emoji = z.output<typeof Emoji>;

const emojiName = 'must be 2 to 32 letters a to z, digits or _';
const EmojiName = bounded(32, emojiName).regex(/^[A-Za-z0-9_]{2,32}$/, emojiName);

const RoleIds = z
  .array(GivenId)
  .max(250)
  .transform((ids) => [...new Set(ids)]);

export const NewEmoji = z
  .object({
    name: EmojiName,
    image: DataUri.describe('a data URI: PNG, JPEG, GIF or WebP'),
    role_ids: RoleIds.default([]),
  })
  .meta({ id: 'NewEmoji' });
export type NewEmoji = z.output<typeof NewEmoji>;

export const EmojiPatch = z
  .object({ name: EmojiName, role_ids: RoleIds })
  .partial()
  .meta({ id: 'EmojiPatch' });
export type EmojiPatch = z.output<typeof EmojiPatch>;
