// Registrations that wait for an admin, as those see them who log in.
import { rowBy } from '../../../db/open.ts';
import { registrations } from '../../../db/schema/doors.ts';
import { ApiError } from '../../../errors.ts';

export type PendingRow = typeof registrations.$inferSelect;

/** By a user name as it is kept. */
export const findPending = rowBy(registrations, registrations.username);

/** Returns the error for an account that an admin has not approved yet. */
export const waitsForApproval = () =>
  new ApiError(
    'forbidden',
    'Your account waits for approval by an admin of this server; try to log in later.',
  );
