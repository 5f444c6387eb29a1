// The wire shapes of registration and login.
import { z } from 'zod';
import { DisplayName, User, Username } from '../users/schema.ts';
import { fitsWithin } from '../../lib/text.ts';

export const Password = z
  .string()
  .min(8)
  .refine((given) => fitsWithin(given, 128), 'must be at most 128 characters long')
  .meta({ format: 'password', maxLength: 128 });

export const Registration = z
  .object({ username: Username, password: Password, display_name: DisplayName.nullish() })
  .meta({ id: 'Registration' });

export const Credentials = z
  .object({ username: z.string().max(256), password: z.string().max(1024) })
  .meta({ id: 'Credentials' });

export const Login = z
  .object({
    user: User,
    token: z.string(),
    force_password_reset: z.literal(true).optional(),
  })
  .meta({ id: 'Login' });
