// The wire shapes of the audit log; clients take no null for a text, so it is left out.
import { z } from 'zod';
import { bounded, GivenId, Id, limit, Time } from '../../shapes.ts';

/** The kind of an action, such as `role_create`; features declare the values. */
const ActionType = z.string().meta({ id: 'ActionType', examples: ['role_create'] });

export const TargetType = z
  .enum(['space', 'channel', 'role', 'user', 'member', 'invite', 'emoji'])
  .meta({ id: 'TargetType' });
export type TargetType = z.output<typeof TargetType>;

/** `{ old, new }` for a field that changed; its value if the thing was made or deleted. */
export const Changes = z.record(z.string(), z.unknown()).meta({
  id: 'Changes',
  description: '`{ old, new }` for each field that changed, or its value.',
});
export type Changes = z.output<typeof Changes>;

export const AuditEntry = z
  .object({
    id: Id,
    space_id: Id,
    user_id: Id.describe('who did it'),
    action_type: ActionType,
    target_type: TargetType.optional(),
    target_id: z.string().optional().describe('an id; the code of an invite'),
    reason: z.string().optional(),
    changes: Changes.optional(),
    created_at: Time,
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.output<typeof AuditEntry>;

export const AuditLogQuery = z.object({
  limit: limit(25, 100),
  before: GivenId.optional().describe('entries older than that one'),
  user_id: GivenId.optional().describe('what this account did'),
  action_type: bounded(64)
    .optional()
    .meta({
      description: 'an action; of one that this server does not know there are no entries',
      examples: ['role_create'],
    }),
});
export type AuditLogQuery = z.output<typeof AuditLogQuery>;
