// What is there in masses, written as rows while no server runs: people, messages, reactions.
import { hashToken, insertToken, newToken } from '../../src/access/tokens';
import { type Db, openDatabase, type Tx } from '../../src/db/open';
import { insertMember } from '../../src/features/spaces/members/queries';
import { indexWaiting } from '../../src/features/talk/messages/search-index';
import { insertUser } from '../../src/features/people/users/queries';
import { firstSnowflakeAt } from '../../src/lib/snowflake';
import { sentences, wordOf } from './words';

const DAY_MS = 86_400_000;
/** Between two messages, and between the last one and now. */
const BETWEEN_MS = 500;
/** So many rows, or slices of the index, are written in one transaction. */
const PER_TRANSACTION = 50_000;
const SLICES_PER_TRANSACTION = 500;

/** Opens a database file, writes into it, and closes it, so that a server can open it. */
export function writeRows<T>(file: string, write: (tx: Tx) => T): T {
  const db = openDatabase(file, 'normal');
  try {
    // Nobody minds if it has to be made anew.
    db.sqlite.run('PRAGMA synchronous = OFF');
    db.sqlite.run('PRAGMA secure_delete = OFF');
    db.sqlite.run('PRAGMA foreign_keys = OFF');
    db.sqlite.run('PRAGMA wal_autocheckpoint = 10000');
    return write(asTx(db));
  } finally {
    db.sqlite.close();
  }
}

/** The server is down, so this process alone writes. */
function asTx(db: Db): Tx {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Tx is a Db that may be written
  return db as Tx;
}

/** An account that was written as a row, with a token that it may use. */
export interface Account {
  id: string;
  username: string;
  token: string;
}

/** Writes accounts with a token each; `from` numbers their names. */
export function addAccounts(tx: Tx, count: number, from: number): Account[] {
  const now = Date.now();
  const first = BigInt(firstSnowflakeAt(now - DAY_MS));
  const accounts: Account[] = [];
  tx.sqlite.transaction(() => {
    for (let n = from; n < from + count; n += 1) {
      const id = String(first + BigInt(n));
      const username = `${wordOf(n % 200)}_${n}`;
      const token = newToken();
      insertUser(tx, { id, username, display_name: `${wordOf(n % 300)} ${n}`, created_at: now });
      const expires_at = now + 30 * DAY_MS;
      const hash = hashToken(token);
      insertToken(tx, { hash, user_id: id, kind: 'user', created_at: now, expires_at });
      accounts.push({ id, username, token });
    }
  })();
  return accounts;
}

/** Makes accounts members of a space who have read a channel of it, as if they had been there for long. */
export function addMembers(
  tx: Tx,
  space_id: string,
  channel_id: string,
  accounts: readonly Account[],
): void {
  const read = tx.sqlite.query(
    'INSERT INTO read_states (user_id, channel_id, read_n) VALUES (?, ?, 1)',
  );
  tx.sqlite.transaction(() => {
    for (const { id } of accounts) {
      insertMember(tx, { space_id, user_id: id, joined_at: Date.now() });
      read.run(id, channel_id);
    }
  })();
}

/** Writes messages of everybody in turn into channels of a space, and indexes them for search. */
export function addMessages(
  tx: Tx,
  { space, channels, authors }: { space: string; channels: string[]; authors: string[] },
  count: number,
): void {
  const insert = tx.sqlite.query(
    'INSERT INTO messages (n, channel_id, space_id, author_id, content) VALUES (?, ?, ?, ?, ?)',
  );
  const texts = sentences(1);
  const begin_ms = Date.now() - (count + 1) * BETWEEN_MS;
  const write = tx.sqlite.transaction((from: number, to: number) => {
    for (let n = from; n < to; n += 1) {
      const id = BigInt(firstSnowflakeAt(begin_ms + n * BETWEEN_MS));
      // 7 and 11: who writes where comes round, and is not always the same.
      const channel = channels[(n * 7) % channels.length] ?? '';
      const author = authors[(n * 11) % authors.length] ?? '';
      insert.run(id, channel, space, author, texts.next().value);
    }
  });
  for (let from = 0; from < count; from += PER_TRANSACTION) {
    write(from, Math.min(count, from + PER_TRANSACTION));
  }
  tx.sqlite.run(
    `UPDATE channels SET last_message_id =
       (SELECT cast(max(n) AS text) FROM messages m WHERE m.channel_id = channels.id)`,
  );
  indexAll(tx);
}

function indexAll(tx: Tx): void {
  const some = tx.sqlite.transaction((): boolean => {
    for (let n = 0; n < SLICES_PER_TRANSACTION; n += 1) if (!indexWaiting(tx)) return false;
    return true;
  });
  while (some()) {
    // Each transaction adds a segment to the index; the server merges them as it always does.
  }
}

const EMOJIS = ['👍', '🎉', '❤️'];

/** Gives the newest messages of a channel three kinds of reactions, each of several people. */
export function addReactions(
  tx: Tx,
  channel_id: string,
  people: readonly string[],
  messages: number,
): void {
  tx.sqlite
    .query(
      `INSERT INTO reactions (message_id, emoji, user_id)
       SELECT m.id, e.value, p.value FROM json_each(?) e, json_each(?) p,
         (SELECT id FROM messages WHERE channel_id = ? ORDER BY n DESC LIMIT ?) m`,
    )
    .run(JSON.stringify(EMOJIS), JSON.stringify(people), channel_id, messages);
}

/** The ids of all accounts, in their order. */
export function accountIds(tx: Tx): string[] {
  const rows = tx.sqlite.rows({ id: 'text' }, 'SELECT id FROM users WHERE NOT system ORDER BY id');
  return rows.all().map(({ id }) => id);
}

/** The ids of the channels of a space in which one writes. */
export function channelIds(tx: Tx, space_id: string): string[] {
  const rows = tx.sqlite.rows(
    { id: 'text' },
    "SELECT id FROM channels WHERE space_id = ? AND type = 'text' ORDER BY id",
  );
  return rows.all(space_id).map(({ id }) => id);
}
