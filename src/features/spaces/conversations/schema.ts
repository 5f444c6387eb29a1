// The bodies of requests about conversations.
import { z } from 'zod';
import { GivenId } from '../../shapes.ts';

/** The most people of a conversation. */
export const maxPeople = 10;
const maxOthers = maxPeople - 1;

/** Whom to talk to: `recipient_id`, or one or more `recipients`. */
export const NewConversation = z
  .object({
    recipient_id: GivenId.nullish().describe('a conversation of two; it wins over `recipients`'),
    recipients: z
      .array(GivenId)
      .max(100)
      .nullish()
      .describe(
        `one: a conversation of two, which is opened once; up to ${maxOthers}: always a new group`,
      ),
  })
  .meta({ id: 'NewConversation' });
export type NewConversation = z.output<typeof NewConversation>;
