// The wire shapes of reactions.
import { z } from 'zod';
import { PublicUser } from '../../people/users/schema.ts';
import { GivenId, Id, ListQuery, QueryFlag } from '../../shapes.ts';

/** The emoji is as it stands on the message: one of Unicode, a name, or `name:id`. */
export const Reacted = z
  .object({ channel_id: Id, message_id: Id, user_id: Id, emoji: z.string() })
  .meta({ id: 'Reacted' });

export const ReactorsQuery = ListQuery.extend({
  before: GivenId.optional().describe('a user id: those right before that one'),
  with_user: QueryFlag.optional().describe('accounts instead of ids'),
});
export type ReactorsQuery = z.output<typeof ReactorsQuery>;

/** A user id, or the account if the query asks for it. */
export const Reactor = z.union([PublicUser, Id]);
