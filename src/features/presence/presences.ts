// Who is there: each session's choice, what all of an account's sessions together show, and when it is told.
import { spacesOf } from '../../access/hearing.ts';
import type { App, StateName } from '../../app.ts';
import { rememberPresence } from '../../gateway/store.ts';
import { hold_ms, type Activity } from '../../gateway/protocol.ts';
import { findUser, updateUser } from '../users/queries.ts';
import { presenceUpdated } from './events.ts';
import type { Presence, PresenceChoice, Status } from './schema.ts';

interface Choice {
  status: Status;
  activities: Activity[];
  /** When it was chosen; 0 when the session just came with what was shown before. */
  at: number;
  /** Until when a dropped session counts; null while its socket is open. */
  held_until: number | null;
}

interface Person {
  sessions: Map<string, Choice>;
  /** What others were told last. */
  shown: Presence;
  told_at: number;
  /** Whether a change waits to be told. */
  waiting: boolean;
}

/** Changes within this time are told as one. */
const pause_ms = 1_000;

export class Presences {
  readonly #app: App;
  readonly #people = new Map<string, Person>();

  constructor(app: App) {
    this.#app = app;
  }

  /** What others see of an account; null when it is offline or invisible. */
  of(user_id: string): Presence | null {
    const shown = this.#people.get(user_id)?.shown;
    return shown && shown.status !== 'offline' ? shown : null;
  }

  /** A session is there, with what its client asked for or else with what the account showed last. */
  arrive(session_id: string, user_id: string, wish: PresenceChoice | null): void {
    const person = this.#person(user_id);
    const account = findUser(this.#app.db, user_id);
    const stored = {
      status: (account?.status ?? 'online') as Status,
      activities: (account?.activities ?? []) as Activity[],
    };
    person.sessions.set(session_id, {
      status: wish?.status ?? stored.status,
      activities: wish?.activities ?? stored.activities,
      at: wish?.status || wish?.activities ? this.#app.clock.now() : 0,
      held_until: null,
    });
    this.#settle(user_id, person);
    if (wish !== null) this.#remember(user_id, session_id);
  }

  /** A session of the last run that may come back. */
  remember(session_id: string, user_id: string, status: string, activities: unknown[]): void {
    const person = this.#person(user_id);
    const held_until = this.#app.clock.now() + hold_ms;
    const choice = { status: status as Status, activities: activities as Activity[], at: 0 };
    person.sessions.set(session_id, { ...choice, held_until });
    // Nothing is told: whoever hears it has just come back as well.
    person.shown = this.#view(user_id, person);
  }

  choose(session_id: string, user_id: string, wish: PresenceChoice): void {
    const person = this.#people.get(user_id);
    const choice = person?.sessions.get(session_id);
    if (!person || !choice) return;
    choice.status = wish.status ?? choice.status;
    choice.activities = wish.activities ?? [];
    choice.at = this.#app.clock.now();
    this.#settle(user_id, person);
    this.#remember(user_id, session_id);
  }

  resume(session_id: string, user_id: string): void {
    const choice = this.#people.get(user_id)?.sessions.get(session_id);
    if (choice) choice.held_until = null;
    else this.arrive(session_id, user_id, null);
  }

  drop(session_id: string, user_id: string): void {
    const choice = this.#people.get(user_id)?.sessions.get(session_id);
    if (choice) choice.held_until = this.#app.clock.now() + hold_ms;
  }

  leave(session_id: string, user_id: string): void {
    const person = this.#people.get(user_id);
    if (!person?.sessions.delete(session_id)) return;
    this.#settle(user_id, person);
  }

  /** Lets go of dropped sessions that did not come back in time. */
  release(): void {
    const now = this.#app.clock.now();
    for (const [user_id, person] of this.#people) {
      let gone = false;
      for (const [session_id, { held_until }] of person.sessions) {
        if (held_until === null || held_until > now) continue;
        person.sessions.delete(session_id);
        gone = true;
      }
      if (gone) this.#settle(user_id, person);
    }
  }

  #person(user_id: string): Person {
    let person = this.#people.get(user_id);
    if (person === undefined) {
      person = { sessions: new Map(), shown: offline(user_id), told_at: 0, waiting: false };
      this.#people.set(user_id, person);
    }
    return person;
  }

  /** Invisible wins over all; else what was chosen last. */
  #choice(person: Person): Choice | null {
    let newest: Choice | null = null;
    for (const choice of person.sessions.values()) {
      if (choice.status === 'invisible' && choice.at > 0) return choice;
      if (newest === null || choice.at > newest.at) newest = choice;
    }
    return newest;
  }

  #view(user_id: string, person: Person): Presence {
    const choice = this.#choice(person);
    if (choice === null || choice.status === 'invisible') return offline(user_id);
    const { status, activities } = choice;
    return { user_id, status, client_status: { desktop: status }, activities };
  }

  /** Tells what has changed, at most once a second for each account. */
  #settle(user_id: string, person: Person): void {
    if (person.waiting) return;
    const now = this.#app.clock.now();
    const rest_ms = person.told_at + pause_ms - now;
    if (rest_ms > 0) {
      person.waiting = true;
      this.#app.clock.after(rest_ms, () => {
        person.waiting = false;
        this.#tell(user_id, person);
      });
      return;
    }
    this.#tell(user_id, person);
  }

  #tell(user_id: string, person: Person): void {
    const view = this.#view(user_id, person);
    if (person.sessions.size === 0) this.#people.delete(user_id);
    if (JSON.stringify(view) === JSON.stringify(person.shown)) return;
    person.shown = view;
    person.told_at = this.#app.clock.now();
    const space_ids = spacesOf(this.#app.db, user_id);
    this.#app.send(presenceUpdated, { space_ids, user_ids: [user_id] }, view);
  }

  /** Keeps the choice for the next time, on the account and in the session's record. */
  #remember(user_id: string, session_id: string): void {
    const choice = this.#people.get(user_id)?.sessions.get(session_id);
    if (!choice || choice.at === 0) return;
    const { status, activities } = choice;
    this.#app
      .write(({ tx }) => {
        updateUser(tx, user_id, { status, activities });
        rememberPresence(tx, session_id, { status, activities });
      })
      .catch((error: unknown) => {
        this.#app.log.error({ err: error }, 'a presence was not written down');
      });
  }
}

function offline(user_id: string): Presence {
  return { user_id, status: 'offline', client_status: {}, activities: [] };
}

const name: StateName<Presences> = { create: (app) => new Presences(app) };

/** The presences of this server. */
export function presences(app: App): Presences {
  return app.state(name);
}
