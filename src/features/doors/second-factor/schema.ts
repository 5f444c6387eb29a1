// The wire shapes of second factors, and of what a login answers where there is one.
import { z } from 'zod';
import { bounded } from '../../shapes.ts';
import { Login } from '../auth/schema.ts';

export const SecondStep = z
  .object({
    mfa_required: z.literal(true),
    ticket: z.string().describe('for `POST /auth/login/mfa`, within five minutes'),
    methods: z
      .array(z.enum(['totp', 'backup']))
      .describe('what goes as a code: one of the authenticator app, or a backup code'),
  })
  .meta({ id: 'SecondStep', description: 'The password was right; a code is asked for as well.' });

/** What everything answers that signs people in with something that they know. */
export const LoginAnswer = z.xor([Login, SecondStep]);
export type LoginAnswer = z.output<typeof LoginAnswer>;

export const TicketAndCode = z
  .object({
    ticket: bounded(64),
    code: bounded(64).describe('six digits of the authenticator app, or a backup code'),
  })
  .meta({ id: 'TicketAndCode' });

/** The digits that an authenticator app shows; blanks around them do not count. */
export const AppCode = z.object({
  code: bounded(64)
    .transform((given) => given.trim())
    .pipe(z.string().regex(/^[0-9]{6}$/, 'must be six digits'))
    .meta({ minLength: 6, maxLength: 6, pattern: '^[0-9]{6}$' }),
});

export const Enrolment = z
  .object({
    secret: z.string().describe('Base32, for who types it into the app'),
    otpauth_uri: z.string().describe('the same as an address, for a QR code'),
  })
  .meta({ id: 'Enrolment' });

export const BackupCodes = z
  .object({ backup_codes: z.array(z.string()).describe('shown this once') })
  .meta({ id: 'BackupCodes' });
