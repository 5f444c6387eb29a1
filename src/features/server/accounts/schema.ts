// The wire shapes of leaving the server.
import { z } from 'zod';
import { GivenPassword } from '../../doors/auth/schema.ts';
import { User } from '../../people/users/schema.ts';
import { GivenId, Id, Long, Time } from '../../shapes.ts';

/** Checked by hand where it is missing: that is 400 here. */
export const Deletion = z.object({ password: GivenPassword.optional() });

export const HandingOver = z
  .object({ owner_id: GivenId.describe('a member, and no bot'), password: GivenPassword })
  .meta({ id: 'HandingOver' });

export const ExportedMessage = z.object({
  id: Id,
  channel_id: Id,
  content: z.string(),
  created_at: Time,
});

export const DataExport = z
  .object({
    export_date: Time,
    user: User,
    spaces: z.array(z.object({ id: Id, name: z.string() })),
    messages: z
      .array(ExportedMessage)
      .describe('the newest 10,000, or as many as have 8 MiB of text; the oldest first'),
    message_count: Long.describe('how many there are'),
    truncated: z.literal(true).optional().describe('whether there are more than those given'),
    relationships: z.array(
      z.object({
        user_id: Id,
        target_id: Id,
        type: z.int().describe('as in a Relationship'),
        created_at: Time,
      }),
    ),
  })
  .meta({ id: 'DataExport', description: 'What an account holds.' });
