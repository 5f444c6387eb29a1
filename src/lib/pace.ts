// Shares the thread: long work goes in slices, of which only so many run in one turn of the loop.

/** How long slices may run in one turn of the event loop, unless another time is given; one slice always runs. */
const usual_ms = 8;
/** So much more may run in it altogether: what nobody queues, batches of turns, and slices. */
const more_ms = 4;
/** So many slices run in one turn of the loop, however short: what follows from their promises takes time, too. */
const maxSlices = 64;

/** Something that waits; `isOpen` if its work goes on after it returns, where nobody sees how long. */
interface Slice {
  run(): void;
  isOpen: boolean;
}

interface Loop {
  now(): number;
  /** Runs something in the next turn of the event loop. */
  next(run: () => void): void;
}

const eventLoop: Loop = { now: () => performance.now(), next: (run) => void setImmediate(run) };

export class Pace {
  readonly #loop: Loop;
  readonly #budget_ms: number;
  /** The slices that wait, by account. Accounts take turns, so that nobody waits for one of them. */
  readonly #waiting = new Map<string, Slice[]>();
  #isScheduled = false;
  #isMarked = false;
  /** How long that took which came since the loop turned, and which nobody had to queue. */
  #come_ms = 0;
  /** How long that took before the loop turned to what waits, and how long that has taken since. */
  readonly #taken_ms = { come: 0, waiting: 0 };

  constructor(loop = eventLoop, budget_ms = usual_ms) {
    this.#loop = loop;
    this.#budget_ms = budget_ms;
  }

  /** Tells whether a slice may run at once: nobody waits, and this turn of the loop has time left. */
  get isFree(): boolean {
    return this.#waiting.size === 0 && this.#come_ms < this.#budget_ms;
  }

  /** Milliseconds that are left in this turn of the loop. */
  get #left_ms(): number {
    const { come, waiting } = this.#taken_ms;
    return Math.max(0, this.#budget_ms + more_ms - come - waiting);
  }

  /** Has the next turn of the loop begin anew; before anything of it is scheduled. */
  #mark(): void {
    if (this.#isMarked) return;
    this.#isMarked = true;
    this.#loop.next(() => {
      this.#isMarked = false;
      Object.assign(this.#taken_ms, { come: this.#come_ms, waiting: 0 });
      this.#come_ms = 0;
    });
  }

  /** Runs a slice at once, and counts what it took; for when it `isFree`, or is short. */
  now<T>(slice: () => T): T {
    this.#mark();
    const before_ms = this.#come_ms;
    const began = this.#loop.now();
    try {
      return slice();
    } finally {
      // Slices inside it count once.
      this.#come_ms = before_ms + this.#loop.now() - began;
    }
  }

  /** Runs something that was scheduled for itself, and tells it how many milliseconds are left. */
  share(run: (left_ms: number) => void): void {
    this.#mark();
    const began = this.#loop.now();
    try {
      run(this.#left_ms);
    } finally {
      this.#taken_ms.waiting += this.#loop.now() - began;
    }
  }

  /** Runs a slice of an account's work when it is its turn; returns its result, or its error. */
  run<T>(account_id: string, slice: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = () => {
        try {
          resolve(slice());
        } catch (error) {
          reject(error);
        }
      };
      this.#add(account_id, { run, isOpen: false });
    });
  }

  /**
   * Waits for an account's turn. What the caller does next, up to where it waits again, is the last
   * that runs in this turn of the loop: for work of some milliseconds that cannot be handed over.
   */
  turn(account_id: string): Promise<void> {
    return new Promise((run) => this.#add(account_id, { run, isOpen: true }));
  }

  #add(account_id: string, slice: Slice): void {
    const same = this.#waiting.get(account_id);
    if (same === undefined) this.#waiting.set(account_id, [slice]);
    else same.push(slice);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#next();
  }

  #next(): void {
    this.#loop.next(() => this.share((left_ms) => this.#work(left_ms)));
  }

  #work(left_ms: number): void {
    const until = this.#loop.now() + Math.min(this.#budget_ms, left_ms);
    let count = 0;
    for (const [account_id, slices] of this.#waiting) {
      this.#waiting.delete(account_id);
      const slice = slices.shift();
      // Behind all others, should it have more: the loop comes to them again.
      if (slices.length > 0) this.#waiting.set(account_id, slices);
      slice?.run();
      count += 1;
      if (slice?.isOpen || count === maxSlices || this.#loop.now() >= until) break;
    }
    this.#isScheduled = this.#waiting.size > 0;
    if (this.#isScheduled) this.#next();
  }
}
