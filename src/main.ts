// The command line: `accord serve` (the default), `doctor`, `--version` and `--help`.
import { mkdirSync } from 'node:fs';
import { flags, readConfig, SettingError, type Config } from './config.ts';
import { DatabaseError } from './db/open.ts';
import { visitVoice } from './features/live/voice/visit.ts';
import { createLog } from './log.ts';
import { ListenError, startServer, StorageError, type RunningServer } from './server.ts';
import { version } from './version.ts';

const usage = `accord ${version.version}: a self-hosted chat and voice server

  accord [serve]        starts the server
  accord doctor         checks that voice works, and says what is wrong and how to mend it
  accord --version      says which version this is
  accord --help         prints this

  --data-dir DIR        keeps the database and the files in DIR
  --port N, --bind ADDRESS
  --livekit-url URL, --livekit-key KEY, --livekit-secret SECRET

Every other setting comes from the environment; the README lists them.`;

/** Reads the command, the data folder, and settings that override the environment. */
function readArguments(given: readonly string[]) {
  const environment: Record<string, string> = {};
  let command = 'serve';
  let data_dir: string | null = null;
  for (let index = 0; index < given.length; index += 1) {
    const [word = '', attached] = (given[index] ?? '').split(/=(.*)/s);
    if (!word.startsWith('-')) {
      command = word;
      continue;
    }
    if (['--help', '-h', '--version', '-v'].includes(word))
      return { command: word, environment, data_dir };
    const value = attached ?? given[(index += 1)];
    const setting = flags[word];
    if (value === undefined || (setting === undefined && word !== '--data-dir')) {
      throw new SettingError(
        setting === undefined && word !== '--data-dir'
          ? `${word} is no option; see accord --help.`
          : `${word} needs a value.`,
      );
    }
    if (setting === undefined) data_dir = value.replace(/(?<=.)\/+$/, '');
    else environment[setting] = value;
  }
  return { command, environment, data_dir };
}

/** Makes the operator's data folder if it is missing. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingError(`The folder "${path}" of --data-dir cannot be made: ${reason}.`);
  }
}

async function serve(config: Config): Promise<void> {
  const log = createLog(config);
  const starting = startServer({ config, log });
  // Before the start is done, so that a signal during the start stops the server cleanly too.
  stopOnSignals(starting, log);
  const running = await starting;
  const host = config.ACCORD_BIND.includes(':') ? `[${config.ACCORD_BIND}]` : config.ACCORD_BIND;
  log.info(
    { version: version.version, database: config.database_path },
    `listening on http://${host}:${running.port}`,
  );
  if (config.PUBLIC_URL === null) {
    log.warn({}, 'PUBLIC_URL is not set: addresses of files are made from what requests say');
  }
  if (config.ACCORD_TEST_MODE)
    log.warn({}, 'ACCORD_TEST_MODE is on: never on a server that people use');
}

function stopOnSignals(starting: Promise<RunningServer>, log: ReturnType<typeof createLog>): void {
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
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'stopping failed');
          process.exit(1);
        },
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop(signal));
}

async function main(): Promise<void> {
  try {
    const { command, environment, data_dir } = readArguments(process.argv.slice(2));
    if (command === '--help' || command === '-h') console.log(usage);
    else if (command === '--version' || command === '-v') console.log(version.version);
    else if (command === 'doctor') {
      const config = readConfig({ ...process.env, ...environment }, data_dir);
      const healthy = await visitVoice(config, (line) => console.log(line));
      process.exit(healthy ? 0 : 1);
    } else if (command === 'serve') {
      if (data_dir !== null) makeFolder(data_dir);
      await serve(readConfig({ ...process.env, ...environment }, data_dir));
    } else throw new SettingError(`${command} is no command; see accord --help.`);
  } catch (error) {
    const expected = [SettingError, DatabaseError, StorageError, ListenError].some(
      (kind) => error instanceof kind,
    );
    console.error(expected && error instanceof Error ? `accord: ${error.message}` : error);
    process.exit(1);
  }
}

await main();
