// What happens to sessions, as values for features: signals for turns, hooks for memory.
import { z } from 'zod';
import type { App, Turn } from '../app.ts';
import { signal } from '../events/event.ts';
import type { Stored } from '../events/log.ts';
import type { SessionRow } from './store.ts';

const WhichSession = z.object({ session_id: z.string(), user_id: z.string() });

/** A session that will not come back: closed by its client, revoked, expired. Told while its row is being removed. */
export const sessionEnded = signal('session.ended', WhichSession);

/** A session that was dropped for too long: it can be resumed still, but nothing is held for it any more. */
export const sessionReleased = signal('session.released', WhichSession);

/** What a session shows of its presence, and when its client chose that (0: it did not). */
export type ShownPresence = Pick<SessionRow, 'status' | 'activities' | 'chosen_at'>;

/** What a feature does as sessions come and go; all of it synchronous, in the tick of the change. */
export interface SessionHooks {
  /** In the turn of IDENTIFY: what the session is going to show; `presence` as the client sent it. */
  opens?(turn: Turn, user_id: string, presence: unknown): ShownPresence;
  /** After IDENTIFY was committed, before the session hears anything. */
  identified?(app: App, row: SessionRow): void;
  /** A dropped session has a socket again; `row` as it was before. */
  resumed?(app: App, row: SessionRow): void;
  /** An event of the log on its way to who missed it: what it says to this account now; null: nothing any more. */
  retells?(app: App, user_id: string, event: Stored): string | null;
  /** A guest's session began or ended. */
  guestsChanged?(app: App, space_id: string): void;
  /** At start, each session for which something is held. */
  remembered?(app: App, row: SessionRow): void;
}
