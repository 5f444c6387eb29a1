// `accord admin` and `accord status` from the command line: asks the server that runs, if one does.
import { z } from 'zod';
import { ApiError } from '../../../errors.ts';
import type { Told } from './listener.ts';
import { addressOf, socketFile } from './socket.ts';
import type { VerbName } from './verbs.ts';

const Answer = z.union([
  z.object({ lines: z.array(z.string()) }),
  z.object({ refused: z.string() }),
]);

/** Hashing a password beside a busy server takes a while. */
const patience_ms = 60_000;

/**
 * Asks the server of a database; null if none is there. Throws an ApiError if this user may not ask it, or
 * it does not answer.
 */
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
    throw refusalOf(error) ?? error;
  } finally {
    address.close();
  }
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** Says what the operator can do about it; null if that is not known. */
function refusalOf(error: unknown): ApiError | null {
  if (['EACCES', 'EPERM'].includes(codeOf(error))) {
    const message =
      'A server runs here that this user may not ask: run this as the user of the server.';
    return new ApiError('forbidden', message);
  }
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  return isLate
    ? new ApiError('invalid_request', 'The server that runs here does not answer.')
    : null;
}

/** Whether no server listens: there is no such file, or one that a killed server has left. */
function isNobodyThere(error: unknown): boolean {
  const nobody = ['ENOENT', 'ECONNREFUSED', 'ConnectionRefused', 'FailedToOpenSocket'];
  return nobody.includes(codeOf(error));
}
