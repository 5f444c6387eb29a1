// The rule for new passwords, beside their length: nothing that is guessed first. Older ones go on working.
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { isCommonPassword } from '../../../lib/common-passwords.ts';
import { countCodePoints, foldCase } from '../../../lib/text.ts';
import { readSettings } from '../../base/settings/queries.ts';

/** Case, width and blanks do not count when a password is compared with a name. */
const plain = (text: string) => foldCase(text.normalize('NFKC')).replace(/\s/gu, '');

/** Tells whether more than half of the password is the name, once or several times. */
function isMostly(password: string, name: string): boolean {
  const [whole, part] = [plain(password), plain(name)];
  if (part === '') return false;
  return countCodePoints(whole.replaceAll(part, '')) * 2 < countCodePoints(whole);
}

/** Returns what is wrong with a new password, as a sentence that begins with its field; null if nothing. */
async function weakness(app: App, password: string, username: string): Promise<string | null> {
  if (isMostly(password, username)) return 'is little more than the user name';
  if (isMostly(password, readSettings(app.db).server_name)) {
    return "is little more than the server's name";
  }
  return (await isCommonPassword(password)) ? 'is one of the most common ones' : null;
}

/**
 * Throws 400 with `details.password` if a new password is one of the most common ones, or mostly the
 * name of the account or of the server. Call it in `prepare`, before the password is hashed. Its length
 * is asked by the schema; in test mode that is all that counts.
 */
export async function refuseWeak(
  app: App,
  password: string,
  { username }: { readonly username: string },
): Promise<void> {
  if (app.config.ACCORD_TEST_MODE) return;
  const reason = await weakness(app, password, username);
  if (reason === null) return;
  throw new ApiError('invalid_request', `The password ${reason}; choose another one.`, {
    details: { password: reason },
  });
}
