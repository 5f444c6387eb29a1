// Reads the command line: a command, its own words, and options that win over the environment.
import { flags, SettingError } from './config.ts';
import { misspelt } from './lib/nearest.ts';

export interface CommandLine<Command extends string> {
  command: Command | 'help' | 'version';
  /** The words after the command, as many as it takes. */
  words: string[];
  /** Settings by the name of their variable. */
  environment: Record<string, string>;
  data_dir: string | null;
}

const asked: Record<string, 'help' | 'version'> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-v': 'version',
};
const options = ['--data-dir', ...Object.keys(flags)];

/**
 * Reads the words after the program's name. `commands` says of each command which words it needs;
 * the first one is what runs if none is named. Throws a SettingError for whatever is too much, too
 * little or unknown.
 */
export function readCommandLine<Command extends string>(
  given: readonly string[],
  commands: Record<Command, readonly string[]>,
): CommandLine<Command> {
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index] ?? '';
    const question = asked[word];
    if (question) return { command: question, words: [], environment: {}, data_dir: null };
    if (!word.startsWith('-')) {
      words.push(word);
      continue;
    }
    const [option = '', attached] = word.split(/=(.*)/s);
    if (!options.includes(option)) throw new SettingError(unknown(option, 'option', options));
    if (values.has(option)) throw new SettingError(`${option} is given twice; give it once.`);
    const next = attached ?? given[(index += 1)] ?? '';
    if (next === '' || (attached === undefined && next.startsWith('--'))) {
      throw new SettingError(`${option} needs a value.`);
    }
    values.set(option, next);
  }
  return { ...readCommand(words, commands), ...settingsOf(values) };
}

function settingsOf(values: ReadonlyMap<string, string>) {
  const environment: Record<string, string> = {};
  for (const [option, value] of values) {
    const setting = flags[option];
    if (setting !== undefined) environment[setting] = value;
  }
  return {
    environment,
    data_dir: values.get('--data-dir')?.replace(/(?<=.)\/+$/, '') ?? null,
  };
}

function readCommand<Command extends string>(
  given: readonly string[],
  commands: Record<Command, readonly string[]>,
) {
  const known = Object.keys(commands) as Command[];
  const [first = known[0] ?? '', second = ''] = given;
  const both = `${first} ${second}`;
  const command = known.find((one) => one === both) ?? known.find((one) => one === first);
  if (command === undefined) throw new SettingError(unknownCommand(first, both, known));
  const words = given.slice(command.split(' ').length);
  const needed = commands[command];
  const missing = needed[words.length];
  if (missing !== undefined) throw new SettingError(`accord ${command} needs ${missing}.`);
  if (words.length > needed.length) {
    throw new SettingError(`"${words[needed.length]}" is one word too many; see accord --help.`);
  }
  return { command, words };
}

/** Of a command of two words, the first may be right. */
function unknownCommand(first: string, both: string, known: readonly string[]): string {
  const beginning = `${first} `;
  const seconds = known.filter((one) => one.startsWith(beginning));
  if (seconds.length === 0) return unknown(first, 'command', known);
  if (both !== beginning) return unknown(both, 'command', seconds);
  const names = seconds.map((one) => one.slice(beginning.length)).join(', ');
  return `accord ${first} needs one of ${names}; see accord --help.`;
}

function unknown(word: string, kind: string, known: readonly string[]): string {
  const meant = misspelt(word, known);
  return `"${word}" is no ${kind}${meant === null ? '' : ` (did you mean ${meant}?)`}; see accord --help.`;
}
