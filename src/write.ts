// The door to turns: they wait here, are committed in batches, and are told after the commit.
import type { AccessMoves, App, Log, Patience, Sync, Tell, Turn } from './app.ts';
import { troubleOf, type Trouble } from './db/trouble.ts';
import { scopesOf } from './events/audience.ts';
import type { Hub } from './events/hub.ts';
import { touchLog } from './events/log.ts';
import { Telling } from './events/telling.ts';
import type { Pace } from './lib/pace.ts';
import type { RowCache } from './lib/row-cache.ts';
import { Outage } from './outage.ts';
import { Savepoints } from './savepoints.ts';
import { patience, TurnQueue, type Job } from './turn-queue.ts';
import { Turns, type Ran, type TurnParts } from './turns.ts';

const [batchTurns, batch_bytes] = [256, 256 * 1024];
/** After so long a batch takes no further turn, and no costly one; a burst must not hold up all others. */
const [batch_ms, young_ms] = [10, 3];
/** Thrown where a turn failed that cannot be undone alone: its batch runs again. */
class HalfDone extends Error {}

/** A turn that succeeded. */
type Outcome = Ran & { job: Job };

interface Parts extends TurnParts {
  hub: Hub;
  cache: RowCache;
  log: Log;
  /** Milliseconds that only time moves. */
  steady(): number;
  pace: Pick<Pace, 'share'>;
  /** The number with which this start begins; the next one is the first that is given. */
  seq: number;
  /** Whether data is checked against its schema; on in tests, off in a server. */
  strict: boolean;
  /** Called after each commit. */
  committed(): void;
}

export class Writer {
  readonly #parts: Parts;
  readonly #telling: Telling;
  readonly #turns: Turns;
  readonly #outage: Outage;
  readonly #queue: TurnQueue;
  readonly #savepoints: Savepoints;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#telling = new Telling(parts);
    this.#outage = new Outage(parts.log, parts.steady);
    this.#queue = new TurnQueue({
      outage: this.#outage,
      steady: parts.steady,
      flush: () => parts.pace.share(this.#flush),
      probe: ({ tx }) => touchLog(tx),
    });
    this.#savepoints = new Savepoints(parts.db.sqlite, parts.steady);
    this.#turns = new Turns(parts, this.#telling);
  }

  /** Sets what turns get; called once while the server starts. */
  connect(app: App, moves: AccessMoves): void {
    this.#turns.connect(app, moves);
  }

  seq(): number {
    return this.#telling.seq;
  }

  get trouble(): Trouble | null {
    return this.#outage.lasting;
  }

  readonly write = <T>(
    run: (turn: Turn) => Sync<T>,
    { wait_ms, ...rest }: Patience = patience,
  ): Promise<T> => {
    if (this.#isClosed) return Promise.reject(new Error('The server has stopped.'));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const until_ms = this.#parts.steady() + wait_ms;
    this.#queue.push({ run, resolve, reject, until_ms, ...rest });
    return promise;
  };

  /** Sends an ephemeral event without a turn. */
  readonly send: Tell<void> = (event, to, data) => {
    if (!event.ephemeral) throw new Error(`${event.type} must be told in a turn`);
    const frame = this.#telling.frame(event, data);
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

  /** Runs one batch: its turns in one transaction, then their memory changes and their events. */
  readonly #flush = (left_ms = batch_ms): void => {
    if (this.#queue.size === 0) return;
    const outcomes: Outcome[] = [];
    const refused: [Job, unknown][] = [];
    const { seq } = this.#telling;
    let taken = 0;
    try {
      this.#savepoints.begin();
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
      this.#savepoints.commit();
    } catch (error) {
      if (error instanceof HalfDone) this.#repeat(seq);
      else this.#lose(error, taken, seq);
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
    this.#guard(this.#parts.committed);
  };

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

  /** Undoes a batch of which nobody has heard yet; its turns, which may run again, are still in the queue. */
  #repeat(seq: number): void {
    this.#guard(() => this.#savepoints.undoAll());
    this.#forget(seq);
    this.#queue.schedule();
  }

  /** Forgets what memory has of a turn, or a batch, that was undone. */
  #forget(seq: number): void {
    const { cache } = this.#parts;
    cache.settle(false);
    cache.changed = false;
    // The numbers were rolled back in the database too, and nobody has seen them.
    this.#telling.seq = seq;
  }

  /** Runs something whose failure must not stop the rest of a batch; logs the failure. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#parts.log.error({ err: error }, 'what follows a turn failed');
  }

  /** Runs one turn. Null if the turn failed; throws if the batch is lost, or has to run again. */
  #attempt(job: Job, refused: [Job, unknown][]): Outcome | null {
    const { cache, db } = this.#parts;
    const { seq } = this.#telling;
    this.#savepoints.enter(job.repeatable === true);
    cache.begin();
    try {
      const outcome = { job, ...this.#turns.run(job.run) };
      this.#savepoints.keep();
      cache.inTurn = false;
      return outcome;
    } catch (error) {
      const trouble = troubleOf(error);
      // A damaged page may be met by this turn alone.
      const isOfAll = trouble !== null && trouble !== 'failing';
      if (isOfAll || !db.sqlite.inTransaction) throw error;
      if (!this.#savepoints.undo(error)) {
        // So that the next batch gets past it, however long that takes.
        job.repeatable = false;
        throw new HalfDone();
      }
      this.#forget(seq);
      refused.push([job, error]);
      return null;
    }
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
      try {
        this.#telling.deliver(one, but);
      } catch (error) {
        this.#failed(error);
      }
      if (index === last && plan) this.#guard(() => plan.after());
    }
  }
}
