// What the operator can do at the machine: the verbs of `accord admin` and `accord status`.
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { listAdmins } from './accounts.ts';
import { statusLines } from './status.ts';

export interface Verb {
  /** What its word is, such as "the name of an account"; null if it takes none. */
  readonly needs: string | null;
  /** Whether it says something only of a server that runs. */
  readonly running?: boolean;
  /** Does it, and returns the lines to print. */
  run(app: App, word: string): Promise<string[]>;
}

export type VerbName = 'status' | 'admin list';

const account = 'the user name of an account';

/** The verbs by the words of the command line; the operator at the machine may use all of them. */
export const verbs: Record<VerbName, Verb> = {
  status: { needs: null, running: true, run: (app) => statusLines(app) },
  'admin list': { needs: null, run: async (app) => listAdmins(app) },
};

export const isVerb = (name: string): name is VerbName => Object.hasOwn(verbs, name);

/** The words that each verb needs, for the command line. */
export const operatorCommands = Object.fromEntries(
  Object.entries<Verb>(verbs).map(([name, { needs }]) => [name, needs === null ? [] : [needs]]),
) as Record<VerbName, string[]>;

/** Runs a verb; throws an ApiError for words that it does not take. */
export async function perform(app: App, name: string, word: string): Promise<string[]> {
  if (!isVerb(name)) throw new ApiError('invalid_request', `There is no "${name}".`);
  return verbs[name].run(app, word);
}
void account;
