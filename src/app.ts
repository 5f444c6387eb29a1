// What every function is handed: the server as one value, and the turn in which it changes something.
import type { z } from 'zod';
import type { Config } from './config.ts';
import type { Db, Tx } from './db/open.ts';
import type { AudienceKind, Audiences } from './events/audience.ts';
import type { EventValue, Move } from './events/event.ts';
import type { Hub, Listener } from './events/hub.ts';
import type { Clock } from './lib/clock.ts';
import type { FileStore } from './lib/file-store.ts';
import type { OwnAddress } from './lib/own-address.ts';
import type { Network } from './lib/public-fetch.ts';
import type { RowCache } from './lib/row-cache.ts';

/** Structured log lines; never a token, a password or a message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** What the operator has to know: said whatever the level, unless the log is silent. */
  notice(fields: object, message: string): void;
}

export interface App {
  readonly config: Config;
  readonly version: { readonly version: string; readonly git_sha: string };
  readonly db: Db;
  readonly hub: Hub;
  readonly cache: RowCache;
  readonly clock: Clock;
  readonly log: Log;
  /** Uploaded files. */
  readonly files: FileStore;
  /** Where clients reach this server. */
  readonly address: OwnAddress;
  /** How the web is reached for link previews; only tests replace any of it. */
  readonly network: Partial<Network>;
  /** Whether answers and events are checked against their schemas; tests do, a server trusts its types. */
  readonly strict: boolean;
  /** The newest number that any session has seen. */
  seq(): number;
  /** Queues a turn that begins outside a request: a timer, a webhook, the next slice of a deletion. */
  write<T>(turn: (turn: Turn) => Sync<T>): Promise<T>;
  /** Sends an ephemeral event at once, outside any turn. */
  send: Tell;
  /** What a feature keeps in memory for this server, made at its first use. */
  state<T>(name: StateName<T>): T;
}

/** A value that is there now: an async callback would commit half of its work. */
export type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/** Tells an event to an audience; there is no "everyone" by omission. */
export type Tell = <A extends AudienceKind, S extends z.ZodType>(
  event: EventValue<A, S>,
  to: Audiences[A],
  data: z.input<S>,
) => void;

/** One synchronous step that changes rows and tells of it; both happen or neither does. */
export interface Turn {
  readonly app: App;
  readonly tx: Tx;
  readonly tell: Tell;
  /** Unix milliseconds. */
  readonly now: number;
  /** A new id, above every other. */
  id(): string;
  /** A number of its own in the order of events, for what a session was not told. */
  nextSeq(): number;
  /** Changes memory once the turn is on disk; ends the batch, so that nothing is checked against what moved. */
  onCommit(run: () => void): void;
  /** Starts work that nobody waits for, once the turn is on disk and told. */
  afterwards(run: () => void): void;
}

/** Names a feature's memory. */
export interface StateName<T> {
  create(app: App): T;
}

/** Subscriptions about to move because a turn changed access. */
export interface MovePlan {
  /** Subscribes those who gain something. */
  before(): void;
  /** Those to whom `after` shows the channel, and who therefore need not hear how it changed. */
  gainers(channel_id: string): ReadonlySet<Listener> | undefined;
  /** Unsubscribes, and tells those who lost and gained channels. */
  after(): void;
}

/** What was told in a turn, as far as it decides who heard it and whose access it moved. */
export interface ToldFacts {
  /** Null for what has no number. */
  readonly seq: number | null;
  readonly scopes: readonly string[];
  readonly intent: number | null;
  readonly move: Move | null;
  /** The number of the change of access, should this be the last that tells of one. */
  readonly moved_seq: number;
}

/** What computes hearing; it stands above this file and is handed to the turns by the server. */
export interface AccessMoves {
  /** Says, when an event that moves access is told, that what checks read is about to differ. */
  changed(turn: Turn, move: Move): void;
  /** Works out, at the end of the turn, what its moves do to the sessions; null for nothing. */
  plan(turn: Turn, told: readonly ToldFacts[]): MovePlan | null;
}
