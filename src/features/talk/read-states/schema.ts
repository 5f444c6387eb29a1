// The wire shapes of read states.
import { z } from 'zod';
import { bounded, GivenId, Id, limit } from '../../shapes.ts';

/** What is counted at most of what lies behind a pointer. */
export const maxMentions = 100;

export const Acknowledgement = z
  .object({
    message_id: GivenId.describe('the newest message that was read'),
    thread_id: GivenId.nullish().describe(
      'the first message of the thread that was read; not needed for a reply that still exists',
    ),
  })
  .meta({ id: 'Acknowledgement' });
export type Acknowledgement = z.output<typeof Acknowledgement>;

const mention_count = z
  .int()
  .describe(
    `unread messages that mention the account, its roles or everyone, and in conversations all by others; at most ${maxMentions}`,
  );

/** An unread channel. Keys without a value are absent: the Godot client takes no null. */
export const Unread = z
  .object({
    channel_id: Id,
    space_id: Id.optional().describe('absent in conversations'),
    last_read_message_id: Id.optional().describe('absent where nothing was acknowledged yet'),
    last_message_id: Id.optional(),
    mention_count,
  })
  .meta({ id: 'Unread' });
export type Unread = z.output<typeof Unread>;

export const UnreadThread = Unread.extend({
  thread_id: Id.describe('the first message of the thread'),
}).meta({ id: 'UnreadThread' });
export type UnreadThread = z.output<typeof UnreadThread>;

export const ReadState = z
  .object({
    channel_id: Id,
    last_read_message_id: Id,
    mention_count,
    unread: z.boolean().describe('whether others have written something after that'),
    thread_id: Id.optional().describe('for a thread, which has a state of its own'),
  })
  .meta({ id: 'ReadState' });
export type ReadState = z.output<typeof ReadState>;

/** The cursor of a list of threads: a channel, and the first message of one of its threads, if any. */
const ThreadPlace = bounded(39, 'is no cursor of this list')
  .regex(/^\d{1,19}(:\d{1,19})?$/, 'is no cursor of this list')
  .meta({ pattern: '^[0-9]{1,19}(:[0-9]{1,19})?$' });

export const UnreadThreadsQuery = z.object({
  limit: limit(100, 100),
  after: ThreadPlace.optional().describe('`cursor.after` of the page before'),
});
export type UnreadThreadsQuery = z.output<typeof UnreadThreadsQuery>;
