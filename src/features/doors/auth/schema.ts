// The wire shapes of passwords, of what a login answers, and of the lists of logins.
import { z } from 'zod';
import { User } from '../../people/users/schema.ts';
import { countCodePoints, fitsWithin, longerThan, unitsOfText } from '../../../lib/text.ts';
import { bounded, GivenId, Id, limit, Time } from '../../shapes.ts';

export const Password = bounded(unitsOfText(128), longerThan(128))
  .refine((given) => countCodePoints(given.slice(0, 16)) >= 8, 'must be at least 8 characters long')
  .refine((given) => fitsWithin(given, 128), longerThan(128))
  .meta({ format: 'password', minLength: 8, maxLength: 128 });

/**
 * A password or name to compare. If it is too long for any account, it becomes "", which no account
 * has, so that no megabytes are hashed or remembered, and no long text of marks is composed.
 */
export const guess = (longest: number) =>
  z.string().transform((given) => (given.length > longest ? '' : given));

export const GivenPassword = guess(unitsOfText(128));

/** What is asked for before something that a stolen token must not do. */
export const PasswordProof = z.object({ password: GivenPassword });

/** Two screens of the Godot client name the old password differently. */
export const PasswordChange = z
  .object({
    old_password: GivenPassword.optional(),
    current_password: GivenPassword.optional().meta({
      deprecated: true,
      description: 'the same as `old_password`',
    }),
    new_password: Password,
  })
  .meta({ id: 'PasswordChange' });

export const Login = z
  .object({
    user: User,
    token: z.string(),
    force_password_reset: z.literal(true).optional(),
  })
  .meta({ id: 'Login' });
export type Login = z.output<typeof Login>;

const LoginId = z
  .string()
  .meta({ description: '32 hex digits', examples: ['5f0c7ab1e2d34c6f8a9b0c1d2e3f4051'] });
const device = z.string().describe('what the client calls itself; "" if it does not say');

export const OwnLogin = z
  .object({
    id: LoginId,
    current: z.boolean().describe('whether this is the login that the request was made with'),
    device,
    address: z.string().meta({
      description:
        'from where, roughly: the /24 of an IPv4 address, the /48 of an IPv6; "" if unknown',
      examples: ['203.0.113.0/24'],
    }),
    created_at: Time,
    last_used_at: Time.describe('in a server that was killed, up to an hour too early'),
    expires_at: Time,
    connected: z.boolean().describe('whether a gateway session of it has a socket'),
  })
  .meta({ id: 'OwnLogin', description: 'A login of one’s own, whose token is valid.' });
export type OwnLogin = z.output<typeof OwnLogin>;

export const NewLogin = z
  .object({ device, address: OwnLogin.shape.address, at: Time })
  .meta({ id: 'NewLogin' });
export type NewLogin = z.output<typeof NewLogin>;

export const Revocation = z
  .object({
    keep_current: z
      .boolean()
      .default(false)
      .describe('whether the token that this is called with stays'),
  })
  .meta({ id: 'Revocation' });

export const AnyLogin = z
  .object({
    id: LoginId,
    address: z.string().describe('the whole address; "" if it is not known'),
    device,
    created_at: Time,
    last_used_at: Time,
  })
  .meta({
    id: 'AnyLogin',
    description: 'A login of an account, whether its token is valid or not.',
  });
export type AnyLogin = z.output<typeof AnyLogin>;

/** An account has some two hundred logins that are kept at most. */
export const AnyLoginsQuery = z.object({
  limit: limit(50, 100),
  after: bounded(32).optional().describe('the id of the last login of the page before'),
});
export type AnyLoginsQuery = z.output<typeof AnyLoginsQuery>;

export const FailedLogin = z
  .object({
    id: Id,
    username: z
      .string()
      .optional()
      .describe(
        'the account that was meant; absent if there is none, for what was typed is not kept',
      ),
    address: z.string(),
    at: Time,
    kind: z.enum(['password', 'mfa', 'recovery']).describe('what was wrong, or tried too often'),
  })
  .meta({ id: 'FailedLogin' });
export type FailedLogin = z.output<typeof FailedLogin>;

export const FailedLoginsQuery = z.object({
  limit: limit(100, 1000),
  after: GivenId.optional().describe('the id of the last one of the page before: older ones'),
});
export type FailedLoginsQuery = z.output<typeof FailedLoginsQuery>;
