// The REST endpoints of the audit log.
import { z } from 'zod';
import { space } from '../../../access/rules.ts';
import { keptClasses } from '../../../access/viewable.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { withoutNames } from './nameless.ts';
import { entriesOf } from './queries.ts';
import { AuditEntry, AuditLogQuery } from './schema.ts';
import { entryView } from './view.ts';

export const listAuditLog = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/audit-log',
  summary:
    'List what was done in a space, the newest first; of channels only those that one may view',
  access: space('view_audit_log'),
  query: AuditLogQuery,
  returns: z.array(AuditEntry),
  run({ app, actor, member, space: found, query: { limit, before, user_id, action_type } }) {
    const classes = keptClasses(app, found, member, actor);
    const which = { before, user_id, action_type, classes };
    const entries = entriesOf(app.db, found.id, which, limit).map(entryView);
    return entries.map((entry) => withoutNames(app, entry));
  },
});
