// Texts encrypted with a passphrase, as `enc:<nonce>:<ciphertext and tag>` in hex: AES-256-GCM, the key its SHA-256.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const cipher = 'aes-256-gcm';
const [nonce_bytes, tag_bytes] = [12, 16];
const form = /^enc:([0-9a-f]{24}):([0-9a-f]{32,})$/;

const keyOf = (passphrase: string) => createHash('sha256').update(passphrase).digest();

/** Tells whether a text is encrypted, whatever the passphrase was. */
export const isSealed = (text: string) => text.startsWith('enc:');

/** Encrypts a text, each time differently. */
export function seal(text: string, passphrase: string): string {
  const nonce = randomBytes(nonce_bytes);
  const sealing = createCipheriv(cipher, keyOf(passphrase), nonce);
  const parts = [sealing.update(text, 'utf8'), sealing.final(), sealing.getAuthTag()];
  return `enc:${nonce.toString('hex')}:${Buffer.concat(parts).toString('hex')}`;
}

/** Decrypts a text; null if it was changed, or encrypted with another passphrase. */
export function unseal(sealed: string, passphrase: string): string | null {
  const [, nonce = '', rest = ''] = form.exec(sealed) ?? [];
  const bytes = Buffer.from(rest, 'hex');
  if (bytes.length < tag_bytes) return null;
  try {
    const opening = createDecipheriv(cipher, keyOf(passphrase), Buffer.from(nonce, 'hex'));
    opening.setAuthTag(bytes.subarray(-tag_bytes));
    const text = [opening.update(bytes.subarray(0, -tag_bytes)), opening.final()];
    return Buffer.concat(text).toString('utf8');
  } catch {
    return null;
  }
}
