// Runs commands of the operator: in the server that runs, or with the database alone while none does.
import { existsSync } from 'node:fs';
import type { App, Log } from './app.ts';
import type { Config } from './config.ts';
import { lockDatabase, ServedError } from './db/lock.ts';
import { DatabaseError, openDatabase } from './db/open.ts';
import { features } from './features.ts';
import { bootstrap } from './features/server/instance/bootstrap.ts';
import type { Told } from './features/server/operator/listener.ts';
import { perform, verbs, type VerbName } from './features/server/operator/verbs.ts';
import { askServer } from './features/server/operator/visit.ts';
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

/** So long a command waits for another one, and for a server that starts or stops. */
const [patience_ms, pause_ms] = [10_000, 100];

/**
 * Runs a verb of the operator in the server that runs, or without one; null if none runs and the verb
 * is about one. Throws an ApiError for what is refused without a server, and a DatabaseError.
 */
export async function oversee(
  { config, log }: { config: Config; log: Log },
  verb: VerbName,
  word: string,
): Promise<Told | null> {
  const until_ms = performance.now() + patience_ms;
  for (;;) {
    const told = await askServer(config.database_path, verb, word);
    if (told !== null || verbs[verb].running) return told;
    try {
      return { lines: await runAlone({ config, log }, (app) => perform(app, verb, word)) };
    } catch (error) {
      if (!(error instanceof ServedError) || performance.now() >= until_ms) throw error;
    }
    await Bun.sleep(pause_ms);
  }
}
