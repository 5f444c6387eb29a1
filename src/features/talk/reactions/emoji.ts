// Reads the emoji in a path: which texts are one emoji, and which of them are the same one.
import { ApiError } from '../../../errors.ts';
import { fitsWithin } from '../../../lib/text.ts';
import { customEmojiId } from '../../spaces/emojis/spelling.ts';

/** Above what is taken today: reactions from before may be as long, and can be taken away. */
const longest = 128;
/** In UTF-16 units; the longest sequence of Unicode has some 20. */
const longestSequence = 40;
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

/** A short name, as the Godot client sends them; a number as long as an id is none. */
export function isEmojiName(emoji: string): boolean {
  return /^[a-z0-9_+-]{1,64}$/.test(emoji) && !/^[0-9]{15,}$/.test(emoji);
}

/** Asks for an emoji to be drawn as a picture; keyboards differ in whether they add it. */
const selector = '\u{FE0F}';

/** Tells whether a text is one emoji of Unicode, with or without its selectors. */
export function isUnicodeEmoji(text: string): boolean {
  if (text.length > longestSequence) return false;
  // Elsewhere it would stand alone, or take a flag apart.
  if (/(?<![\p{Emoji}--[\p{Regional_Indicator}\p{Emoji_Modifier}]])\u{FE0F}/v.test(text)) {
    return false;
  }
  const full = text
    .replaceAll(selector, '')
    .replace(/[\p{Emoji}--\p{Emoji_Presentation}](?!\p{Emoji_Modifier})/gv, `$&${selector}`);
  return /^\p{RGI_Emoji}$/v.test(full);
}

/** Tells whether two spellings are the same emoji. */
function isSame(one: string, other: string): boolean {
  if (one.replaceAll(selector, '') === other.replaceAll(selector, '')) return true;
  const id = customEmojiId(one);
  return id !== null && id === customEmojiId(other);
}

/** The name in `name:`; null if the text is something else. */
export function nameWithoutId(text: string): string | null {
  return /^([A-Za-z0-9_]{2,32}):$/.exec(text)?.[1] ?? null;
}

/** The spelling of an emoji among those on a message; null if it is not there. */
export function spellingAmong(there: readonly string[], emoji: string): string | null {
  if (there.includes(emoji)) return emoji;
  return there.find((one) => isSame(one, emoji)) ?? null;
}
