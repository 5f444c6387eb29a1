// The wire shapes of the log of what instance admins did.
import { z } from 'zod';
import { bounded, GivenId, Id, limit, Time } from '../../shapes.ts';

/** The kind of an act, such as `setting_update`; features declare the values. */
const AdminAction = z.string().meta({ id: 'AdminAction', examples: ['setting_update'] });

export const AdminTarget = z
  .enum(['user', 'space', 'settings', 'registration', 'invite'])
  .meta({ id: 'AdminTarget' });
export type AdminTarget = z.output<typeof AdminTarget>;

export const AdminEntry = z
  .object({
    id: Id,
    user_id: Id.optional().describe('who did it; absent: the operator, at the machine'),
    action_type: AdminAction,
    target_type: AdminTarget.optional(),
    target_id: z.string().optional().describe('an id; the code of an invite'),
    reason: z.string().optional(),
    changes: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('`{ old, new }` for each field that changed, or its value'),
    created_at: Time,
  })
  .meta({ id: 'AdminEntry', description: 'Something that an instance admin or the operator did.' });
export type AdminEntry = z.output<typeof AdminEntry>;

export const AdminLogQuery = z.object({
  limit: limit(25, 100),
  before: GivenId.optional().describe('entries older than that one'),
  user_id: GivenId.optional().describe('what this account did'),
  action_type: bounded(64)
    .optional()
    .meta({
      description: 'an action; of one that this server does not know there are no entries',
      examples: ['setting_update'],
    }),
});
export type AdminLogQuery = z.output<typeof AdminLogQuery>;
