// The wire shapes of passwords and of what a login answers.
import { z } from 'zod';
import { User } from '../../people/users/schema.ts';
import { countCodePoints, fitsWithin, longerThan, unitsOfText } from '../../../lib/text.ts';
import { bounded } from '../../shapes.ts';

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
