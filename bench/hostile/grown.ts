// A server that has grown for a year, written as rows: registering thousands would take minutes of hashing.
import { type Db, openDatabase, type Tx } from '../../src/db/open';
import { insertUser } from '../../src/features/people/users/queries';
import { insertMember } from '../../src/features/spaces/members/queries';
import type { Person, Scene } from './attack';

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

/** How much an account holds that has been there for years. */
const held = { messages: 100_000, conversations: 10_000, friends: 4_000 };

/** Lets an account have written, talked and made friends for years, and starts the server again. */
export async function growAccount(scene: Scene, { id }: Person): Promise<void> {
  await growMembers(scene, held.conversations);
  await scene.restart((file) => {
    const db = openDatabase(file, 'normal');
    db.sqlite.transaction(() => addPast(asTx(db), scene, id))();
    db.sqlite.close();
  });
}

function addPast({ sqlite }: Tx, { space, channel }: Scene, user_id: string): void {
  const first = (BigInt(channel) + 1_000_000n).toString();
  const count = 'WITH RECURSIVE k(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i < ? - 1)';
  sqlite
    .query(
      `${count} INSERT INTO messages (n, channel_id, space_id, author_id, content)
       SELECT cast(? AS integer) + i, ?, ?, ?, 'message ' || i || ' ' || hex(zeroblob(400)) FROM k`,
    )
    .run(held.messages, first, channel, space, user_id);
  const others = `SELECT id, row_number() OVER (ORDER BY id) AS k FROM users WHERE username LIKE 'user%'`;
  // Each conversation has the id of the other one, and 10^16: no other channel has such a number.
  const conversation = 'cast(cast(id AS integer) + 10000000000000000 AS text)';
  for (const statement of [
    `INSERT INTO channels (id, type, owner_id, created_at) SELECT ${conversation}, 'dm', ?1, 1 FROM (${others})`,
    `INSERT INTO conversation_people (channel_id, user_id, joined_at) SELECT ${conversation}, ?1, 1 FROM (${others})`,
    `INSERT INTO conversation_people (channel_id, user_id, joined_at) SELECT ${conversation}, id, 1 FROM (${others}) WHERE ?1 <> ''`,
    `INSERT INTO dm_pairs (low_id, high_id, channel_id) SELECT min(id, ?1), max(id, ?1), ${conversation} FROM (${others})`,
    `INSERT INTO relationships (user_id, target_id, type, since) SELECT ?1, id, 1, 1 FROM (${others}) WHERE k <= ${held.friends}`,
    `INSERT INTO relationships (user_id, target_id, type, since) SELECT id, ?1, 1, 1 FROM (${others}) WHERE k <= ${held.friends}`,
  ]) {
    sqlite.query(statement).run(user_id);
  }
}

/** The server is down, so this process alone writes, in the transaction around it. */
function asTx(db: Db): Tx {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Tx is a Db that may be written
  return db as Tx;
}
