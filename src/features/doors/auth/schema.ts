// The wire shapes of registration and login.
import { z } from 'zod';
import { DisplayName, NewUsername, User, Username } from '../../people/users/schema.ts';
import { countCodePoints, fitsWithin, longerThan, unitsOfText } from '../../../lib/text.ts';
import { bounded } from '../../shapes.ts';

export const Password = bounded(unitsOfText(128), longerThan(128))
  .refine((given) => countCodePoints(given.slice(0, 16)) >= 8, 'must be at least 8 characters long')
  .refine((given) => fitsWithin(given, 128), longerThan(128))
  .meta({ format: 'password', minLength: 8, maxLength: 128 });

/** Accepts any text, but documents the bounds of the rule that it has to fit later. */
const unchecked = (rule: z.ZodType) => z.string().meta({ ...rule.meta() });

/** Checks the shape only: the rate limit comes before what is wrong with the values. */
export const Registration = z
  .object({
    username: unchecked(Username),
    password: unchecked(Password),
    display_name: unchecked(DisplayName).nullish(),
  })
  .meta({ id: 'Registration' });

/** The rules for the fields of a registration, in the order in which they are checked. */
export const Newcomer = z.object({
  username: NewUsername,
  display_name: DisplayName.nullish(),
  password: Password,
});

/**
 * A password or name to compare. If it is too long for any account, it becomes "", which no account
 * has, so that no megabytes are hashed or remembered, and no long text of marks is composed.
 */
const guess = (longest: number) =>
  z.string().transform((given) => (given.length > longest ? '' : given));

export const GivenPassword = guess(unitsOfText(128));

export const Credentials = z
  .object({
    username: guess(256).describe('however it is written: case and blanks around it do not count'),
    password: GivenPassword,
  })
  .meta({ id: 'Credentials' });

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
