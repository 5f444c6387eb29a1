// Runs turns: the only way to change rows and tell events, with group commit and consequences.
import type { AccessMoves, App, Log, MovePlan, Sync, Tell, Turn } from './app.ts';
import type { Consequence } from './consequence.ts';
import type { Db, Tx } from './db/open.ts';
import { troubleOf, type Trouble } from './db/trouble.ts';
import { scopesOf } from './events/audience.ts';
import type { EventValue } from './events/event.ts';
import type { Hub } from './events/hub.ts';
import { Telling, type Told, type TurnState } from './events/telling.ts';
import { touchLog } from './events/log.ts';
import { Outage } from './outage.ts';
import { patience, TurnQueue, type Job } from './turn-queue.ts';
import type { RowCache } from './lib/row-cache.ts';

const [batchTurns, batch_bytes] = [256, 256 * 1024];
/** After so long a batch takes no further turn, and no costly one; a burst must not hold up all others. */
const [batch_ms, young_ms] = [10, 3];
/** Maximum depth of consequences of consequences. */
const depthLimit = 6;

/** The result of a successful turn, and what is left to do after the commit. */
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
  /** What a turn is told when it begins. */
  times(): { now: number; steady: number };
  /** Milliseconds that only time moves. */
  steady(): number;
  /** Runs a batch, and tells it how many milliseconds this turn of the loop has left for it. */
  share(batch: (left_ms: number) => void): void;
  id(): string;
  /** The number with which this start begins; the next one is the first that is given. */
  seq: number;
  consequences: readonly Consequence[];
  /** Whether data is checked against its schema; on in tests, off in a server. */
  strict: boolean;
}

export class Writer {
  readonly #parts: Parts;
  readonly #telling: Telling;
  readonly #consequences: ReadonlyMap<EventValue | null, readonly Consequence[]>;
  readonly #outage: Outage;
  readonly #queue: TurnQueue;
  #isClosed = false;
  #app: App | undefined;
  #moves: AccessMoves | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#telling = new Telling(parts);
    this.#outage = new Outage(parts.log, parts.steady);
    this.#queue = new TurnQueue({
      outage: this.#outage,
      steady: parts.steady,
      flush: () => parts.share((left_ms) => this.#flush(left_ms)),
      probe: ({ tx }) => touchLog(tx),
    });
    this.#consequences = Map.groupBy(parts.consequences, ({ of }) => of);
  }

  /** Sets what turns get; called once while the server starts. */
  connect(app: App, moves: AccessMoves): void {
    this.#app = app;
    this.#moves = moves;
  }

  seq(): number {
    return this.#telling.seq;
  }

  get trouble(): Trouble | null {
    return this.#outage.lasting;
  }

  write<T>(turn: (turn: Turn) => Sync<T>, { wait_ms, ...rest } = patience): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error('The server has stopped.'));
    const until_ms = this.#parts.steady() + wait_ms;
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run: turn, resolve, reject, until_ms, ...rest });
    });
  }

  /** Sends an ephemeral event without a turn. */
  readonly send: Tell = (event, to, data) => {
    if (!event.ephemeral) throw new Error(`${event.type} must be told in a turn`);
    const frame = this.#telling.frame(event, null, data);
    this.#telling.deliver({ event, scopes: scopesOf(event.audience, to), to, frame });
  };

  /** Runs every waiting turn now and refuses later ones; for the end of the process. */
  close(): void {
    // From here on nobody minds that all wait.
    this.#parts.db.sqlite.run(`PRAGMA busy_timeout = ${patience.wait_ms}`);
    do this.#flush();
    while (this.#queue.size > 0 && this.#outage.trouble === null);
    this.#isClosed = true;
    for (const job of this.#queue.close()) job.reject(this.#outage.refusal());
  }

  #sql(statement: string): void {
    this.#parts.db.sqlite.query(statement).run();
  }

  /** Runs one batch: its turns in one transaction, then their memory changes and their events. */
  #flush(left_ms = batch_ms): void {
    if (this.#queue.size === 0) return;
    const outcomes: Outcome[] = [];
    const refused: [Job, unknown][] = [];
    const { seq } = this.#telling;
    let taken = 0;
    try {
      this.#sql('BEGIN IMMEDIATE');
      let told_bytes = 0;
      const max_ms = Math.min(batch_ms, left_ms);
      const began_ms = this.#parts.steady();
      const isOlder = (than_ms: number) => this.#parts.steady() >= began_ms + than_ms;
      while (taken < batchTurns && told_bytes < batch_bytes && (taken === 0 || !isOlder(max_ms))) {
        const job = this.#queue.at(taken);
        if (job === undefined || (job.costly && taken > 0 && isOlder(young_ms))) break;
        taken += 1;
        const outcome = this.#attempt(job, refused);
        if (outcome === null) continue;
        outcomes.push(outcome);
        for (const { frame } of outcome.told) told_bytes += frame.length;
        if (outcome.memory.length > 0 || outcome.plan !== null || this.#parts.cache.changed) break;
        if (job.costly) break;
      }
      this.#sql('COMMIT');
    } catch (error) {
      this.#lose(error, taken, seq);
      return;
    }
    this.#outage.pass();
    this.#queue.take(taken);
    this.#parts.cache.settle(true);
    for (const outcome of outcomes) this.#publish(outcome);
    this.#queue.schedule();
    for (const { job, value } of outcomes) job.resolve(value);
    for (const [job, error] of refused) job.reject(error);
    for (const { later } of outcomes) for (const run of later) this.#guard(run);
  }

  /**
   * Fails a whole batch and undoes it, in memory and in the event numbers as well. While the
   * database cannot be written, turns that did not run, or may run again, stay in the queue.
   */
  #lose(error: unknown, taken: number, seq: number): void {
    const { cache, db, log } = this.#parts;
    // SQLite may have rolled back by itself (disk full), or the transaction may still be open.
    if (db.sqlite.inTransaction) this.#guard(() => void db.sqlite.run('ROLLBACK'));
    cache.clear();
    this.#telling.seq = seq;
    const isOutage = this.#outage.notice(error);
    // If even BEGIN failed, no turn has run.
    const batch = this.#queue.take(isOutage ? taken : Math.max(1, taken));
    if (!isOutage) log.error({ err: error, turns: batch.length }, 'a batch of turns was lost');
    // What fails may be one of them, and must not fail all others for ever.
    const mayPass = isOutage && this.#outage.trouble !== 'failing';
    this.#queue.putBack(batch.filter(({ again }) => again && mayPass));
    this.#queue.schedule();
    for (const { again, reject } of batch) {
      if (!(again && mayPass)) reject(isOutage ? this.#outage.refusal() : error);
    }
  }

  /** Runs something whose failure must not stop the rest of a batch; logs the failure. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#parts.log.error({ err: error }, 'what follows a turn failed');
    }
  }

  /** Runs one turn in its own savepoint. Null if the turn failed; throws if the batch is lost. */
  #attempt(job: Job, refused: [Job, unknown][]): Outcome | null {
    const { cache, db } = this.#parts;
    const { seq } = this.#telling;
    this.#sql('SAVEPOINT turn');
    cache.begin();
    try {
      const outcome = this.#runTurn(job);
      this.#sql('RELEASE turn');
      cache.inTurn = false;
      return outcome;
    } catch (error) {
      const trouble = troubleOf(error);
      // A damaged page may be met by this turn alone.
      const isOfAll = trouble !== null && trouble !== 'failing';
      if (isOfAll || !db.sqlite.inTransaction) throw error;
      this.#sql('ROLLBACK TO turn');
      this.#sql('RELEASE turn');
      cache.settle(false);
      cache.changed = false;
      // The numbers were rolled back in the database too, and nobody has seen them.
      this.#telling.seq = seq;
      refused.push([job, error]);
      return null;
    }
  }

  #runTurn(job: Job): Outcome {
    const outcome = { told: [] as Told[], memory: [], later: [] };
    const state: TurnState = { depth: 0, isOver: false, account_id: null, reason: null };
    const turn = this.#turn(outcome, state);
    const { told } = outcome;
    try {
      const value = job.run(turn);
      if (typeof value === 'object' && value !== null && 'then' in value) {
        // Anything the async function does later with the turn fails.
        if (value instanceof Promise) value.catch(() => {});
        throw new Error('a turn must not be async');
      }
      this.#followAll(turn, told, state);
      return { job, value, ...outcome, plan: this.#moves?.plan(turn, told) ?? null };
    } finally {
      state.isOver = true;
    }
  }

  /** Makes the value that a turn gets; its methods throw once the turn is over. */
  #turn(
    outcome: { told: Told[]; memory: (() => void)[]; later: (() => void)[] },
    state: TurnState,
  ): Turn {
    const [app, access] = [this.#app, this.#moves];
    if (app === undefined || access === undefined) throw new Error('the writer is not connected');
    const during = <T>(run: () => T): T => {
      if (state.isOver) throw new Error('this turn is over');
      return run();
    };
    const turn: Turn = {
      app,
      tx: this.#parts.db as Tx,
      ...this.#parts.times(),
      id: this.#parts.id,
      nextSeq: () => during(() => this.#telling.nextKept()),
      onBehalfOf: (account_id) => during(() => void (state.account_id = account_id)),
      because: (account_id, text) => during(() => void (state.reason = { account_id, text })),
      reasonOf: (id) => (state.reason?.account_id === id ? state.reason.text : null),
      onCommit: (run) => during(() => void outcome.memory.push(run)),
      afterwards: (run) => during(() => void outcome.later.push(run)),
      tell: (event, to, data) =>
        during(() => {
          const told = this.#telling.tell(event, to, data, state);
          outcome.told.push(told);
          if (told.move !== null) access.changed(turn, told.move);
          if (told.event.at_once) this.#follow(turn, told, state);
        }),
    };
    return turn;
  }

  /** Runs the consequences of all told events but `at_once` ones; these may add to `told`. */
  #followAll(turn: Turn, told: readonly Told[], state: { depth: number }): void {
    for (let index = 0; index < told.length; index += 1) {
      const one = told[index];
      if (one !== undefined && !one.event.at_once) this.#follow(turn, one, state);
    }
  }

  /** Runs the consequences of one event; events that they tell are one level deeper. */
  #follow(turn: Turn, { event, data, to, move, depth }: Told, state: { depth: number }): void {
    const outside = state.depth;
    state.depth = depth + 1;
    if (state.depth > depthLimit) throw new Error(`${event.type} has too deep consequences`);
    for (const { run } of this.#consequences.get(event) ?? []) run(turn, data, to);
    if (move !== null) {
      for (const { run } of this.#consequences.get(null) ?? []) run(turn, move, null);
    }
    state.depth = outside;
  }

  /** Applies changes of memory, then sends events in the order in which they were told. */
  #publish({ told, plan, memory }: Outcome): void {
    for (const run of memory) this.#guard(run);
    const first = told.findIndex(({ move }) => move !== null);
    const last = told.findLastIndex(({ move }) => move !== null);
    for (const [index, one] of told.entries()) {
      if (index === first && plan) this.#guard(() => plan.before());
      const shown = one.event.shows?.(one.data);
      const but = shown === undefined ? undefined : plan?.gainers(shown);
      this.#guard(() => this.#telling.deliver(one, but));
      if (index === last && plan) this.#guard(() => plan.after());
    }
  }
}
