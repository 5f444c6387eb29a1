// What a feature is: the values that it adds to the server, as its folder declares them.
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { App, StateName, Turn } from '../app.ts';
import type { clearings } from '../db/schema/work.ts';
import type { EventValue } from '../events/event.ts';
import type { Command } from '../gateway/command.ts';
import type { SessionHooks } from '../gateway/lifecycle.ts';
import type { ReadyList } from '../gateway/ready-list.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Consequence } from '../write.ts';

/** What rows hang on, and go with. */
export type Holder = 'space' | 'channel';

/** Removes a slice of what a feature keeps of a holder; true when nothing was left. */
export type Keep = (turn: Turn, holder_id: string) => boolean;

/** Work that goes on after an answer. */
export type Clearing = Omit<typeof clearings.$inferSelect, 'id'>;

/** A table whose rows are work: each goes when nothing is left of it. */
export interface WorkList {
  readonly table: string;
  /** Does the next slice of the first row; false when there is none. */
  clear(turn: Turn): boolean;
}

/** A kind of files, and the row that keeps one of them. */
export interface FileKind {
  /** What their paths look like; the groups are the parameters of the query. */
  readonly path: RegExp;
  readonly row: string;
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
  /** Its tables, which no other feature writes. */
  readonly tables?: readonly SQLiteTable[];
  /** Those of its tables whose keys are ids: no new id may lie below the newest. */
  readonly ids?: readonly SQLiteTable[];
  /** Kinds of entries that it writes into the audit log. */
  readonly audits?: readonly string[];
  /** Its files. One that no row keeps is removed. */
  readonly files?: readonly FileKind[];
  /** Which of its rows go with a space or a channel. Those of later features go first. */
  readonly keeps?: Readonly<Partial<Record<Holder, readonly Keep[]>>>;
  /** Kinds of clearing: each does its next slice, and is true when nothing is left. */
  readonly clears?: Readonly<Record<string, (turn: Turn, what: Clearing) => boolean>>;
  /** Lists of what it has hidden and is clearing. */
  readonly hides?: readonly WorkList[];
  /** What it begins with the server; answers how to end it. */
  start?(app: App): void | (() => void) | Promise<void | (() => void)>;
}

type Module = Readonly<Record<string, unknown>>;

const has = (value: unknown, ...keys: string[]) =>
  typeof value === 'object' && value !== null && keys.every((key) => key in value);
const isEndpoint = (value: unknown): value is Endpoint => has(value, 'method', 'path', 'access');
const isEvent = (value: unknown): value is EventValue => has(value, 'type', 'audience', 'pick');
const isCommand = (value: unknown): value is Command => has(value, 'op', 'data', 'access');
const isReadyList = (value: unknown): value is ReadyList => has(value, 'list', 'entries');
const isConsequence = (value: unknown): value is Consequence => has(value, 'of', 'run');

/** Declares a feature; every endpoint, event, command, consequence and list of READY that its modules export is part of it. */
export function feature({
  modules = [],
  ...extras
}: Extras & { readonly modules?: readonly Module[] }): Feature {
  const exported = modules.flatMap((module) => Object.entries(module));
  const values = exported.map(([, value]) => value);
  return {
    ...extras,
    endpoints: exported.flatMap(([name, value]) =>
      isEndpoint(value) ? [{ name: name.replace(/Route$/, ''), ...value }] : [],
    ),
    events: values.filter(isEvent),
    commands: values.filter(isCommand),
    consequences: values.filter(isConsequence),
    ready: values.filter(isReadyList),
  };
}

const registered: StateName<Feature[]> = { create: () => [] };

/** Names the features of a server, once, while it is put together. */
export function register(app: App, features: readonly Feature[]): void {
  app.state(registered).push(...features);
}

/** All features of a server, in their order, for what works for each of them. */
export function featuresOf(app: App): readonly Feature[] {
  return app.state(registered);
}

/** All kinds of entries of the audit log. */
export function auditsOf(app: App): string[] {
  return featuresOf(app).flatMap(({ audits = [] }) => audits);
}
