// Reads the emoji in a path: any text that a client chooses, shown again as it was given.
import { ApiError } from '../../../errors.ts';
import { isSnowflake } from '../../../lib/snowflake.ts';
import { fitsWithin } from '../../../lib/text.ts';

const longest = 128;
/** The position of the emoji in `/api/v1/channels/…/messages/…/reactions/{emoji}`. */
const segment = 8;

/** The emoji in a request's URL, decoded once; throws 400 if it is malformed or too long. */
export function emojiInPath(url: string): string {
  const emoji = decoded(new URL(url).pathname.split('/')[segment] ?? '');
  if (emoji === null || emoji === '' || /\p{Cc}/u.test(emoji)) {
    throw new ApiError('invalid_request', 'The emoji in the path is no text of one line.');
  }
  if (!fitsWithin(emoji, longest)) {
    throw new ApiError('invalid_request', `An emoji has at most ${longest} characters.`);
  }
  return emoji;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // not UTF-8
  }
}

/** The id in `name:id`, `<:name:id>` or `<a:name:id>`; null if the text has no such form. */
export function customEmojiId(emoji: string): string | null {
  const id = /:([0-9]+)>?$/.exec(emoji)?.[1];
  return id !== undefined && isSnowflake(id) ? id : null;
}
