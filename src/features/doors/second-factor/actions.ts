// Takes second factors away.
import { eq } from 'drizzle-orm';
import type { Turn } from '../../../app.ts';
import { backup_codes, second_factors } from '../../../db/schema/doors.ts';
import { changeUser } from '../../people/users/actions.ts';

/** Switches the second factor of an account off, and removes its backup codes. */
export function dropSecondFactor(turn: Turn, user_id: string): void {
  turn.tx.orm.delete(second_factors).where(eq(second_factors.user_id, user_id)).run();
  turn.tx.orm.delete(backup_codes).where(eq(backup_codes.user_id, user_id)).run();
  changeUser(turn, user_id, { mfa_enabled: false });
}
