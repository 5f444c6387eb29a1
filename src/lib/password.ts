// Argon2id password hashes (19 MiB, two passes, one lane), with a limit on parallel hashing.
import { createGate } from './concurrency.ts';

const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Each hash takes a core for about 20 ms, and 19 MiB. */
const gate = createGate(Math.max(2, navigator.hardwareConcurrency), 256);

interface Argon2 {
  hash(password: string, options: typeof cost): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
}

let library: Promise<Argon2> | undefined;

/** Loads the native library at the first use; Bun's own (same hashes) if it cannot be unpacked. */
function argon2(): Promise<Argon2> {
  library ??= import('@node-rs/argon2').catch((): Argon2 => ({
    hash: (password) => Bun.password.hash(password, { algorithm: 'argon2id', ...cost }),
    verify: (hash, password) => Bun.password.verify(password, hash),
  }));
  return library;
}

/** Returns a password as it is hashed: keyboards differ in how they write an accent. */
export const inOneForm = (password: string) => password.normalize('NFKC');

/** Returns the hash as a PHC string. Throws `Overloaded` if too many wait. */
export function hashPassword(password: string): Promise<string> {
  return gate(async () => (await argon2()).hash(inOneForm(password), cost));
}

let decoy: Promise<string> | undefined;

/** Returns a hash that no password matches. */
async function decoyHash(): Promise<string> {
  decoy ??= hashPassword(crypto.randomUUID());
  try {
    return await decoy;
  } catch (error) {
    decoy = undefined; // overloaded: the next call tries again
    throw error;
  }
}

/** `old`: the hash is of the password as it was typed, and should be made anew. */
export type Match = 'new' | 'old';

/**
 * Tells whether the password matches; null if not. Does the same work if `hash` is null (unknown
 * account). Hashes from before passwords had one form are of the text as it was typed.
 */
export async function matchPassword(hash: string | null, password: string): Promise<Match | null> {
  const known = hash?.startsWith('$argon2') ? hash : null;
  const against = known ?? (await decoyHash());
  const fits = async (text: string) => {
    const isSame = await gate(async () => (await argon2()).verify(against, text));
    return isSame && known !== null;
  };
  const formed = inOneForm(password);
  if (await fits(formed)) return 'new';
  return formed !== password && (await fits(password)) ? 'old' : null;
}
