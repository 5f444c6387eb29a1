// `accord admin` and `accord status` from the command line: asks the server that runs, if one does.
import { z } from 'zod';
import type { Told } from './door.ts';
import { addressOf, socketFile } from './socket.ts';
import type { VerbName } from './verbs.ts';

const Answer = z.union([
  z.object({ lines: z.array(z.string()) }),
  z.object({ refused: z.string() }),
]);

/** Hashing a password beside a busy server takes a while. */
const patience_ms = 60_000;

/** Asks the server of a database; null if none answers there. */
export async function askServer(
  database_path: string,
  verb: VerbName,
  word: string,
): Promise<Told | null> {
  const address = addressOf(socketFile(database_path));
  try {
    const response = await fetch('http://accord/', {
      unix: address.path,
      method: 'POST',
      body: JSON.stringify({ verb, word }),
      signal: AbortSignal.timeout(patience_ms),
    });
    return Answer.parse(await response.json());
  } catch (error) {
    if (isNobodyThere(error)) return null;
    throw error;
  } finally {
    address.close();
  }
}

/** Whether no server listens: there is no such file, or one that a killed server has left. */
function isNobodyThere(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOENT', 'ECONNREFUSED', 'ConnectionRefused', 'FailedToOpenSocket'].includes(code);
}
