// The wire shapes of friends, requests and blocks.
import { z } from 'zod';
import { Activity } from '../../../gateway/protocol.ts';
import { Id, Time, whole } from '../../shapes.ts';

/** What stands on one's side between oneself and somebody else; the other side has its own. */
export const kind = { friend: 1, blocked: 2, incoming: 3, outgoing: 4 } as const;

/** The most friends, requests and blocks of one account together. */
export const maxRelations = 1_000;
/** So many of them may be requests from others, who must not fill the list of somebody else. */
export const maxIncoming = 200;
/** New requests of an account and its bots in an hour. */
export const maxPerHour = 50;
/** So many of these in a day may go to the same account. */
export const maxToOne = 10;

export const Relationship = z
  .object({
    id: Id.describe('the id of the other account'),
    user: z.object({
      id: Id,
      username: z.string(),
      display_name: z.string().describe('the username if there is none'),
      avatar: z.string().nullable(),
      status: z.enum(['online', 'idle', 'dnd', 'offline']).optional().describe('of friends only'),
      activities: z.array(Activity).optional().describe('of friends only'),
    }),
    type: z
      .int()
      .describe('1: friend; 2: blocked; 3: request from the other; 4: request to the other'),
    since: Time,
  })
  .meta({ id: 'Relationship' });
export type Relationship = z.output<typeof Relationship>;

export const RelationshipWish = z
  .object({ type: whole(1, 2).describe('1 asks for friendship, or accepts it; 2 blocks') })
  .meta({ id: 'RelationshipWish' });
