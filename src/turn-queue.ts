// The turns that wait to be run, and when the next batch of them is tried.
import type { Patience, Turn } from './app.ts';
import type { Outage } from './outage.ts';

/** How long a caller waits for a database that cannot be written, unless it asks for more. */
export const patience: Patience = { wait_ms: 2_000, again: false };

/** The same for a turn that its batch may run again. */
export const repeatable: Patience = { ...patience, repeatable: true };

/** How often an idle server tries whether the database can be written again. */
const probe_ms = 1_000;

export interface Job {
  run(turn: Turn): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Until when it waits while the database cannot be written, on the steady clock. */
  readonly until_ms: number;
  /** Whether it may run again. */
  readonly again: boolean;
  /** As its `Patience` says. */
  readonly costly?: boolean;
  /** As its `Patience` says; not any more once it had its batch undone. */
  repeatable?: boolean;
}

interface Parts {
  outage: Outage;
  steady(): number;
  /** Runs a batch of the queue. */
  flush(): void;
  /** Makes a turn that writes the least: it shows whether the database can be written. */
  probe(turn: Turn): void;
}

export class TurnQueue {
  readonly #parts: Parts;
  #jobs: Job[] = [];
  #isScheduled = false;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#jobs.length;
  }

  at(index: number): Job | undefined {
    return this.#jobs[index];
  }

  push(job: Job): void {
    this.#jobs.push(job);
    if (!this.#isScheduled) this.schedule();
  }

  /** Removes the first `count` jobs and returns them. */
  take(count: number): Job[] {
    return this.#jobs.splice(0, count);
  }

  /** Puts jobs before all others. */
  putBack(jobs: readonly Job[]): void {
    this.#jobs.unshift(...jobs);
  }

  /** Has the next batch run in a moment; after a failure later, and even if nothing waits. */
  schedule(): void {
    const { outage, flush } = this.#parts;
    const isFine = outage.trouble === null;
    this.#isScheduled = !this.#isClosed && (this.#jobs.length > 0 || !isFine);
    if (!this.#isScheduled) return;
    if (isFine) setImmediate(flush);
    else setTimeout(() => this.#retry(), this.#jobs.length > 0 ? outage.pause_ms : probe_ms);
  }

  /** Schedules no batch any more; returns the jobs that are left. */
  close(): Job[] {
    this.#isClosed = true;
    return this.#jobs.splice(0);
  }

  /** Refuses jobs that have waited long enough, and tries again. */
  #retry(): void {
    if (this.#isClosed) return;
    const { outage, steady, flush, probe } = this.#parts;
    const now_ms = steady();
    const late = this.#jobs.filter(({ until_ms }) => until_ms <= now_ms);
    if (late.length > 0) this.#jobs = this.#jobs.filter(({ until_ms }) => until_ms > now_ms);
    for (const job of late) job.reject(outage.refusal());
    if (this.#jobs.length === 0) {
      this.#jobs.push({ run: probe, resolve() {}, reject() {}, until_ms: now_ms, again: false });
    }
    flush();
  }
}
