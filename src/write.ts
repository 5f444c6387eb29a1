// The one door to a transaction and to what is told of it: turns, group commit, consequences.
import type { z } from 'zod';
import type { AccessMoves, App, Log, MovePlan, Sync, Tell, Turn } from './app.ts';
import type { Db, Tx } from './db/open.ts';
import { hiddenFrom, scopesOf, type AudienceKind, type Audiences } from './events/audience.ts';
import { eventFrame, fitsFrame, type EventValue, type Move } from './events/event.ts';
import { appendEvent } from './events/log.ts';
import type { Hub } from './events/hub.ts';
import type { RowCache } from './lib/row-cache.ts';

/** What follows, in the same transaction, from what was told elsewhere. */
export interface Consequence {
  /** The event; null: any change of access. */
  readonly of: EventValue | null;
  run(turn: Turn, data: unknown, to: unknown): void;
}

/** Declares a consequence of an event; it runs after the turn that told it, in the order of the features. */
export function consequence<A extends AudienceKind, S extends z.ZodType>(
  of: EventValue<A, S>,
  run: (turn: Turn, data: z.input<S>, to: Audiences[A]) => void,
): Consequence {
  return {
    of: of as unknown as EventValue,
    run: (turn, data, to) => run(turn, data as z.input<S>, to as Audiences[A]),
  };
}

/** Declares what follows when the access of someone may have changed, whatever changed it. */
export function consequenceOfMove(run: (turn: Turn, move: Move) => void): Consequence {
  return { of: null, run: (turn, move) => run(turn, move as Move) };
}

const batchTurns = 256;
const batch_bytes = 256 * 1024;
/** How far consequences of consequences may go. */
const depthLimit = 6;

interface Told {
  event: EventValue;
  to: unknown;
  data: unknown;
  scopes: readonly string[];
  frame: string;
  move: Move | null;
  depth: number;
}

interface Job {
  run(turn: Turn): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What a turn that went well leaves to do after the commit. */
interface Outcome {
  job: Job;
  value: unknown;
  told: readonly Told[];
  plan: MovePlan | null;
  memory: readonly (() => void)[];
  later: readonly (() => void)[];
}

interface Parts {
  db: Db;
  hub: Hub;
  cache: RowCache;
  log: Log;
  now(): number;
  id(): string;
  /** The highest number in use at start. */
  seq: number;
  consequences: readonly Consequence[];
  /** Checks what is told against its schema; tests do, a server trusts its types. */
  strict: boolean;
}

export class Writer {
  readonly #parts: Parts;
  readonly #consequences = new Map<EventValue | null, Consequence[]>();
  readonly #statement: Record<'begin' | 'commit' | 'save' | 'release' | 'undo', () => void>;
  #queue: Job[] = [];
  #scheduled = false;
  #seq: number;
  #app: App | undefined;
  #moves: AccessMoves | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#seq = parts.seq;
    for (const one of parts.consequences) {
      const known = this.#consequences.get(one.of);
      if (known) known.push(one);
      else this.#consequences.set(one.of, [one]);
    }
    const statement = (sql: string) => {
      const query = parts.db.sqlite.prepare(sql);
      return () => void query.run();
    };
    this.#statement = {
      begin: statement('BEGIN IMMEDIATE'),
      commit: statement('COMMIT'),
      save: statement('SAVEPOINT turn'),
      release: statement('RELEASE turn'),
      undo: statement('ROLLBACK TO turn'),
    };
  }

  /** Hands over what the turns are given; called once while the server is put together. */
  connect(app: App, moves: AccessMoves): void {
    this.#app = app;
    this.#moves = moves;
  }

  seq(): number {
    return this.#seq;
  }

  write<T>(turn: (turn: Turn) => Sync<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run: turn, resolve: resolve as (value: unknown) => void, reject });
      if (!this.#scheduled) {
        this.#scheduled = true;
        setImmediate(() => this.#flush());
      }
    });
  }

  /** Sends an ephemeral event without a turn. */
  readonly send: Tell = (event, to, data) => {
    if (!event.ephemeral) throw new Error(`${event.type} must be told in a turn`);
    const frame = this.#frame(event as unknown as EventValue, null, data);
    this.#deliver(event as unknown as EventValue, scopesOf(event.audience, to), to, frame);
  };

  /** Runs every turn that waits, now; for the end of the process. */
  flush(): void {
    while (this.#queue.length > 0) this.#flush();
  }

  #flush(): void {
    const outcomes: Outcome[] = [];
    const refused: { job: Job; error: unknown }[] = [];
    let taken = 0;
    try {
      this.#statement.begin();
      let told_bytes = 0;
      while (taken < this.#queue.length && taken < batchTurns && told_bytes < batch_bytes) {
        const job = this.#queue[taken];
        taken += 1;
        if (job === undefined) break;
        const outcome = this.#attempt(job, refused);
        if (outcome === null) continue;
        outcomes.push(outcome);
        for (const { frame } of outcome.told) told_bytes += frame.length;
        if (outcome.memory.length > 0 || outcome.plan !== null || this.#parts.cache.changed) break;
      }
      this.#statement.commit();
    } catch (error) {
      // SQLite may have undone everything by itself (disk full) or hold the transaction open still.
      if (this.#parts.db.sqlite.inTransaction) this.#parts.db.sqlite.run('ROLLBACK');
      this.#parts.cache.clear();
      this.#parts.log.error({ err: error, turns: Math.max(taken, 1) }, 'a batch of turns was lost');
      taken = Math.max(taken, 1);
      const lost = this.#queue.splice(0, taken);
      this.#again();
      for (const job of lost) job.reject(error);
      return;
    }
    this.#queue.splice(0, taken);
    this.#parts.cache.settle(true);
    for (const outcome of outcomes) {
      try {
        this.#publish(outcome);
      } catch (error) {
        // It is on disk: whoever waits is answered, and RESUME repairs what was not sent.
        this.#parts.log.error({ err: error }, 'a turn was kept but not told');
      }
    }
    this.#again();
    for (const { job, value } of outcomes) job.resolve(value);
    for (const { job, error } of refused) job.reject(error);
    for (const { later } of outcomes) for (const run of later) run();
  }

  #again(): void {
    this.#scheduled = this.#queue.length > 0;
    if (this.#scheduled) setImmediate(() => this.#flush());
  }

  /** Runs one turn under its own savepoint. Null when it refused; throws when the whole batch is lost. */
  #attempt(job: Job, refused: { job: Job; error: unknown }[]): Outcome | null {
    const { cache, db } = this.#parts;
    this.#statement.save();
    cache.begin();
    try {
      const outcome = this.#runTurn(job);
      this.#statement.release();
      cache.inTurn = false;
      return outcome;
    } catch (error) {
      if (!db.sqlite.inTransaction) throw error;
      this.#statement.undo();
      this.#statement.release();
      cache.settle(false);
      cache.changed = false;
      refused.push({ job, error });
      return null;
    }
  }

  #runTurn(job: Job): Outcome {
    const { db } = this.#parts;
    const app = this.#app;
    const access = this.#moves;
    if (app === undefined || access === undefined) throw new Error('the writer is not connected');
    const told: Told[] = [];
    const memory: (() => void)[] = [];
    const later: (() => void)[] = [];
    let depth = 0;
    const turn: Turn = {
      app,
      tx: db as Tx,
      now: this.#parts.now(),
      id: this.#parts.id,
      nextSeq: () => (this.#seq += 1),
      onCommit: (run) => void memory.push(run),
      afterwards: (run) => void later.push(run),
      tell: (event, to, data) => {
        const one = this.#tell(event, to, data, depth);
        told.push(one);
        if (one.move !== null) access.changed(turn, one.move);
      },
    };
    const value = job.run(turn);
    if (isPromise(value)) throw new Error('a turn must not be async');
    // `told` grows while consequences run.
    for (let index = 0; index < told.length; index += 1) {
      const one = told[index];
      if (one === undefined) break;
      depth = one.depth + 1;
      if (depth > depthLimit) throw new Error(`${one.event.type} has too deep consequences`);
      for (const { run } of this.#consequences.get(one.event) ?? []) run(turn, one.data, one.to);
      if (one.move === null) continue;
      for (const { run } of this.#consequences.get(null) ?? []) run(turn, one.move, null);
    }
    const moves = told.flatMap(({ move }) => (move === null ? [] : [move]));
    const plan = moves.length === 0 ? null : access.plan(turn, moves);
    return { job, value, told, plan, memory, later };
  }

  #tell<A extends AudienceKind, S extends z.ZodType>(
    value: EventValue<A, S>,
    to: Audiences[A],
    data: z.input<S>,
    depth: number,
  ): Told {
    const event = value as unknown as EventValue;
    const move = event.moves?.(data as z.output<z.ZodType>) ?? null;
    if (event.internal) return { event, to, data, scopes: [], frame: '', move, depth };
    const scopes = scopesOf(value.audience, to);
    const seq = event.ephemeral ? null : (this.#seq += 1);
    const frame = this.#frame(event, seq, data);
    if (seq !== null) {
      const subject = event.subject?.(data as z.output<z.ZodType>) ?? null;
      const at = this.#parts.now();
      appendEvent(
        this.#parts.db as Tx,
        {
          seq,
          at,
          intent: event.intent_bit,
          subject,
          hidden_from: hiddenFrom(event.audience, to),
          bytes: frame,
        },
        scopes,
      );
    }
    return { event, to, data, scopes, frame, move, depth };
  }

  #frame(event: EventValue, seq: number | null, data: unknown): string {
    if (this.#parts.strict) event.data.parse(data);
    const frame = eventFrame(event.type, seq, event.pick(data));
    if (!fitsFrame(frame)) throw new Error(`${event.type} is larger than a frame may be`);
    return frame;
  }

  /** Memory moves and frames go out in the order in which they were told. */
  #publish({ told, plan, memory }: Outcome): void {
    for (const run of memory) run();
    const first = told.findIndex(({ move }) => move !== null);
    const last = told.findLastIndex(({ move }) => move !== null);
    for (const [index, one] of told.entries()) {
      if (index === first) plan?.before();
      this.#deliver(one.event, one.scopes, one.to, one.frame);
      if (index === last) plan?.after();
    }
  }

  #deliver(event: EventValue, scopes: readonly string[], to: unknown, frame: string): void {
    if (event.internal) return;
    if (event.audience === 'session') {
      const { session_id } = to as Audiences['session'];
      this.#parts.hub.listener(session_id)?.socket.send(frame);
    } else {
      const hidden_from = hiddenFrom(event.audience, to);
      this.#parts.hub.publish(scopes, event.intent_bit, frame, hidden_from);
    }
  }
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}
