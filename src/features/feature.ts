// A feature is a value: everything that its folder adds to the server.
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { App, StateName, Turn } from '../app.ts';
import type { Db } from '../db/open.ts';
import type { clearings } from '../db/schema/work.ts';
import type { EventValue } from '../events/event.ts';
import type { Command } from '../gateway/command.ts';
import type { SessionHooks } from '../gateway/lifecycle.ts';
import type { ReadyList } from '../gateway/ready-list.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Consequence } from '../consequence.ts';

/** The kinds of things that rows belong to and are deleted with. */
export type Holder = 'space' | 'channel' | 'account';

/** Removes a slice of a feature's rows of a holder; true if none were left. */
export type Keep = (turn: Turn, holder_id: string) => boolean;

/** Work that goes on in later turns. */
export type Clearing = Omit<typeof clearings.$inferSelect, 'id'>;

/** A table whose rows are work; a row is deleted when its work is done. */
export interface WorkList {
  readonly table: string;
  /** Does the next slice of the first row; false if there is none. */
  clear(turn: Turn): boolean;
}

/** A kind of files, and the SQL that finds the row of one of them, and the files of all rows. */
export interface FileKind {
  /**
   * Matches their paths; its groups are the parameters of `row`. Groups that are ids were given
   * before the file was written. If one of them is the id of the file itself, its name is `id`.
   */
  readonly path: RegExp;
  /** SQL that returns something if a row names the file. */
  readonly row: string;
  /**
   * SQL that returns a page of the paths that rows name, as `key` and `path`. Its parameters are
   * the last key of the page before, 0 at first, and the most rows of a page.
   */
  readonly named: string;
}

export interface Feature extends Extras {
  readonly endpoints: readonly Endpoint[];
  readonly events: readonly EventValue[];
  readonly commands: readonly Command[];
  readonly consequences: readonly Consequence[];
  readonly ready: readonly ReadyList[];
}

interface Extras {
  readonly name: string;
  readonly hooks?: SessionHooks;
  /** Its tables; no other feature writes them. */
  readonly tables?: readonly SQLiteTable[];
  /** Those of its tables whose keys are snowflakes: a new id must be above their newest. */
  readonly ids?: readonly SQLiteTable[];
  /** The action types that it writes into the audit log. */
  readonly audits?: readonly string[];
  /** The action types that it writes into the log of what instance admins did. */
  readonly acts?: readonly string[];
  /** Tells whether it keeps that user name for what is no account yet: nobody may take it. */
  takesName?(db: Db, username: string): boolean;
  /** Its kinds of files; a file without a row is set aside. */
  readonly files?: readonly FileKind[];
  /** Its rows that are deleted with a space, a channel or an account; later features are cleared first. */
  readonly keeps?: Readonly<Partial<Record<Holder, readonly Keep[]>>>;
  /** Its kinds of clearing: each does the next slice and returns true if nothing is left. */
  readonly clears?: Readonly<Record<string, (turn: Turn, what: Clearing) => boolean>>;
  /** Work lists of rows that it has hidden and is clearing. */
  readonly hides?: readonly WorkList[];
  /** Called when the server starts; may return a function that is called when it stops. */
  start?(app: App): void | (() => void) | Promise<void | (() => void)>;
}

type Module = Readonly<Record<string, unknown>>;

/** What a module exports, by kind. */
interface Exported {
  endpoints: Endpoint[];
  events: EventValue[];
  commands: Command[];
  consequences: Consequence[];
  ready: ReadyList[];
}

/** Adds a value to the list of its kind; functions, schemas and the like have none. */
function sort(into: Exported, name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if ('access' in value && 'path' in value) {
    into.endpoints.push({ name: name.replace(/Route$/, ''), ...(value as Endpoint) });
  } else if ('access' in value && 'op' in value) into.commands.push(value as Command);
  else if ('audience' in value && 'pick' in value) into.events.push(value as EventValue);
  else if ('list' in value && 'entries' in value) into.ready.push(value as ReadyList);
  else if ('of' in value && 'run' in value) into.consequences.push(value as Consequence);
}

/** Declares a feature; it has every endpoint, event, command, … that its modules export. */
export function feature({
  modules = [],
  ...extras
}: Extras & { readonly modules?: readonly Module[] }): Feature {
  const exported: Exported = {
    endpoints: [],
    events: [],
    commands: [],
    consequences: [],
    ready: [],
  };
  for (const module of modules) {
    for (const name of Object.keys(module)) sort(exported, name, module[name]);
  }
  return { ...extras, ...exported };
}

const registered: StateName<Feature[]> = { create: () => [] };

/** Registers the features of a server; called once, while the server is built. */
export function register(app: App, features: readonly Feature[]): void {
  app.state(registered).push(...features);
}

/** Returns all features of a server, in their order. */
export function featuresOf(app: App): readonly Feature[] {
  return app.state(registered);
}

/** Returns all action types of the audit log. */
export function auditsOf(app: App): string[] {
  return featuresOf(app).flatMap(({ audits = [] }) => audits);
}

/** Returns all action types of the log of what instance admins did. */
export function actsOf(app: App): string[] {
  return featuresOf(app).flatMap(({ acts = [] }) => acts);
}
