// The wire shapes of login.
import { z } from 'zod';
import { GivenPassword, guess } from '../auth/schema.ts';

export const Credentials = z
  .object({
    username: guess(256).describe('however it is written: case and blanks around it do not count'),
    password: GivenPassword,
  })
  .meta({ id: 'Credentials' });
