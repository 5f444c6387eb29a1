// People who can prove by their password that it is they who ask, to delete their account or hand over a space.
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { changesUser } from '../../src/features/people/users/memory.ts';
import { updateUser } from '../../src/features/people/users/queries.ts';
import { hashPassword } from '../../src/lib/password.ts';
import type { Person } from './person.ts';
import type { TestServer } from './server.ts';

export const password = 'correct horse';
let hash: Promise<string> | null = null;

/** Gives people that password, which is hashed once for all tests. */
export async function withPassword(server: TestServer, ...people: Person[]): Promise<void> {
  hash ??= hashPassword(password);
  const password_hash = await hash;
  await server.turn(({ tx, app }) => {
    for (const { id } of people) {
      updateUser(tx, id, { password_hash });
      changesUser(app, id);
    }
  });
}

/** Deletes the account of somebody who has that password. */
export const deletes = (person: Person): Promise<unknown> =>
  person.does('DELETE', '/users/@me', { password });

/** Clears until nothing waits; answers how many slices it took. */
export async function clearAll(server: TestServer): Promise<number> {
  let slices = 0;
  while (await server.turn(clearSlice)) slices += 1;
  return slices;
}
