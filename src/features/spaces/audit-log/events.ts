// What those hear of the audit log who may read it; of a channel that is not for all only who may view it.
import { event } from '../../../events/event.ts';
import { AuditEntry } from './schema.ts';

export const entryRecorded = event('audit_log.create', {
  summary: 'Something was done that the audit log keeps',
  intent: 'moderation',
  audience: 'permission',
  data: AuditEntry,
});
