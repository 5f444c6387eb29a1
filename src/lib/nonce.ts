// Reads the names that clients give what they send, by which they send it again.
import { fitsWithin } from './text.ts';

/** A nonce as it was given. */
export type Nonce = string | number;

const maxNonce = 64;

/**
 * Returns what can be a nonce; undefined for anything else. Numbers beyond 2^53 are no nonces, since
 * two of them may be read as the same one.
 */
export function nonceOf(given: unknown): Nonce | undefined {
  if (typeof given === 'number') return Number.isSafeInteger(given) ? given : undefined;
  if (typeof given !== 'string' || given === '' || !fitsWithin(given, maxNonce)) return undefined;
  return given.isWellFormed() && !given.includes('\0') ? given : undefined;
}
