// Whether a server holds what it held before: every row of every table, every file, every event told.
import { readdir } from 'node:fs/promises';
import type { Ears } from './ears.ts';
import type { TestServer } from './server.ts';
import { wholeRows } from './whole-rows.ts';

export class Traces {
  readonly #server: TestServer;
  readonly #ears: readonly Ears[];
  /** But the one of refused passwords: it is for these traces, a moment later. */
  readonly #tables: readonly string[];
  #changes: number;
  #rows: Map<string, string>;
  #files: string[] = [];

  private constructor(server: TestServer, ears: readonly Ears[]) {
    this.#server = server;
    this.#ears = ears;
    const { sqlite } = server.app.db;
    this.#tables = sqlite
      .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => name)
      .filter((name) => name !== 'failed_logins');
    this.#changes = this.#counted();
    this.#rows = this.#dump();
  }

  /** Remembers how it is now; those who listen must hear nothing from here on. */
  static async of(server: TestServer, ears: readonly Ears[]): Promise<Traces> {
    const traces = new Traces(server, ears);
    traces.#files = await traces.#stored();
    return traces;
  }

  /** What is another in the tables since the last asking. */
  rows(): string[] {
    // Cheap, since it is asked after each call: rows that were written count, also those taken back.
    return this.#counted() === this.#changes ? [] : this.#compared();
  }

  #compared(): string[] {
    const [before, now] = [this.#rows, this.#dump()];
    this.#changes = this.#counted();
    this.#rows = now;
    return this.#tables.flatMap((table) => {
      const [old, current] = [before, now].map((rows) => (rows.get(table) ?? '').split('\n'));
      const added = current?.filter((row) => !old?.includes(row)) ?? [];
      const gone = old?.filter((row) => !current?.includes(row)) ?? [];
      return [
        ...added.map((row) => `+ ${table} ${row}`),
        ...gone.map((row) => `- ${table} ${row}`),
      ];
    });
  }

  /** What is another on the disk and in the ears, too. */
  async all(): Promise<string[]> {
    const before = this.#files;
    this.#files = await this.#stored();
    const files = this.#files.filter((path) => !before.includes(path));
    const gone = before.filter((path) => !this.#files.includes(path));
    const heard = await Promise.all(this.#ears.map((ears) => ears.unread()));
    return [
      ...this.#compared(),
      ...files.map((path) => `+ file ${path}`),
      ...gone.map((path) => `- file ${path}`),
      ...heard.flat().map(({ type }) => `heard ${type}`),
    ];
  }

  #counted(): number {
    const { sqlite } = this.#server.app.db;
    return sqlite.query<{ n: number }, []>('SELECT total_changes() AS n').get()?.n ?? 0;
  }

  #dump(): Map<string, string> {
    const { sqlite } = this.#server.app.db;
    return new Map(
      this.#tables.map((table) => {
        const rows = wholeRows(sqlite, table).filter((row) => !row.startsWith('["failed_logins",'));
        return [table, rows.join('\n')];
      }),
    );
  }

  /** With what lies there for a moment. */
  async #stored(): Promise<string[]> {
    const root = this.#server.app.config.storage_path;
    const found = await readdir(root, { recursive: true, withFileTypes: true });
    return found.filter((one) => one.isFile()).map((one) => `${one.parentPath}/${one.name}`);
  }
}
