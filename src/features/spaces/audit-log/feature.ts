// The feature of the audit log.
import { audit_entries } from '../../../db/schema/log.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import * as events from './events.ts';
import { withNamelessEntries } from './nameless.ts';
import * as routes from './routes.ts';

export const auditLogFeature = feature({
  name: 'audit-log',
  modules: [routes, events],
  hooks: { retells: withNamelessEntries },
  tables: [audit_entries],
  keeps: { space: [rowsWith(audit_entries.space_id)] },
  ids: [audit_entries],
});
