// Turns rows of custom emojis into their wire shape.
import type { App } from '../../../app.ts';
import { emojiPath } from './image.ts';
import type { FullEmoji } from './queries.ts';
import type { Emoji } from './schema.ts';

export function emojiView({ address }: App, { emoji, role_ids }: FullEmoji): Emoji {
  return {
    id: emoji.id,
    name: emoji.name,
    animated: emoji.animated,
    managed: false,
    available: true,
    require_colons: true,
    role_ids,
    creator_id: emoji.creator_id,
    // The Godot client uses this address unchanged, and decodes only PNG.
    image_url: `${address.origin}/cdn/${emojiPath({ ...emoji, extension: 'png' })}`,
  };
}
