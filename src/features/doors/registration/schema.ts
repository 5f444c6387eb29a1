// The wire shapes of registration.
import { z } from 'zod';
import { DisplayName, NewUsername, Username } from '../../people/users/schema.ts';
import { Password } from '../auth/schema.ts';

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
