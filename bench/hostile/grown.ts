// A server that has grown for a year, written as rows: registering thousands would take minutes of hashing.
import { type Db, openDatabase, type Tx } from '../../src/db/open';
import { insertUser } from '../../src/features/people/users/queries';
import { insertMember } from '../../src/features/spaces/members/queries';
import type { Scene } from './attack';

/** Lets the space grow by `count` members, and starts the server again. */
export async function growMembers(scene: Scene, count: number): Promise<void> {
  await scene.restart((file) => {
    const db = openDatabase(file, 'normal');
    db.sqlite.transaction(() => addMembers(asTx(db), scene.space, count))();
    db.sqlite.close();
  });
}

function addMembers(tx: Tx, space_id: string, count: number): void {
  const now = Date.now();
  for (let n = 0; n < count; n += 1) {
    const id = String(BigInt(space_id) + 1000n + BigInt(n));
    const name = { username: `user${n}`, display_name: `User ${n}` };
    insertUser(tx, { id, created_at: now, ...name });
    insertMember(tx, { space_id, user_id: id, joined_at: now });
  }
}

/** The server is down, so this process alone writes, in the transaction around it. */
function asTx(db: Db): Tx {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Tx is a Db that may be written
  return db as Tx;
}
