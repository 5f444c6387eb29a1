// A feature's part of READY: entries of a list, and frames that later show what did not fit.
import type { z } from 'zod';
import type { App } from '../app.ts';
import { scope, type AudienceKind } from '../events/audience.ts';
import { eventFrame, frameOf, type EventValue } from '../events/event.ts';
import type { Listener } from '../events/hub.ts';
import { wants } from '../events/intents.ts';
import type { Written } from '../lib/written.ts';

export interface ReadyEntry {
  readonly entry: unknown;
  /** Makes frames that show it as it is now; none if the session may not see it any more. */
  again(): Iterable<string>;
}

export interface ReadyList {
  /** The field of READY that holds the list. */
  readonly list: string;
  /** About how much of READY it takes at most; without it, all that is left. */
  readonly max_bytes?: number;
  /** Reads as it goes on: what does not fit into READY is read later, in other ticks. */
  entries(app: App, listener: Listener, space_ids: readonly string[]): Iterable<ReadyEntry>;
}

/** Makes the frame of an event, without a seq; none if the session lacks the event's intent. */
export function* told<S extends z.ZodType>(
  app: App,
  listener: Listener,
  event: EventValue<AudienceKind, S>,
  data: z.input<S>,
): Generator<string, void> {
  if (wants(listener.mask, event.intent_bit)) yield frameOf(app, event, null, data);
}

/** The same with data that is written already. */
export function* toldWritten(
  { strict }: Pick<App, 'strict'>,
  { mask }: Listener,
  event: EventValue,
  { text }: Pick<Written, 'text'>,
): Generator<string, void> {
  if (strict) event.data.parse(JSON.parse(text));
  if (wants(mask, event.intent_bit)) yield eventFrame(event.type, null, text);
}

/** Tells whether the session still hears the space. */
export function hearsSpace(listener: Listener, space_id: string): boolean {
  return listener.scopes.has(scope.space(space_id));
}
