// The log lines by which operators keep out who guesses passwords; docs/fail2ban.md relies on them.
import type { App } from '../../../app.ts';

export interface RefusedAttempt {
  readonly what: 'login' | 'password change' | 'key removal' | 'registration';
  readonly address: string;
  /** `locked`: there were too many attempts, and this one was not looked at. */
  readonly reason: 'wrong' | 'locked' | 'disabled';
  /** The account that was meant, if there is one. */
  readonly user_id?: string;
}

/**
 * Logs a refused attempt, at every level. What was typed as a name stays out of the log: it is a
 * password now and then.
 */
export function logRefusal(app: App, { what, address, reason, user_id }: RefusedAttempt): void {
  const whose = user_id === undefined ? {} : { user_id };
  app.log.notice({ address, reason, ...whose }, `${what} refused`);
}
