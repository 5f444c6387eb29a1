// The wire shapes of recovery codes.
import { z } from 'zod';
import { maxTyped } from '../../../lib/recovery-code.ts';
import { Time } from '../../shapes.ts';
import { guess, Login, Password } from '../auth/schema.ts';
import { SecondStep } from '../second-factor/schema.ts';

export const RecoveryCode = z.string().meta({
  description: 'eight groups of four characters of `0-9a-z` without i, l, o and u; shown this once',
  examples: ['hs7k-2f9d-0q3w-xr5m-b8vt-4n6c-zj1e-gp2y'],
});

export const OwnCode = z.object({ recovery_code: RecoveryCode }).meta({ id: 'RecoveryCode' });

export const Recovery = z
  .object({
    username: guess(256).describe('however it is written: case and blanks around it do not count'),
    recovery_code: guess(maxTyped).describe('case, blanks and hyphens do not count'),
    new_password: Password,
  })
  .meta({ id: 'Recovery' });

/** What a login answers, and the code that takes the place of the one that was used. */
export const Recovered = z.xor([
  Login.extend({ recovery_code: RecoveryCode }).meta({ id: 'Recovered' }),
  SecondStep.extend({ recovery_code: RecoveryCode }).meta({ id: 'RecoveredSecondStep' }),
]);
export type Recovered = z.output<typeof Recovered>;

export const GivenCode = z
  .object({
    code: RecoveryCode,
    expires_at: Time.describe('24 hours later'),
  })
  .meta({ id: 'GivenRecoveryCode' });
