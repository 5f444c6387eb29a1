// Who is there: each session's choice, what all of an account's sessions together show, and when it is told.
import { spacesOf } from '../../../access/hearing.ts';
import type { App, StateName, Turn } from '../../../app.ts';
import { rememberPresence } from '../../../gateway/store.ts';
import type { ShownPresence } from '../../../gateway/lifecycle.ts';
import type { Activity } from '../../../gateway/protocol.ts';
import type { Cancel } from '../../../lib/clock.ts';
import { findUser, updateUser } from '../../people/users/queries.ts';
import { presenceUpdated } from './events.ts';
import type { Presence, PresenceChoice, Status } from './schema.ts';

interface Choice {
  status: Status;
  activities: Activity[];
  /** When its client chose it; 0 for what a session was given because the account showed it before. */
  chosen_at: number;
}

interface Person {
  /** The sessions with a socket, and those that dropped a moment ago. */
  sessions: Map<string, Choice>;
  /** What others were told last. */
  shown: Presence;
  told_at: number;
  /** Ends the wait after which a change is told. */
  waiting: Cancel | null;
  /** Choices that are not written down yet, by session. */
  unsaved: Map<string, Choice>;
}

/** Changes within this time are told, and written, as one. */
const pause_ms = 1_000;
/** So many changes are remembered for those who were away. */
const maxChanges = 20_000;

export class Presences {
  readonly #app: App;
  readonly #people = new Map<string, Person>();
  /** Who was told anew and when, oldest first. */
  #changes: { user_id: string; at: number }[] = [];
  /** From when on `#changes` is complete. */
  #known_since: number;
  #isStopped = false;

  constructor(app: App) {
    this.#app = app;
    // Sessions of the last run count as dropped at the start, by a clock that may step back a little.
    this.#known_since = app.clock.now() - 5 * pause_ms;
  }

  /** What others see of an account; null when it is offline or invisible. */
  of(user_id: string): Presence | null {
    const shown = this.#people.get(user_id)?.shown;
    return shown && shown.status !== 'offline' ? shown : null;
  }

  /** Everyone who is there, invisibly too. */
  online(): Iterable<string> {
    return [...this.#people.keys()];
  }

  /** Whose presence was told since `margin_ms` before that time; null when that is not known any more. */
  changedSince(at: number, margin_ms: number): Set<string> | null {
    if (at < this.#known_since) return null;
    const first = this.#changes.findLastIndex((change) => change.at < at - margin_ms) + 1;
    return new Set(this.#changes.slice(first).map(({ user_id }) => user_id));
  }

  /** What others are about to see of an account, were they told by now; null as above. */
  soon(user_id: string): Presence | null {
    const person = this.#people.get(user_id);
    const view = person && viewOf(user_id, person);
    return view && view.status !== 'offline' ? view : null;
  }

  /**
   * What a new session shows: what its client asked for, each half by itself; else what the account
   * shows by choice, or showed last.
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
    return { status, activities, chosen_at: isChosen ? turn.now : 0 };
  }

  /** A session is there. */
  arrive(session_id: string, user_id: string, shown: ShownPresence): void {
    const person = this.#person(user_id);
    person.sessions.set(session_id, choiceOf(shown));
    this.#settle(user_id, person);
  }

  /** A session of the last run that may come back. */
  remember(session_id: string, user_id: string, shown: ShownPresence): void {
    const person = this.#person(user_id);
    person.sessions.set(session_id, choiceOf(shown));
    // Nothing is told: whoever hears it has just come back as well.
    person.shown = viewOf(user_id, person);
  }

  choose(session_id: string, user_id: string, wish: PresenceChoice): void {
    const person = this.#people.get(user_id);
    const choice = person?.sessions.get(session_id);
    if (!person || !choice) return;
    const chosen = {
      status: wish.status ?? choice.status,
      activities: wish.activities ?? [],
      chosen_at: this.#app.clock.now(),
    };
    // Set anew, since what was chosen last comes last.
    person.sessions.delete(session_id);
    person.sessions.set(session_id, chosen);
    person.unsaved.set(session_id, chosen);
    this.#settle(user_id, person);
  }

  /** A dropped session is there again; news only when it was given up already. */
  resume(session_id: string, user_id: string, shown: ShownPresence): void {
    if (this.#people.get(user_id)?.sessions.has(session_id)) return;
    this.arrive(session_id, user_id, shown);
  }

  leave(session_id: string, user_id: string): void {
    const person = this.#people.get(user_id);
    if (!person?.sessions.delete(session_id)) return;
    this.#settle(user_id, person);
  }

  /** Writes what is not written yet; from now on nothing waits. */
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

  /** Tells what has changed, at most once a second for each account. */
  #settle(user_id: string, person: Person): void {
    if (person.waiting !== null) return;
    const rest_ms = person.told_at + pause_ms - this.#app.clock.now();
    if (rest_ms <= 0 || this.#isStopped) return this.#tell(user_id, person);
    person.waiting = this.#app.clock.after(rest_ms, () => {
      person.waiting = null;
      try {
        this.#tell(user_id, person);
      } catch (error) {
        // Nobody waits for a timer; the next change tells how it is.
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
    person.told_at = this.#app.clock.now();
    this.#note(user_id, person.told_at);
    const space_ids = spacesOf(this.#app.db, user_id);
    this.#app.send(presenceUpdated, { space_ids, user_ids: [user_id] }, view);
  }

  /** Remembered for a moment yet: whoever comes and goes again and again is told of no more often. */
  #forget(user_id: string, person: Person): void {
    const gone = () => {
      if (person.sessions.size > 0 || person.waiting !== null) return;
      if (this.#people.get(user_id) === person) this.#people.delete(user_id);
    };
    if (this.#isStopped) gone();
    else this.#app.clock.after(pause_ms, gone);
  }

  #note(user_id: string, at: number): void {
    this.#changes.push({ user_id, at });
    if (this.#changes.length <= 2 * maxChanges) return;
    const [newest] = this.#changes.splice(0, maxChanges).slice(-1);
    if (newest) this.#known_since = newest.at + 1;
  }

  /** Keeps choices for the next time: the last one on the account, each in its session's record. */
  #save(user_id: string, person: Person): void {
    if (person.unsaved.size === 0) return;
    const unsaved = [...person.unsaved];
    person.unsaved.clear();
    person.told_at = this.#app.clock.now();
    this.#app
      .write(({ tx }) => {
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

/** Invisible by choice wins over all; else what was chosen last. */
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

/** A record as a choice: the columns hold what this file wrote. */
function choiceOf({ status, activities, chosen_at }: ShownPresence): Choice {
  return { status: status as Status, activities: activities as Activity[], chosen_at };
}

const name: StateName<Presences> = { create: (app) => new Presences(app) };

/** The presences of this server. */
export function presences(app: App): Presences {
  return app.state(name);
}
