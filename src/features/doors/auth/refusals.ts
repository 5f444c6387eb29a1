// The log lines by which operators keep out who guesses passwords; docs/fail2ban.md relies on them.
import type { App } from '../../../app.ts';
import { failedLogins, type Failure } from './failed-logins.ts';

/** What can be refused, and what is wrong then as a rule; null for what proves nothing. */
const kinds = {
  login: 'password',
  'password change': 'password',
  'key removal': 'password',
  'account deletion': 'password',
  'handing over': 'password',
  'second factor': 'mfa',
  recovery: 'recovery',
  'new recovery code': 'password',
  registration: null,
} as const satisfies Record<string, Failure['kind'] | null>;

export interface RefusedAttempt {
  readonly what: keyof typeof kinds;
  /** What was wrong, if it is something else than as a rule. */
  readonly kind?: Failure['kind'];
  readonly address: string;
  /** `locked`: there were too many attempts, and this one was not looked at. */
  readonly reason: 'wrong' | 'locked' | 'disabled';
  /** The account that was meant, if there is one. */
  readonly user_id?: string;
}

/**
 * Logs a refused attempt, at every level, and keeps wrong proofs for instance admins to see. What was
 * typed as a name is neither logged nor kept: it is a password now and then.
 */
export function logRefusal(app: App, attempt: RefusedAttempt): void {
  const { what, address, reason, user_id, kind = kinds[what] } = attempt;
  const whose = user_id === undefined ? {} : { user_id };
  app.log.notice({ address, reason, ...whose }, `${what} refused`);
  if (kind === null || reason === 'disabled') return;
  app.state(failedLogins).add({ kind, user_id: user_id ?? null, address });
}
