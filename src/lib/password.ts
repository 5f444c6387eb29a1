// Argon2id password hashes (19 MiB, two passes, one lane), with a bound on how many are computed at once.
import { createGate } from './concurrency.ts';

const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Each takes a core for about 20 ms and 19 MiB. */
const gate = createGate(Math.max(2, navigator.hardwareConcurrency), 256);

interface Argon2 {
  hash(password: string, options: typeof cost): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
}

let library: Promise<Argon2> | undefined;

/** The native library, loaded at the first use; Bun's own (the same hashes) where it cannot be unpacked. */
function argon2(): Promise<Argon2> {
  library ??= import('@node-rs/argon2').catch((): Argon2 => ({
    hash: (password) => Bun.password.hash(password, { algorithm: 'argon2id', ...cost }),
    verify: (hash, password) => Bun.password.verify(password, hash),
  }));
  return library;
}

/** A PHC string. Throws `Overloaded` when too many wait. */
export function hashPassword(password: string): Promise<string> {
  return gate(async () => (await argon2()).hash(password, cost));
}

let decoy: Promise<string> | undefined;

/** A hash that no password fits. */
async function decoyHash(): Promise<string> {
  decoy ??= hashPassword(crypto.randomUUID());
  try {
    return await decoy;
  } catch (error) {
    decoy = undefined; // refused for too much work: the next one tries again
    throw error;
  }
}

/** Whether the password fits. Without a hash (an unknown account) the same work is done for nothing. */
export async function verifyPassword(hash: string | null, password: string): Promise<boolean> {
  const known = hash?.startsWith('$argon2') ? hash : null;
  const against = known ?? (await decoyHash());
  const fits = await gate(async () => (await argon2()).verify(against, password));
  return fits && known !== null;
}
