// The wire shapes of registration.
import { z } from 'zod';
import { bounded, GivenId, Id, limit, Long, text, Time, whole } from '../../shapes.ts';
import { DisplayName, NewUsername, PublicUser, Username } from '../../people/users/schema.ts';
import { Login, Password } from '../auth/schema.ts';
import { SetupCode } from '../claim/schema.ts';
import { Code } from '../invites/schema.ts';
import { RecoveryCode } from '../recovery/schema.ts';

/** Accepts any text, but documents the bounds of the rule that it has to fit later. */
const unchecked = (rule: z.ZodType) => z.string().meta({ ...rule.meta() });

/** Of the older fields it checks the shape only: the rate limit comes before their values. */
export const Registration = z
  .object({
    username: unchecked(Username),
    password: unchecked(Password),
    display_name: unchecked(DisplayName).nullish(),
    invite_code: bounded(64)
      .nullish()
      .describe('an invite to a space or to the server; it is used'),
    setup_code: SetupCode.nullish().describe(
      'makes the account the admin of a server that has none',
    ),
    reason: text(500).nullish().describe('what admins read where they look at new accounts first'),
    recovery: z
      .boolean()
      .default(false)
      .describe('whether the answer has a code that replaces a forgotten password once'),
  })
  .meta({ id: 'Registration' });

export const Registered = Login.extend({
  recovery_code: RecoveryCode.optional(),
}).meta({ id: 'Registered' });
export type Registration = z.output<typeof Registration>;

/** The rules for the fields of a registration, in the order in which they are checked. */
export const Newcomer = z.object({
  username: NewUsername,
  display_name: DisplayName.nullish(),
  password: Password,
});

// Approval -------------------------------------------------------------------------------------

const waiting = {
  user: PublicUser.describe('the account that it will be'),
  reason: z.string().describe('what the newcomer wrote; "" for nothing'),
  address: z.string().describe('the IP address that it came from'),
  invite_code: Code.optional(),
  created_at: Time,
};

export const WaitingRegistration = z
  .object(waiting)
  .meta({ id: 'WaitingRegistration', description: 'An account that an admin has to approve.' });
export type WaitingRegistration = z.output<typeof WaitingRegistration>;

export const DecidedRegistration = z
  .object({ ...waiting, state: z.enum(['approved', 'rejected']) })
  .meta({ id: 'DecidedRegistration' });

export const Decision = z
  .object({ reason: text(512).nullish().describe('for the log of admins') })
  .meta({ id: 'Decision' });

// Invites to the server ------------------------------------------------------------------------

export const ServerInvite = z
  .object({
    code: Code,
    space_id: Id.nullable().describe('a space that the newcomer joins as well'),
    channel_id: z.null(),
    inviter_id: Id.nullable().describe('the admin who made it; null: the account is deleted'),
    max_uses: Long.describe('0: any number'),
    uses: z.int(),
    max_age: Long.describe('seconds; 0: never expires'),
    temporary: z.literal(false),
    note: z.string().describe('for admins'),
    skip_approval: z.boolean().describe('whether accounts made by it need no approval'),
    created_at: Time,
    expires_at: Time.nullable(),
  })
  .meta({ id: 'ServerInvite', description: 'An invite to make an account.' });
export type ServerInvite = z.output<typeof ServerInvite>;

const tenYears_s = 10 * 365 * 24 * 3_600;

export const NewServerInvite = z
  .object({
    max_uses: whole(0, 1_000_000).default(1).describe('0: any number'),
    max_age: whole(0, tenYears_s)
      .default(7 * 24 * 3_600)
      .describe('seconds; 0: never expires'),
    note: text(200).default(''),
    space_id: GivenId.nullish(),
    skip_approval: z.boolean().default(false),
  })
  .meta({ id: 'NewServerInvite' });
export type NewServerInvite = z.output<typeof NewServerInvite>;

export const ServerInvitesQuery = z.object({
  limit: limit(1000, 1000),
  after: bounded(64).optional().describe('the code of the last invite of the page before'),
});
export type ServerInvitesQuery = z.output<typeof ServerInvitesQuery>;
