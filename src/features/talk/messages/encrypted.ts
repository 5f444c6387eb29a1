// Texts that clients have encrypted: kept and told as they came, in conversations alone.
import type { AnyChannel } from '../../../access/evaluate.ts';
import { ApiError } from '../../../errors.ts';
import { frameLimit_bytes } from '../../../events/event.ts';
import { cleanText } from '../../../lib/text.ts';
import { encryptedPrefix, maxText } from './schema.ts';

/** Tells whether a message's text is one that only clients can read; in spaces it is text like any other. */
export function isEncrypted({
  space_id,
  content,
}: {
  readonly space_id: string | null;
  readonly content: string;
}): boolean {
  return space_id === null && content.startsWith(encryptedPrefix);
}

/**
 * Returns the text as it is kept in this channel. Where nothing is encrypted, what looks so is checked
 * like any other text, which the schema could not do: it does not know the channel.
 */
export function contentIn({ space_id }: AnyChannel, content: string): string {
  if (!content.startsWith(encryptedPrefix)) return content;
  if (space_id !== null) {
    const checked = cleanText(content, { minimum: 0, maximum: maxText });
    if (checked.ok) return checked.text;
    throw refused(checked.reason);
  }
  if (content.length > frameLimit_bytes) throw tooLarge();
  // Neither would be on disk as it came.
  if (content.includes('\0')) throw refused('must not contain the character NUL');
  if (!content.isWellFormed()) throw refused('must be valid Unicode text');
  return content;
}

function refused(reason: string): ApiError {
  return new ApiError('invalid_request', `content: ${reason}.`, { details: { content: reason } });
}

/** Returns the error for an encrypted text that fits into no event. */
export function tooLarge(): ApiError {
  return new ApiError('payload_too_large', 'The encrypted message is too large for an event.');
}
