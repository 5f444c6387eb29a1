// Turns application rows into what clients see.
import type { ApplicationRow } from './queries.ts';
import type { Application } from './schema.ts';

export function applicationView(row: ApplicationRow): Application {
  return {
    id: row.id,
    name: row.name,
    icon: null,
    description: row.description,
    bot_public: row.bot_public,
    owner_id: row.owner_id,
    flags: 0,
    bot_user_id: row.bot_user_id,
  };
}
