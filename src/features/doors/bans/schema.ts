// The wire shapes of bans.
import { z } from 'zod';
import { PublicUser } from '../../people/users/schema.ts';
import { clearable, GivenId, Id, limit, text, Time, whole } from '../../shapes.ts';

export const Ban = z
  .object({
    user_id: Id,
    space_id: Id,
    reason: z.string().nullable(),
    banned_by: Id.nullable(),
    created_at: Time,
    user: PublicUser,
  })
  .meta({ id: 'Ban' });
export type Ban = z.output<typeof Ban>;

/** The response to a new ban. */
export const BanWithPurge = Ban.extend({
  deleted_message_count: z.int().describe('messages that go with the ban'),
}).meta({ id: 'BanWithPurge' });

/** Messages can go with a ban if they were sent within this time before it: a week. */
const maxPurged_s = 604_800;

export const NewBan = z
  .object({
    reason: clearable(text(1000)),
    delete_message_seconds: whole(0, maxPurged_s)
      .nullable()
      .describe('messages of the last so many seconds go as well; a week at most'),
  })
  .partial()
  .meta({ id: 'NewBan' });
export type NewBan = z.output<typeof NewBan>;

export const BansQuery = z.object({
  limit: limit(1000, 1000),
  after: GivenId.optional().describe('a user id: bans older than that one'),
  before: GivenId.optional().describe('a user id: bans newer than that one'),
});
export type BansQuery = z.output<typeof BansQuery>;
