// Runs one turn: hands it its tools, and has the consequences of its events follow.
import type { AccessMoves, App, MovePlan, Turn } from './app.ts';
import type { Consequence } from './consequence.ts';
import type { Db, Tx } from './db/open.ts';
import type { EventValue } from './events/event.ts';
import type { Telling, Told, TurnState } from './events/telling.ts';
import type { Job } from './turn-queue.ts';

/** Maximum depth of consequences of consequences. */
const depthLimit = 6;

/** What came of a turn, and what is left to do after the commit. */
export interface Ran {
  value: unknown;
  told: readonly Told[];
  plan: MovePlan | null;
  memory: readonly (() => void)[];
  later: readonly (() => void)[];
}

export interface TurnParts {
  db: Db;
  /** What a turn is told when it begins. */
  times(): { now: number; steady: number };
  id(): string;
  consequences: readonly Consequence[];
}

export class Turns {
  readonly #parts: TurnParts;
  readonly #telling: Telling;
  readonly #consequences: ReadonlyMap<EventValue | null, readonly Consequence[]>;
  #app: App | undefined;
  #moves: AccessMoves | undefined;

  constructor(parts: TurnParts, telling: Telling) {
    this.#parts = parts;
    this.#telling = telling;
    this.#consequences = Map.groupBy(parts.consequences, ({ of }) => of);
  }

  /** Sets what turns get; called once while the server starts. */
  connect(app: App, moves: AccessMoves): void {
    this.#app = app;
    this.#moves = moves;
  }

  /** Runs a turn and what follows from it; throws what it throws, and then it has to be undone. */
  run(run: Job['run']): Ran {
    const outcome = { told: [] as Told[], memory: [], later: [] };
    const state: TurnState = { depth: 0, isOver: false, account_id: null, reason: null };
    const turn = this.#turn(outcome, state);
    const { told } = outcome;
    try {
      const value = run(turn);
      if (typeof value === 'object' && value !== null && 'then' in value) {
        // Anything the async function does later with the turn fails.
        if (value instanceof Promise) value.catch(() => {});
        throw new Error('a turn must not be async');
      }
      this.#followAll(turn, told, state);
      return { value, ...outcome, plan: this.#moves?.plan(turn, told) ?? null };
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
    const refuseLate = (): void => {
      if (state.isOver) throw new Error('this turn is over');
    };
    const turn: Turn = {
      app,
      tx: this.#parts.db as Tx,
      ...this.#parts.times(),
      id: this.#parts.id,
      nextSeq: () => {
        refuseLate();
        return this.#telling.nextKept();
      },
      onBehalfOf(account_id) {
        refuseLate();
        state.account_id = account_id;
      },
      because(account_id, text) {
        refuseLate();
        state.reason = { account_id, text };
      },
      reasonOf: (id) => (state.reason?.account_id === id ? state.reason.text : null),
      onCommit(run) {
        refuseLate();
        outcome.memory.push(run);
      },
      afterwards(run) {
        refuseLate();
        outcome.later.push(run);
      },
      tell: (event, to, data) => {
        refuseLate();
        const told = this.#telling.tell(event, to, data, state);
        outcome.told.push(told);
        if (told.move !== null) access.changed(turn, told.move);
        if (told.event.at_once) this.#follow(turn, told, state);
        return told.json;
      },
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
}
