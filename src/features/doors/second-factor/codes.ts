// Backup codes: eight capital letters and digits, of which only hashes are kept.
import { randomInt } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const [count, codeLength] = [10, 8];

function newCode(): string {
  return Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** Returns ten codes that differ. */
export function newBackupCodes(): string[] {
  const codes = new Set<string>();
  while (codes.size < count) codes.add(newCode());
  return [...codes];
}

/** Returns the hash of a code of that account; upper and lower case are the same. */
export function hashOfCode(user_id: string, code: string): string {
  const text = `${user_id} ${code.toUpperCase()}`;
  return new Bun.CryptoHasher('sha256').update(text).digest('hex');
}
