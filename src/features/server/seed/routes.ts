// POST /test/seed, for test suites of clients; exists only in test mode.
import type { Rule } from '../../../access/rules.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { layOut, seed } from './actions.ts';
import { Seed } from './schema.ts';
import { reasonOf } from '../../../lib/reason.ts';

/** Admits anyone; outside of test mode the path does not exist. */
const testMode: Rule<never, object> = {
  needs: [],
  says: 'anyone, in test mode',
  token: false,
  grant: () => ({}),
};

function failed(error: unknown): ApiError {
  const reason = reasonOf(error);
  return new ApiError('seed_failed', `The seed could not be laid: ${reason}`);
}

export const seedRoute = endpoint({
  method: 'POST',
  at: 'root',
  path: '/test/seed',
  summary: 'Lay out an account, a bot, a space and a plugin for tests, with new tokens each time',
  exists: (config) => config.ACCORD_TEST_MODE,
  access: testMode,
  returns: Seed,
  errors: ['seed_failed'],
  async prepare({ app }) {
    try {
      return await app.write(layOut);
    } catch (error) {
      throw failed(error);
    }
  },
  run({ turn, prepared }) {
    try {
      return seed(turn, prepared.user_id);
    } catch (error) {
      throw failed(error);
    }
  },
});
