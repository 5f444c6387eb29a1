// Finds the accounts that the operator names, and lists those who administer the server.
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { meantName } from '../../../lib/name-text.ts';
import { listedAdmins } from '../../people/users/admins.ts';
import { findUserByName, type UserRow } from '../../people/users/queries.ts';

/** Returns the person with that user name; throws 404, or 400 for accounts that are no people. */
export function personNamed({ db }: App, name: string): UserRow {
  const row = findUserByName(db, meantName(name)) ?? findUserByName(db, name);
  if (row === undefined || row.deleted_at !== null) {
    throw new ApiError('not_found', `There is no account "${name}".`);
  }
  if (row.bot || row.system) throw new ApiError('invalid_request', `"${name}" is no person.`);
  return row;
}

/** Returns a line for each account that administers the server. */
export function listAdmins({ db }: App): string[] {
  const rows = listedAdmins(db);
  if (rows.length === 0) {
    return ['Nobody administers this server: "accord admin make NAME" makes somebody an admin.'];
  }
  return rows.map(({ username, disabled }) => `${username}${disabled ? ' (disabled)' : ''}`);
}
