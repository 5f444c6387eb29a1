// Codes that replace a forgotten password: made, read as people type them, hashed and compared.
import { timingSafeEqual } from 'node:crypto';

/** Digits and lower-case letters without those that look like others: i, l, o, u. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const length = 32;

/** As many UTF-16 units of what was typed are looked at: a code with room for blanks. */
export const maxTyped = 128;

/** Returns a new code of 160 random bits: eight groups of four characters, with hyphens between them. */
export function newRecoveryCode(): string {
  // 256 is a multiple of 32, so each character is as likely as any other.
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  const characters = Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('');
  return (characters.match(/.{4}/g) ?? []).join('-');
}

/** Returns a code as it is stored, SHA-256 in lower-case hex: blanks, hyphens and case do not count. */
export function hashRecoveryCode(typed: string): string {
  const plain = typed
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Pd}]/gu, '');
  return new Bun.CryptoHasher('sha256').update(plain).digest('hex');
}

/** Tells whether two hashes are the same; takes as long wherever they differ. */
export function isSameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
