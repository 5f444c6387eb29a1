// What happens to sessions, as values for features: signals for turns, hooks for memory.
import { z } from 'zod';
import type { App } from '../app.ts';
import { signal } from '../events/event.ts';
import type { Session } from './session.ts';
import type { SessionRow } from './store.ts';

/** A session that will not come back: closed by its client, revoked, expired. Told while its row is being removed. */
export const sessionEnded = signal(
  'session.ended',
  z.object({ session_id: z.string(), user_id: z.string() }),
);

/** What a feature does as sessions come and go; all of it synchronous, in the tick of the change. */
export interface SessionHooks {
  /** After IDENTIFY was committed, before the session hears anything; `presence` as the client sent it. */
  identified?(app: App, session: Session, presence: unknown): void;
  /** A dropped session has a socket again. */
  resumed?(app: App, session: Session): void;
  /** The socket went; the session can be resumed. */
  dropped?(app: App, session: Session): void;
  /** At start, each session that may yet be resumed. */
  remembered?(app: App, row: SessionRow): void;
}
