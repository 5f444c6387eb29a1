// The server's own code that writes rows: that of the checkout under test, whose schema may be another.
import { join } from 'node:path';
import { ROOT } from '../command';
import { checkoutOf } from '../build';

type Open = typeof import('../../src/db/open');
type Tokens = typeof import('../../src/access/tokens');
type Users = typeof import('../../src/features/people/users/queries');
type Members = typeof import('../../src/features/spaces/members/queries');
type Index = typeof import('../../src/features/talk/messages/search-index');
type Snowflake = typeof import('../../src/lib/snowflake');

export interface Code
  extends
    Pick<Open, 'openDatabase'>,
    Pick<Tokens, 'hashToken' | 'insertToken' | 'newToken'>,
    Pick<Users, 'insertUser'>,
    Pick<Members, 'insertMember'>,
    Pick<Index, 'indexWaiting'>,
    Pick<Snowflake, 'firstSnowflakeAt'> {}

/** The code of the server that this command starts; that of this checkout for a binary. */
export async function codeOf(server: readonly string[]): Promise<Code> {
  const root = checkoutOf(server) ?? ROOT;
  const load = async <T>(path: string): Promise<T> => import(join(root, 'src', path));
  const { openDatabase } = await load<Open>('db/open.ts');
  const { hashToken, insertToken, newToken } = await load<Tokens>('access/tokens.ts');
  const { insertUser } = await load<Users>('features/people/users/queries.ts');
  const { insertMember } = await load<Members>('features/spaces/members/queries.ts');
  const { indexWaiting } = await load<Index>('features/talk/messages/search-index.ts');
  const { firstSnowflakeAt } = await load<Snowflake>('lib/snowflake.ts');
  const accounts = { hashToken, insertToken, newToken, insertUser, insertMember };
  return { openDatabase, ...accounts, indexWaiting, firstSnowflakeAt };
}
