// The REST surface of the log of what instance admins did.
import { z } from 'zod';
import { instanceAdmin } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { entriesOf } from './queries.ts';
import { AdminEntry, AdminLogQuery } from './schema.ts';
import { entryView } from './view.ts';

export const listAdminLog = endpoint({
  method: 'GET',
  path: '/admin/audit-log',
  summary: 'List what instance admins did, the newest first',
  access: instanceAdmin,
  query: AdminLogQuery,
  returns: z.array(AdminEntry),
  run: ({ app, query }) => entriesOf(app.db, query).map(entryView),
});
