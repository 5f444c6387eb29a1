// Keeps the presence that sessions choose and accounts show, and tells it.
import { acquaintancesOf } from '../../../access/acquaintances.ts';
import type { App, StateName, Turn } from '../../../app.ts';
import { rememberPresence } from '../../../gateway/store.ts';
import type { ShownPresence } from '../../../gateway/lifecycle.ts';
import type { Activity } from '../../../gateway/protocol.ts';
import type { Cancel } from '../../../lib/clock.ts';
import { findUser, isGone, updateUser } from '../../people/users/queries.ts';
import { presenceUpdated } from './events.ts';
import type { Presence, PresenceChoice, Status } from './schema.ts';

interface Choice {
  status: Status;
  activities: Activity[];
  /** When its client chose it; 0 if the session took it over from the account. */
  chosen_at: number;
}

interface Person {
  /** The sessions with a socket, and those that dropped a moment ago. */
  sessions: Map<string, Choice>;
  /** The presence that others were told last. */
  shown: Presence;
  told_at: number;
  /** Cancels the wait after which a change is told. */
  waiting: Cancel | null;
  /** Choices that are not saved yet, by session. */
  unsaved: Map<string, Choice>;
}

/** A presence that was told. */
interface Change {
  readonly user_id: string;
  /** The account that it is news for; null if for all who hear of `user_id`. */
  readonly for_id: string | null;
  /** Whether it was told then; if not, it is news only for who missed an earlier change of `user_id`. */
  readonly was_told: boolean;
  readonly at: number;
}

/** Changes within this time are told and saved as one. */
const pause_ms = 1_000;
/** At least this many changes are remembered for sessions that were away. */
const maxChanges = 20_000;

export class Presences {
  readonly #app: App;
  readonly #people = new Map<string, Person>();
  /** The accounts whose presence was told, when, and to whom if to one alone; oldest first. */
  #changes: Change[] = [];
  /** The time from which on `#changes` is complete. */
  #known_since: number;
  #isStopped = false;

  constructor(app: App) {
    this.#app = app;
    // Sessions that were live in the last run count as dropped at the start.
    this.#known_since = app.clock.steady();
  }

  /** The presence of an account as others see it; null if it is offline or invisible. */
  of(user_id: string): Presence | null {
    const shown = this.#people.get(user_id)?.shown;
    return shown && shown.status !== 'offline' ? shown : null;
  }

  /** Everyone with a session, invisible accounts included. */
  online(): Iterable<string> {
    return [...this.#people.keys()];
  }

  /** Presences that were told since `at - margin_ms` (steady); null if not known. */
  changedSince(at: number, margin_ms: number): readonly Change[] | null {
    if (at < this.#known_since || at > this.#app.clock.steady()) return null;
    const first = this.#changes.findLastIndex((change) => change.at < at - margin_ms) + 1;
    return this.#changes.slice(first);
  }

  /** Remembers that an account's presence is another one to somebody, for sessions that are away. */
  moved(user_id: string, for_id: string, was_told: boolean): void {
    this.#note({ user_id, for_id, was_told, at: this.#app.clock.steady() });
  }

  /** The presence that others are about to see; null if it is offline or invisible. */
  soon(user_id: string): Presence | null {
    const person = this.#people.get(user_id);
    const view = person && viewOf(user_id, person);
    return view && view.status !== 'offline' ? view : null;
  }

  /**
   * Returns what a new session shows: the status and activities that its client asked for; for each
   * one that is missing, what the account shows by choice, or showed last.
   */
  opening(turn: Turn, user_id: string, wish: PresenceChoice | null): ShownPresence {
    const person = this.#people.get(user_id);
    const chosen = person && newestOf(person);
    const account = findUser(turn.tx, user_id);
    const before = chosen && chosen.chosen_at > 0 ? chosen : account;
    const status = wish?.status ?? before?.status ?? 'online';
    const activities = wish?.activities ?? before?.activities ?? [];
    const isChosen = wish?.status !== undefined || wish?.activities !== undefined;
    if (isChosen) updateUser(turn.tx, user_id, { status, activities });
    return { status, activities, chosen_at: isChosen ? turn.steady : 0 };
  }

  /** Adds a session that has just identified. */
  arrive(session_id: string, user_id: string, shown: ShownPresence): void {
    const person = this.#person(user_id);
    person.sessions.set(session_id, choiceOf(shown));
    this.#settle(user_id, person);
  }

  /** Adds a session of the last run that may come back. */
  remember(session_id: string, user_id: string, shown: ShownPresence): void {
    const person = this.#person(user_id);
    person.sessions.set(session_id, this.#earlier(shown));
    // Not told: everyone who would hear it has just come back as well.
    person.shown = viewOf(user_id, person);
  }

  choose(session_id: string, user_id: string, wish: PresenceChoice): void {
    const person = this.#people.get(user_id);
    const choice = person?.sessions.get(session_id);
    if (!person || !choice) return;
    const chosen = {
      status: wish.status ?? choice.status,
      activities: wish.activities ?? [],
      chosen_at: this.#app.clock.steady(),
    };
    // Inserted again, so that the latest choice is the last one in the map.
    person.sessions.delete(session_id);
    person.sessions.set(session_id, chosen);
    person.unsaved.set(session_id, chosen);
    this.#settle(user_id, person);
  }

  /** Adds a dropped session again; changes nothing if it is still held. */
  resume(session_id: string, user_id: string, shown: ShownPresence): void {
    if (this.#people.get(user_id)?.sessions.has(session_id)) return;
    this.arrive(session_id, user_id, this.#earlier(shown));
  }

  /** A choice from a record: whatever its run said of the time, it was not made later than now. */
  #earlier(shown: ShownPresence): Choice {
    const choice = choiceOf(shown);
    return { ...choice, chosen_at: Math.min(choice.chosen_at, this.#app.clock.steady()) };
  }

  leave(session_id: string, user_id: string): void {
    const person = this.#people.get(user_id);
    if (!person?.sessions.delete(session_id)) return;
    this.#settle(user_id, person);
  }

  /** Forgets an account that is deleted; whoever calls this has told that it is offline. */
  end(user_id: string): void {
    const person = this.#people.get(user_id);
    if (person === undefined) return;
    person.waiting?.();
    this.#people.delete(user_id);
    this.#note({ user_id, for_id: null, was_told: true, at: this.#app.clock.steady() });
  }

  /** Saves and tells what waits; from now on nothing waits. */
  stop(): void {
    this.#isStopped = true;
    for (const [user_id, person] of this.#people) {
      if (person.waiting === null) continue;
      person.waiting();
      person.waiting = null;
      this.#tell(user_id, person);
    }
  }

  #person(user_id: string): Person {
    let person = this.#people.get(user_id);
    if (person === undefined) {
      const shown = offline(user_id);
      person = { sessions: new Map(), shown, told_at: 0, waiting: null, unsaved: new Map() };
      this.#people.set(user_id, person);
    }
    return person;
  }

  /** Tells a change, at most once a second for each account. */
  #settle(user_id: string, person: Person): void {
    if (person.waiting !== null) return;
    const rest_ms = person.told_at + pause_ms - this.#app.clock.steady();
    if (rest_ms <= 0 || this.#isStopped) return this.#tell(user_id, person);
    person.waiting = this.#app.clock.after(rest_ms, () => {
      person.waiting = null;
      try {
        this.#tell(user_id, person);
      } catch (error) {
        // A timer has no caller; the next change tells the presence.
        this.#app.log.error({ err: error }, 'a presence was not told');
      }
    });
  }

  #tell(user_id: string, person: Person): void {
    this.#save(user_id, person);
    const view = viewOf(user_id, person);
    if (person.sessions.size === 0) this.#forget(user_id, person);
    if (Bun.deepEquals(view, person.shown)) return;
    person.shown = view;
    person.told_at = this.#app.clock.steady();
    this.#note({ user_id, for_id: null, was_told: true, at: person.told_at });
    this.#app.send(presenceUpdated, acquaintancesOf(this.#app.db, user_id), view);
  }

  /** Forgets an account after a pause: coming and going quickly must not evade the limit. */
  #forget(user_id: string, person: Person): void {
    const gone = () => {
      if (person.sessions.size > 0 || person.waiting !== null) return;
      if (this.#people.get(user_id) === person) this.#people.delete(user_id);
    };
    if (this.#isStopped) gone();
    else this.#app.clock.after(pause_ms, gone);
  }

  #note(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length <= 2 * maxChanges) return;
    const [newest] = this.#changes.splice(0, maxChanges).slice(-1);
    if (newest) this.#known_since = newest.at + 1;
  }

  /** Saves choices: the last one on the account, each in the record of its session. */
  #save(user_id: string, person: Person): void {
    if (person.unsaved.size === 0) return;
    const unsaved = [...person.unsaved];
    person.unsaved.clear();
    person.told_at = this.#app.clock.steady();
    this.#app
      .write(({ tx }) => {
        const row = findUser(tx, user_id);
        // What a deleted account did last is nobody's business.
        if (row === undefined || isGone(row)) return;
        for (const [session_id, choice] of unsaved) {
          const { status, activities } = choice;
          rememberPresence(tx, session_id, choice);
          updateUser(tx, user_id, { status, activities });
        }
      })
      .catch((error: unknown) => {
        this.#app.log.error({ err: error }, 'a presence was not written down');
      });
  }
}

/** An `invisible` that was chosen wins; otherwise the latest choice. */
function newestOf({ sessions }: Person): Choice | null {
  let newest: Choice | null = null;
  for (const choice of sessions.values()) {
    if (choice.status === 'invisible' && choice.chosen_at > 0) return choice;
    if (newest === null || choice.chosen_at >= newest.chosen_at) newest = choice;
  }
  return newest;
}

function viewOf(user_id: string, person: Person): Presence {
  const choice = newestOf(person);
  if (choice === null || choice.status === 'invisible') return offline(user_id);
  const { status, activities } = choice;
  return { user_id, status, client_status: { desktop: status }, activities };
}

export function offline(user_id: string): Presence {
  return { user_id, status: 'offline', client_status: {}, activities: [] };
}

/** A record's presence as a choice; the columns hold only what this file wrote. */
function choiceOf({ status, activities, chosen_at }: ShownPresence): Choice {
  return { status: status as Status, activities: activities as Activity[], chosen_at };
}

const name: StateName<Presences> = { create: (app) => new Presences(app) };

export function presences(app: App): Presences {
  return app.state(name);
}
