// What a feature does in the same turn because an event was told.
import type { z } from 'zod';
import type { Turn } from './app.ts';
import type { AudienceKind, Audiences } from './events/audience.ts';
import type { EventValue, Move } from './events/event.ts';

/** Something that a feature does in the same turn because an event was told. */
export interface Consequence {
  /** The event it follows; null for any change of access. */
  readonly of: EventValue | null;
  run(turn: Turn, data: unknown, to: unknown): void;
}

/**
 * Declares a consequence of an event. Consequences run in the order of the features, after the
 * action that told the event, or inside `tell` if the event is `at_once`.
 */
export function consequence<A extends AudienceKind, S extends z.ZodType>(
  of: EventValue<A, S>,
  run: (turn: Turn, data: z.input<S>, to: Audiences[A]) => void,
): Consequence {
  return { of, run };
}

/** Declares a consequence of every event that may have changed someone's access. */
export function consequenceOfMove(run: (turn: Turn, move: Move) => void): Consequence {
  return { of: null, run };
}
