// What a feature adds to READY: entries of a list, and the frames that show later what did not fit.
import type { z } from 'zod';
import type { App } from '../app.ts';
import { scope, type AudienceKind } from '../events/audience.ts';
import { frameOf, type EventValue } from '../events/event.ts';
import type { Listener } from '../events/hub.ts';
import { wants } from '../events/intents.ts';

export interface ReadyEntry {
  readonly entry: unknown;
  /** Frames that show it as it is then, and only while the session may see it. */
  again(): Iterable<string>;
}

export interface ReadyList {
  /** The list of READY that it fills. */
  readonly list: string;
  entries(app: App, listener: Listener, space_ids: readonly string[]): Iterable<ReadyEntry>;
}

/** A frame of an event without a number; none for a session that did not ask for such events. */
export function* told<S extends z.ZodType>(
  app: App,
  listener: Listener,
  event: EventValue<AudienceKind, S>,
  data: z.input<S>,
): Generator<string, void> {
  if (wants(listener.mask, event.intent_bit)) yield frameOf(app, event, null, data);
}

/** Whether the session hears the space still. */
export function hearsSpace(listener: Listener, space_id: string): boolean {
  return listener.scopes.has(scope.space(space_id));
}
