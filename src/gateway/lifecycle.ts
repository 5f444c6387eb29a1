// How features learn of sessions: signals inside turns, hooks for state in memory.
import { z } from 'zod';
import type { App, Turn } from '../app.ts';
import { signal } from '../events/event.ts';
import type { Stored } from '../events/log.ts';
import type { SessionRow } from './store.ts';

const WhichSession = z.object({ session_id: z.string(), user_id: z.string() });

/** A session has ended for good: closed, revoked or expired. The same turn removes its row. */
export const sessionEnded = signal('session.ended', WhichSession);

/** A session was dropped for too long: it can still be resumed, but its hold has ended. */
export const sessionReleased = signal('session.released', WhichSession);

/** The presence of a session, and when its client set it (Unix milliseconds, 0 if it did not). */
export type ShownPresence = Pick<SessionRow, 'status' | 'activities' | 'chosen_at'>;

/** The hooks of a feature, called when sessions come and go, synchronously in the same tick. */
export interface SessionHooks {
  /** As IDENTIFY comes: returns the part of its `presence` that is kept until its turn. */
  reads?(presence: unknown): unknown;
  /** In the turn of IDENTIFY: returns the presence to show; `presence` is what was kept of it. */
  opens?(turn: Turn, user_id: string, presence: unknown): ShownPresence;
  /** After the commit of IDENTIFY, before the session hears anything. */
  identified?(app: App, row: SessionRow): void;
  /** A dropped session has a socket again; `row` is its record from before. */
  resumed?(app: App, row: SessionRow): void;
  /** Returns replayed events as this account may see them now; leaves out what it may not see. */
  retells?(app: App, user_id: string, events: readonly Stored[]): readonly Stored[];
  /** A guest's session began or ended. */
  guestsChanged?(app: App, space_id: string): void;
  /** At start, for each session that has a hold. */
  remembered?(app: App, row: SessionRow): void;
}
