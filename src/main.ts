// The command line: `accord serve` (the default), `backup`, `restore`, `check`, `doctor`, `status`, `admin …`, `--version` and `--help`.
import { mkdirSync } from 'node:fs';
import type { Log } from './app.ts';
import { readCommandLine, type CommandLine } from './command-line.ts';
import { readConfig, SettingError, type Config } from './config.ts';
import { DatabaseError } from './db/open.ts';
import { oversee } from './alone.ts';
import { ApiError } from './errors.ts';
import { isVerb, operatorCommands, type VerbName } from './features/server/operator/verbs.ts';
import { openFiles } from './lib/open-files.ts';
import { createLog, logWritten } from './log.ts';
import { ListenError } from './listen.ts';
import { Failure } from './maintenance/watch.ts';
import { startServer, StorageError, type RunningServer } from './server.ts';
import { version } from './version.ts';
import { reasonOf } from './lib/reason.ts';

const usage = `accord ${version.version}: a self-hosted chat and voice server

  accord [serve]        starts the server
  accord backup DIR     makes a backup in the new folder DIR, also while the server runs
  accord restore FROM   puts a backup, or a database file, in the place of the database, which is kept
  accord check          checks the database and the files, and says what to do
  accord doctor         checks that voice works, and says what is wrong and how to mend it
  accord status         says how the server does that runs here; its status is 1 if none does
  accord admin list     says who administers the server
  accord admin make NAME, disable NAME, enable NAME
                        makes somebody an admin; shuts an account out, or lets it in again
  accord admin reset-password NAME
                        gives an account a new password, which has to be changed at the next login
  accord admin recover NAME
                        prints a code by which an account gets a new password, for 24 hours
  accord admin setup-code
                        prints the code by which the first admin claims the server that runs
  accord --version      says which version this is
  accord --help         prints this

  --data-dir DIR        keeps the database and the files in DIR, whatever DATABASE_URL says
  --port N, --bind ADDRESS
  --livekit-url URL, --livekit-key KEY, --livekit-secret SECRET

Every other setting comes from the environment; the README lists them.`;

/** The commands and the words that each needs; the first one runs if none is named. */
const ownCommands = {
  serve: [],
  backup: ['a new folder for the backup, such as backups/monday'],
  restore: ['a backup: its folder, or a database file'],
  check: [],
  doctor: [],
} as const satisfies Record<string, readonly string[]>;

type OwnCommand = keyof typeof ownCommands;

const commands: Record<OwnCommand | VerbName, readonly string[]> = {
  ...ownCommands,
  ...operatorCommands,
};

type Given = CommandLine<OwnCommand | VerbName>;

/** Below this, the limit of open files is told at the start. */
const enough_files = 4_096;

function configOf({ environment, data_dir }: Given): Config {
  return readConfig({ ...process.env, ...environment }, data_dir);
}

/** Makes the operator's data folder if it is missing. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    const reason = reasonOf(error);
    throw new SettingError(`The folder "${path}" of --data-dir cannot be made: ${reason}.`);
  }
}

async function serve(given: Given): Promise<void> {
  const config = configOf(given);
  if (given.data_dir !== null) makeFolder(given.data_dir);
  const log = createLog(config);
  for (const remark of config.remarks) log.notice({}, remark);
  sayOpenFiles(log);
  const held = holding(log);
  const starting = startServer({ config, log: held.log });
  // Before the start is done, so that a signal during the start stops the server cleanly too.
  stopOnSignals(starting, log);
  const running = await starting;
  held.release();
  log.info(
    { version: version.version, database: config.database_path },
    `listening on http://${running.host}`,
  );
  if (config.PUBLIC_URL === null) {
    log.warn(
      {},
      'PUBLIC_URL is not set: addresses of files name the host by which an instance admin last came',
    );
  }
  if (config.ACCORD_TEST_MODE)
    log.warn({}, 'ACCORD_TEST_MODE is on: never on a server that people use');
}

/** Holds failures back until the start is done: one that fails is told in one line. */
function holding(log: Log): { log: Log; release(): void } {
  let held: Parameters<Log['error']>[] | null = [];
  const error: Log['error'] = (...line) => {
    if (held === null) log.error(...line);
    else held.push(line);
  };
  return {
    log: { ...log, error },
    release() {
      const lines = held ?? [];
      held = null;
      for (const line of lines) log.error(...line);
    },
  };
}

function sayOpenFiles(log: Log): void {
  const files = openFiles();
  if (files === null || files.limit >= enough_files) return;
  // The database, the log, uploads and requests need some, too.
  const sockets = Math.max(0, files.limit - files.open - 64);
  log.notice(
    { limit: files.limit },
    `about ${sockets} sockets fit, since the system allows few open files: raise the limit with "ulimit -n 65536", LimitNOFILE of systemd, or ulimits of compose`,
  );
}

/** Ends the process when the last lines of the log are out, or cannot be. */
async function exit(code: number): Promise<never> {
  await logWritten(500);
  process.exit(code);
}

function stopOnSignals(starting: Promise<RunningServer>, log: Log): void {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    // The process ends after 10 s at most, even if stopping hangs.
    setTimeout(() => process.exit(1), 10_000).unref();
    starting
      .then((running) => running.stop())
      .then(
        () => exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'stopping failed');
          return exit(1);
        },
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop(signal));
}

/** Runs a command that ends by itself; returns the status of the process. */
async function maintain(given: Given): Promise<number> {
  // Here and below: a server does not wait at its start for what only other commands need.
  const { runBackup, runCheck, runRestore } = await import('./maintenance/commands.ts');
  const config = configOf(given);
  const [word = ''] = given.words;
  if (given.command === 'backup') return runBackup(config, word);
  if (given.command === 'check') return runCheck(config);
  if (given.data_dir !== null) makeFolder(given.data_dir);
  return runRestore(config, word);
}

/** Runs a verb of the operator, in the server that runs or without one; returns the status. */
async function runVerb(given: Given, verb: VerbName): Promise<number> {
  const config = configOf(given);
  const [word = ''] = given.words;
  const log = createLog({ ...config, LOG_LEVEL: 'error' });
  const told = await oversee({ config, log }, verb, word);
  if (told === null) {
    console.log('No server runs here.');
    return 1;
  }
  if ('refused' in told) throw new Failure(told.refused);
  for (const line of told.lines) console.log(line);
  return 0;
}

async function run(given: Given): Promise<void> {
  if (given.command === 'help') console.log(usage);
  else if (given.command === 'version') console.log(version.version);
  else if (given.command === 'doctor') {
    const config = configOf(given);
    for (const remark of config.remarks) console.error(`accord: ${remark}`);
    if (config.PUBLIC_URL === null && config.TRUSTED_PROXIES.length === 0) {
      console.error(
        'accord: PUBLIC_URL and TRUSTED_PROXIES are not set: if a proxy passes requests on, set both, or everybody counts as one client, on this machine',
      );
    }
    const { visitVoice } = await import('./features/live/voice/visit.ts');
    const healthy = await visitVoice(config, (line) => console.log(line));
    process.exit(healthy ? 0 : 1);
  } else if (given.command === 'serve') await serve(given);
  else if (isVerb(given.command)) process.exit(await runVerb(given, given.command));
  else process.exit(await maintain(given));
}

/** One line for what an operator can mend; the whole error for what only we can. */
function complaint(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isForOperator = [SettingError, DatabaseError, StorageError, ListenError, Failure].some(
    (kind) => error instanceof kind,
  );
  if (isForOperator) return `accord: ${error.message.replaceAll('\n', ' ')}`;
  if (error instanceof ApiError && error.problem === 'unavailable') {
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    return `accord: The server cannot start, since the database cannot be written: ${reason}.`;
  }
  // A verb of the operator was refused.
  if (error instanceof ApiError) return `accord: ${error.message}`;
  // A disk, a file or a database that failed while the server was starting.
  const isOfSystem = 'code' in error && /^(SQLITE_|E[A-Z]+$)/.test(String(error.code));
  return isOfSystem
    ? `accord: The server cannot start: ${error.message.replaceAll('\n', ' ')}.`
    : error;
}

async function main(): Promise<void> {
  // What this process makes is for its own user alone: database, uploads, copies.
  process.umask(process.umask() | 0o077);
  try {
    await run(readCommandLine(process.argv.slice(2), commands));
  } catch (error) {
    console.error(complaint(error));
    await exit(1);
  }
}

await main();
