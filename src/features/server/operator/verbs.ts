// What the operator can do at the machine: the verbs of `accord admin` and `accord status`.
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { hashPassword } from '../../../lib/password.ts';
import { newRecoveryCode } from '../../../lib/recovery-code.ts';
import { setupCode, setupLink } from '../../doors/claim/setup-code.ts';
import { giveRecoveryCode } from '../../doors/recovery/actions.ts';
import { setAdmin, setDisabled, setPassword } from '../admin/actions.ts';
import { listAdmins, personNamed } from './accounts.ts';
import { statusLines } from './status.ts';

export interface Verb {
  /** What its word is; null if it takes none. */
  readonly needs: string | null;
  /** Whether it is about a server that runs. */
  readonly running?: boolean;
  /** Does it, and returns the lines to print. */
  run(app: App, word: string): Promise<string[]>;
}

const needs = 'the user name of an account';

/** The operator: nobody's account. */
const operator = null;

/** Says the code by which somebody claims a server that nobody administers. */
function setupLines(app: App): string[] {
  const code = setupCode(app);
  if (code === null) {
    throw new ApiError('invalid_request', 'Somebody administers this server: there is no code.');
  }
  return [`Whoever has this code administers the server: ${code}`, setupLink(app, code)];
}

/** Four groups of four characters: 80 bits. */
const passwordLength = 19;

const verbsByName = {
  status: { needs: null, running: true, run: (app) => statusLines(app) },
  'admin list': { needs: null, run: async (app) => listAdmins(app) },
  'admin make': {
    needs,
    async run(app, word) {
      const { id, username } = personNamed(app, word);
      await app.write((turn) => setAdmin(turn, operator, id, true));
      return [`${username} administers this server.`];
    },
  },
  'admin disable': {
    needs,
    async run(app, word) {
      const { id, username } = personNamed(app, word);
      await app.write((turn) => setDisabled(turn, operator, id, true));
      return [`${username} is disabled: logged out everywhere, and cannot log in.`];
    },
  },
  'admin enable': {
    needs,
    async run(app, word) {
      const { id, username } = personNamed(app, word);
      await app.write((turn) => setDisabled(turn, operator, id, false));
      return [`${username} may log in.`];
    },
  },
  'admin recover': {
    needs,
    async run(app, word) {
      const { id, username } = personNamed(app, word);
      const { code } = await app.write((turn) => giveRecoveryCode(turn, operator, id));
      return [
        `By this code ${username} gets a new password, within 24 hours, once: ${code}`,
        'It goes to POST /api/v1/auth/recover, with username, recovery_code and new_password.',
      ];
    },
  },
  'admin setup-code': {
    needs: null,
    running: true,
    run: async (app) => setupLines(app),
  },
  'admin reset-password': {
    needs,
    async run(app, word) {
      const { id, username } = personNamed(app, word);
      const password = newRecoveryCode().slice(0, passwordLength);
      const hash = await hashPassword(password);
      await app.write((turn) => setPassword(turn, operator, id, hash));
      return [
        `${username} has a new password, to be changed at the next login: ${password}`,
        'All its devices are logged out, and two-factor login is off.',
      ];
    },
  },
} as const satisfies Record<string, Verb>;

export type VerbName = keyof typeof verbsByName;

/** The verbs by the words of the command line. The operator at the machine may use all of them. */
export const verbs: Readonly<Record<VerbName, Verb>> = verbsByName;

export const isVerb = (name: string): name is VerbName => Object.hasOwn(verbs, name);

/** The words that each verb needs, for the command line. */
export const operatorCommands = Object.fromEntries(
  Object.entries(verbs).map(([name, verb]) => [name, verb.needs === null ? [] : [verb.needs]]),
) as Record<VerbName, string[]>;

/** Runs a verb; throws an ApiError for what is refused. */
export async function perform(app: App, name: string, word: string): Promise<string[]> {
  if (!isVerb(name)) throw new ApiError('invalid_request', `There is no "${name}".`);
  return verbs[name].run(app, word);
}
