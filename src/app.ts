// The types that every function works with: the server as one value, and the turn that changes it.
import type { z } from 'zod';
import type { Config } from './config.ts';
import type { Db, Tx } from './db/open.ts';
import type { Trouble } from './db/trouble.ts';
import type { AudienceKind, Audiences } from './events/audience.ts';
import type { EventValue, Move } from './events/event.ts';
import type { Hub, Listener } from './events/hub.ts';
import type { Clock } from './lib/clock.ts';
import type { Newest } from './db/times.ts';
import type { ClockSteps } from './lib/clock-steps.ts';
import type { FileStore } from './lib/file-store.ts';
import type { OwnAddress } from './lib/own-address.ts';
import type { Pace } from './lib/pace.ts';
import type { Network } from './lib/public-fetch.ts';
import type { RowCache } from './lib/row-cache.ts';
import type { TrustedTime } from './lib/trusted-time.ts';

/** Writes structured log lines. They never contain a token, a password or a message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** For what the operator must know: logged at every level, unless the log is silent. */
  notice(fields: object, message: string): void;
}

export interface App {
  readonly config: Config;
  readonly version: { readonly version: string; readonly git_sha: string };
  readonly db: Db;
  readonly hub: Hub;
  readonly cache: RowCache;
  readonly clock: Clock;
  /** The time to trust before anything is deleted because of its age. */
  readonly trusted: TrustedTime;
  /** When the wall clock was set in this run. */
  readonly steps: ClockSteps;
  /** The newest row of earlier runs. */
  readonly newest: Newest;
  readonly log: Log;
  /** Shares the thread among those for whom there is long work. */
  readonly pace: Pace;
  /** Uploaded files. */
  readonly files: FileStore;
  /** The address at which clients reach this server. */
  readonly address: OwnAddress;
  /** Network access for link previews; only tests replace any of it. */
  readonly network: Partial<Network>;
  /** Whether responses and events are checked against their schemas: in tests, not in a server. */
  readonly strict: boolean;
  /** Returns the newest event number. */
  seq(): number;
  /** What keeps the database from being written now; null if nothing does. */
  trouble(): Trouble | null;
  /** Queues a turn outside a request, for example from a timer or a webhook, or the next slice. */
  write<T>(turn: (turn: Turn) => Sync<T>, patience?: Patience): Promise<T>;
  /** Sends an ephemeral event at once, outside any turn. */
  send: Tell<void>;
  /** Returns the memory of a feature for this server, made at its first use. */
  state<T>(name: StateName<T>): T;
}

/** How long a turn waits for a database that cannot be written; without it two seconds. */
export interface Patience {
  /** After this the turn is refused with the error `unavailable`, in milliseconds. */
  readonly wait_ms: number;
  /** Whether the turn may run again if the transaction that it ran in was lost. */
  readonly again: boolean;
  /** Whether it takes some milliseconds: it begins early in a batch of turns, and ends it. */
  readonly costly?: boolean;
  /**
   * Whether its batch may undo it and run it again before anybody hears of it: it changes no memory
   * but by `onCommit` and `afterwards`, and finds what it was given as it was.
   */
  readonly repeatable?: boolean;
}

/** A value that is no promise: an async turn would commit before its work is done. */
export type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/** Tells an event to an audience, which must always be named; returns its data as JSON, as sessions get it. */
export type Tell<R = string> = <A extends AudienceKind, S extends z.ZodType>(
  event: EventValue<A, S>,
  to: Audiences[A],
  data: z.input<S>,
) => R;

/** One synchronous step that changes rows and tells events; both happen or neither does. */
export interface Turn {
  readonly app: App;
  readonly tx: Tx;
  readonly tell: Tell;
  /** Unix milliseconds: for dates that people see. */
  readonly now: number;
  /** Milliseconds of `clock.steady()`: for durations. */
  readonly steady: number;
  /** Returns a new id, above every other. */
  id(): string;
  /** Returns a number that no event has, to mark a point in the order of events. */
  nextSeq(): number;
  /** Says whose share of the event log the events of this turn take: bots take that of their owner. */
  onBehalfOf(account_id: string): void;
  /** Says why an account acts, in its own words: audit entries about its acts in this turn say it. */
  because(account_id: string, reason: string): void;
  /** Returns what the account has said so; null if nothing. */
  reasonOf(account_id: string): string | null;
  /** Changes memory after the commit; ends the batch, so that later turns see the change. */
  onCommit(run: () => void): void;
  /** Starts work that nobody waits for, after the commit and after events are sent. */
  afterwards(run: () => void): void;
}

/** Names the memory of a feature and makes its first value. */
export interface StateName<T> {
  create(app: App): T;
}

/** The changes of subscriptions that follow from a turn that changed access. */
export interface MovePlan {
  /** Subscribes sessions to the scopes that they gain. */
  before(): void;
  /** Returns the sessions that get the channel from `after`, so need no event about its change. */
  gainers(channel_id: string): ReadonlySet<Listener> | undefined;
  /** Unsubscribes sessions from lost scopes, and tells them which channels they lost and gained. */
  after(): void;
}

/** The part of a told event that says who heard it and whose access it moved. */
export interface ToldFacts {
  /** Null if the event has no number. */
  readonly seq: number | null;
  readonly scopes: readonly string[];
  readonly intent: number | null;
  readonly move: Move | null;
  /** The number of the change of access, if this is the turn's last event with a move. */
  readonly moved_seq: number;
}

/** Computes what sessions hear; a part of the gateway, which this file must not import. */
export interface AccessMoves {
  /** Marks cached access data as changed, when an event that moves access is told. */
  changed(turn: Turn, move: Move): void;
  /** Computes, at the end of the turn, how its moves change subscriptions; null if they do not. */
  plan(turn: Turn, told: readonly ToldFacts[]): MovePlan | null;
}
