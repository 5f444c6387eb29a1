// Opens a database without serving it, for a command of the operator while no server runs.
import { existsSync } from 'node:fs';
import type { App, Log } from './app.ts';
import type { Config } from './config.ts';
import { lockDatabase } from './db/lock.ts';
import { DatabaseError, openDatabase } from './db/open.ts';
import { features } from './features.ts';
import { bootstrap } from './features/server/instance/bootstrap.ts';
import { assemble, openStorage } from './server.ts';

/**
 * Runs something with the app of a database that nobody serves, and closes it. Nobody listens, but
 * events are told: sessions that resume later get them. Throws a DatabaseError if it is served, or
 * is not there.
 */
export async function runAlone<T>(
  { config, log }: { config: Config; log: Log },
  run: (app: App) => Promise<T>,
): Promise<T> {
  const { database_path } = config;
  if (!existsSync(database_path)) {
    throw new DatabaseError(`There is no database "${database_path}"; start the server first.`);
  }
  const unlock = lockDatabase(database_path);
  try {
    const db = openDatabase(database_path, config.DATABASE_SYNCHRONOUS);
    const { app, writer } = assemble(
      { config, log: quiet(log), features },
      db,
      await openStorage(config),
    );
    try {
      await bootstrap(app);
      return await run(app);
    } finally {
      writer.close();
      db.sqlite.close();
    }
  } finally {
    unlock();
  }
}

/** What a server says at its start is not what was asked. */
const quiet = (log: Log): Log => ({ ...log, notice() {} });
