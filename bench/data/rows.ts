// What is there in masses, written as rows while no server runs: people, messages, reactions.
import type { Tx } from '../../src/db/open';
import { type Code, codeOf } from './code';
import { sentences, wordOf } from './words';

const DAY_MS = 86_400_000;
/** Between two messages, and between the last one and now. */
const BETWEEN_MS = 500;
/** So many rows, or slices of the index, are written in one transaction. */
const PER_TRANSACTION = 50_000;
const SLICES_PER_TRANSACTION = 500;

/** Opens the database file of a server, writes into it, and closes it, so that the server can open it. */
export async function writeRows<T>(
  server: readonly string[],
  file: string,
  write: (rows: Rows) => T,
): Promise<T> {
  const code = await codeOf(server);
  const db = code.openDatabase(file, 'normal');
  try {
    // Nobody minds if it has to be made anew.
    db.sqlite.run('PRAGMA synchronous = OFF');
    db.sqlite.run('PRAGMA secure_delete = OFF');
    db.sqlite.run('PRAGMA foreign_keys = OFF');
    db.sqlite.run('PRAGMA wal_autocheckpoint = 10000');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server is down: this process alone writes
    return write(new Rows(db as Tx, code));
  } finally {
    db.sqlite.close();
  }
}

/** An account that was written as a row, with a token that it may use. */
export interface Account {
  id: string;
  username: string;
  token: string;
}

const EMOJIS = ['👍', '🎉', '❤️'];

/** Where messages are, and who wrote them: both in turn. */
export interface Where {
  space: string;
  channels: readonly string[];
  authors: readonly string[];
}

/** Writes into the database of a server that is down. */
export class Rows {
  constructor(
    readonly tx: Tx,
    private readonly code: Code,
  ) {}

  /** Writes accounts with a token each; `from` numbers their names. */
  addAccounts(count: number, from: number): Account[] {
    const { hashToken, insertToken, insertUser, newToken, firstSnowflakeAt } = this.code;
    const now = Date.now();
    const first = BigInt(firstSnowflakeAt(now - DAY_MS));
    const accounts: Account[] = [];
    this.tx.sqlite.transaction(() => {
      for (let n = from; n < from + count; n += 1) {
        const id = String(first + BigInt(n));
        const username = `${wordOf(n % 200)}_${n}`;
        const display_name = `${wordOf(n % 300)} ${n}`;
        const token = newToken();
        insertUser(this.tx, { id, username, display_name, created_at: now });
        const expires_at = now + 30 * DAY_MS;
        const hash = hashToken(token);
        insertToken(this.tx, { hash, user_id: id, kind: 'user', created_at: now, expires_at });
        accounts.push({ id, username, token });
      }
    })();
    return accounts;
  }

  /** Makes accounts members of a space who have read a channel of it, as if they had been there for long. */
  addMembers(space_id: string, channel_id: string, accounts: readonly Account[]): void {
    const read = this.tx.sqlite.query(
      'INSERT INTO read_states (user_id, channel_id, read_n) VALUES (?, ?, 1)',
    );
    this.tx.sqlite.transaction(() => {
      for (const { id } of accounts) {
        this.code.insertMember(this.tx, { space_id, user_id: id, joined_at: Date.now() });
        read.run(id, channel_id);
      }
    })();
  }

  /** Writes messages and indexes them for search. */
  addMessages({ space, channels, authors }: Where, count: number): void {
    const { sqlite } = this.tx;
    const insert = sqlite.query(
      'INSERT INTO messages (n, channel_id, space_id, author_id, content) VALUES (?, ?, ?, ?, ?)',
    );
    const texts = sentences(1);
    const begin_ms = Date.now() - (count + 1) * BETWEEN_MS;
    const write = sqlite.transaction((from: number, to: number) => {
      for (let n = from; n < to; n += 1) {
        const id = BigInt(this.code.firstSnowflakeAt(begin_ms + n * BETWEEN_MS));
        // 7 and 11: who writes where comes round, and is not always the same.
        const channel = channels[(n * 7) % channels.length] ?? '';
        const author = authors[(n * 11) % authors.length] ?? '';
        insert.run(id, channel, space, author, texts.next().value);
      }
    });
    for (let from = 0; from < count; from += PER_TRANSACTION) {
      write(from, Math.min(count, from + PER_TRANSACTION));
    }
    sqlite.run(
      `UPDATE channels SET last_message_id =
         (SELECT cast(max(n) AS text) FROM messages m WHERE m.channel_id = channels.id)`,
    );
    this.indexAll();
  }

  private indexAll(): void {
    const some = this.tx.sqlite.transaction((): boolean => {
      for (let n = 0; n < SLICES_PER_TRANSACTION; n += 1) {
        if (!this.code.indexWaiting(this.tx)) return false;
      }
      return true;
    });
    while (some()) {
      // Each transaction adds a segment to the index; the server merges them as it always does.
    }
  }

  /** Gives the newest messages of a channel three kinds of reactions, each of several people. */
  addReactions(channel_id: string, people: readonly string[], messages: number): void {
    this.tx.sqlite
      .query(
        `INSERT INTO reactions (message_id, emoji, user_id)
         SELECT m.id, e.value, p.value FROM json_each(?) e, json_each(?) p,
           (SELECT id FROM messages WHERE channel_id = ? ORDER BY n DESC LIMIT ?) m`,
      )
      .run(JSON.stringify(EMOJIS), JSON.stringify(people), channel_id, messages);
  }

  /** Gives a role of the space to all its members, and answers which. */
  giveRole(space_id: string): string {
    const [role] = this.ids(
      'SELECT id FROM roles WHERE space_id = ? AND position > 0 ORDER BY position',
      space_id,
    );
    if (role === undefined) throw new Error('the space has no role but @everyone');
    this.tx.sqlite
      .query(
        `INSERT OR IGNORE INTO member_roles (space_id, user_id, role_id)
         SELECT space_id, user_id, ? FROM members WHERE space_id = ?`,
      )
      .run(role, space_id);
    return role;
  }

  /** The ids of all accounts, in their order. */
  accounts(): string[] {
    return this.ids('SELECT id FROM users WHERE NOT system ORDER BY id');
  }

  /** The ids of the channels of a space in which one writes, in their order. */
  channels(space_id: string): string[] {
    return this.ids(
      "SELECT id FROM channels WHERE space_id = ? AND type = 'text' ORDER BY id",
      space_id,
    );
  }

  /** The ids of the messages of a channel, the oldest first. */
  messages(channel_id: string): string[] {
    return this.ids('SELECT id FROM messages WHERE channel_id = ? ORDER BY n', channel_id);
  }

  private ids(sql: string, ...values: string[]): string[] {
    return this.tx.sqlite
      .rows({ id: 'text' }, sql)
      .all(...values)
      .map(({ id }) => id);
  }
}
