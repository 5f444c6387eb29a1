// How secrets of authenticator apps are kept: encrypted, where the operator has set a key.
import type { App } from '../../../app.ts';
import { isSealed, seal, unseal } from '../../../lib/sealed-text.ts';
import { secretsAfter } from './queries.ts';

type WithKey = Pick<App, 'config'>;

/** Returns a secret as it is stored. */
export function kept({ config: { TOTP_ENCRYPTION_KEY: key } }: WithKey, secret: string): string {
  return key === null ? secret : seal(secret, key);
}

/** Returns a stored secret as it is; null if it was encrypted with a key that is not set now. */
export function readSecret(
  { config: { TOTP_ENCRYPTION_KEY: key } }: WithKey,
  stored: string,
): string | null {
  if (!isSealed(stored)) return stored;
  return key === null ? null : unseal(stored, key);
}

const page = 500;

/** Counts the secrets that cannot be read, a page in each turn of the event loop. */
async function countUnreadable(app: App): Promise<number> {
  let unreadable = 0;
  let last: string | undefined = '';
  while (last !== undefined) {
    const rows = secretsAfter(app.db, last, page);
    unreadable += rows.filter(({ secret }) => readSecret(app, secret) === null).length;
    last = rows[page - 1]?.user_id;
    if (last !== undefined) await Bun.sleep(0);
  }
  return unreadable;
}

/** Tells the operator, at the start, of secrets that cannot be read. */
export async function remarkUnreadable(app: App): Promise<void> {
  const accounts = await countUnreadable(app);
  if (accounts === 0) return;
  const what =
    app.config.TOTP_ENCRYPTION_KEY === null
      ? 'is not set, with which secrets of authenticator apps were encrypted'
      : 'is not the one with which secrets of authenticator apps were encrypted';
  app.log.notice(
    { accounts },
    `TOTP_ENCRYPTION_KEY ${what}; until it is set again, ` +
      'these accounts log in with backup codes alone',
  );
}
