// The events of the audit log; an entry of a channel goes only to those who may view the channel.
import { event } from '../../../events/event.ts';
import { AuditEntry } from './schema.ts';

export const entryRecorded = event('audit_log.create', {
  summary: 'Something was done that the audit log keeps',
  intent: 'moderation',
  audience: 'permission',
  data: AuditEntry,
});
