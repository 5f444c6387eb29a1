// How a custom emoji is written where any emoji may stand: `name:id`.
import { isSnowflake } from '../../../lib/snowflake.ts';

/** The id in `name:id`, the one spelling of a custom emoji; null if the text is something else. */
export function customEmojiId(text: string): string | null {
  const id = /^[A-Za-z0-9_]{2,32}:([0-9]{1,20})$/.exec(text)?.[1];
  return id !== undefined && isSnowflake(id) ? id : null;
}
