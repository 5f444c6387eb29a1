// The REST surface of administration: settings, figures, storage.
import { z } from 'zod';
import { instanceAdmin } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { AdminSettings, SettingsPatch } from '../../base/settings/schema.ts';
import { largestOwners, namesOf } from './queries.ts';
import { StorageEntry, storageAfter, storageFrom, StorageQuery, Stats } from './schema.ts';
import { changeSettings, settingsNow } from './settings.ts';
import { stats } from './stats.ts';

export const getAdminSettings = endpoint({
  method: 'GET',
  path: '/admin/settings',
  summary: 'Read all settings of the server',
  access: instanceAdmin,
  returns: AdminSettings,
  run: ({ app }) => settingsNow(app),
});

export const updateSettings = endpoint({
  method: 'PATCH',
  path: '/admin/settings',
  summary: 'Change settings of the server',
  hint: 'null clears texts and `max_upload_per_day`; other fields stay as they are. The change holds at once.',
  access: instanceAdmin,
  body: SettingsPatch,
  body_limit: 256 * 1024,
  returns: AdminSettings,
  run: ({ turn, actor, body }) => changeSettings(turn, actor, body),
});

export const getStats = endpoint({
  method: 'GET',
  path: '/admin/stats',
  summary: 'Read what the server holds and does',
  hint: 'The figures are taken at most once a minute.',
  access: instanceAdmin,
  returns: Stats,
  prepare: ({ app }) => app.state(stats)(),
  run: ({ prepared }) => prepared,
});

export const listStorage = endpoint({
  method: 'GET',
  path: '/admin/storage',
  summary: 'List whose attachments take how much, the largest first',
  access: instanceAdmin,
  query: StorageQuery,
  returns: z.array(StorageEntry),
  form: 'page',
  run({ app, query: { by, limit, after } }) {
    const rows = largestOwners(
      app.db,
      by,
      after === undefined ? { id: '' } : storageFrom(after),
      limit + 1,
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const names = namesOf(
      app.db,
      by,
      page.map(({ id }) => id),
    );
    return {
      items: page.map((row) => ({ ...row, name: names.get(row.id) ?? '' })),
      cursor: rows.length > limit && last ? { after: storageAfter(last), has_more: true } : null,
    };
  },
});
