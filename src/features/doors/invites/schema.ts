// The wire shapes of invites.
import { z } from 'zod';
import { PublicSpace } from '../../spaces/spaces/schema.ts';
import { PublicUser } from '../../people/users/schema.ts';
import { bounded, Id, limit, Long, Time } from '../../shapes.ts';

export const Code = z.string().meta({ description: '8 letters and digits' });

export const Invite = z
  .object({
    code: Code,
    space_id: Id,
    channel_id: Id.nullable().describe('null: an invite to the space as a whole'),
    inviter_id: Id.nullable().describe('null: the server’s own, or its maker wants no trace'),
    max_uses: Long.nullable().describe('null, 0 or below: any number'),
    uses: z.int(),
    max_age: Long.nullable().describe('seconds; null, 0 or below: never expires'),
    temporary: z.boolean().describe('who comes by it leaves again unless given a role'),
    created_at: Time,
    expires_at: Time.nullable(),
  })
  .meta({ id: 'Invite' });
export type Invite = z.output<typeof Invite>;

/** The part of a space that holders of a code may see: more than strangers, less than members. */
export const InvitedSpace = PublicSpace.extend({ public: z.boolean() }).meta({
  id: 'InvitedSpace',
});

export const InviteDetails = Invite.extend({
  space: InvitedSpace,
  inviter: PublicUser.optional(),
}).meta({ id: 'InviteDetails' });

/** An invite in an event: clients take no null for `channel_id`, so it is left out. */
export const InviteTold = Invite.extend({ channel_id: Id.optional() }).meta({ id: 'InviteTold' });

/** Kept and returned as it is given. */
const Bound = z.int().min(0).nullable().default(null);

export const NewInvite = z
  .object({
    max_uses: Bound.describe('null or 0: any number'),
    max_age: Bound.describe('seconds; null or 0: never expires'),
    temporary: z.boolean().nullish(),
  })
  .meta({ id: 'NewInvite' });
export type NewInvite = z.output<typeof NewInvite>;

export const InvitesQuery = z.object({
  limit: limit(1000, 1000),
  after: bounded(64).optional().describe('the code of the last invite of the page before'),
});
export type InvitesQuery = z.output<typeof InvitesQuery>;
