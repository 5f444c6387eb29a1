// An event is a value: its name, who hears it, what it carries.
import type { z } from 'zod';
import { pickOf } from '../lib/pick.ts';
import type { AudienceKind } from './audience.ts';
import { intentBit, type Intent } from './intents.ts';

/**
 * Whose access an event may have changed: everyone in a space, one user in a space, one user in every
 * space, or the people of a conversation. What they hear is computed anew in the same turn; the people of a
 * conversation hear it by themselves, so that nothing has to move for them.
 */
export type Move =
  | { space_id: string; user_id?: undefined; channel_id?: undefined }
  | { space_id: string; user_id: string; channel_id?: undefined }
  | { space_id?: undefined; user_id: string; channel_id?: undefined }
  | { space_id?: undefined; user_id?: undefined; channel_id: string };

interface Declaration<A extends AudienceKind, S extends z.ZodType> {
  summary: string;
  /** What a session must have asked for to hear it; null: always heard. */
  intent: Intent | null;
  audience: A;
  data: S;
  /** Not kept in the log and without a number of its own: typing, presence. */
  ephemeral?: boolean;
  /** The message that it tells of, whose deletion takes it out of the log. */
  subject?(data: z.output<S>): string;
  /** Whose access it changed. Required of every event that reports a change to what checks read. */
  moves?(data: z.output<S>): Move | null;
  /** The channel that it shows as it is now; who gains that channel in the same turn is shown it anyway. */
  shows?(data: z.output<S>): string;
  /** Whether its consequences run before the action that tells it goes on, not at the end of the turn. */
  at_once?: boolean;
}

export interface EventValue<
  A extends AudienceKind = AudienceKind,
  S extends z.ZodType = z.ZodType,
> extends Readonly<Declaration<A, S>> {
  readonly type: string;
  readonly intent_bit: number | null;
  /** Told to consequences alone: no session hears it and no document names it. */
  readonly internal: boolean;
  /** Copies what the schema names. */
  pick(data: z.input<S>): unknown;
}

/** Declares an event; `type` is its name on the wire. */
export function event<A extends AudienceKind, S extends z.ZodType>(
  type: string,
  declaration: Declaration<A, S>,
): EventValue<A, S> {
  const { intent, data } = declaration;
  return {
    ...declaration,
    type,
    intent_bit: intent === null ? null : intentBit(intent),
    internal: false,
    pick: pickOf(data),
  };
}

/** Declares what only consequences hear: something happened that no client is told of. */
export function signal<S extends z.ZodType>(
  type: string,
  data: S,
  more: Pick<Declaration<'users', S>, 'moves' | 'at_once'> = {},
): EventValue<'users', S> {
  const declared = event(type, { summary: type, intent: null, audience: 'users', data, ...more });
  return { ...declared, internal: true };
}

/** The audience of a signal. */
export const nobody = { user_ids: [] };

/** The largest frame that the Godot client can read, in bytes. */
export const frameLimit_bytes = 65_535;

/** A frame of `op` 0; without `seq` where the event has no number. */
export function eventFrame(type: string, seq: number | null, json: string): string {
  const number = seq === null ? '' : `"seq":${seq},`;
  return `{"op":0,"type":"${type}",${number}"data":${json}}`;
}

/** The event as a frame: what its schema names of the data, checked against it where that is `strict`. */
export function frameOf<S extends z.ZodType>(
  { strict }: { strict: boolean },
  event: EventValue<AudienceKind, S>,
  seq: number | null,
  data: z.input<S>,
): string {
  if (strict) event.data.parse(data);
  return eventFrame(event.type, seq, JSON.stringify(event.pick(data)));
}

/** Whether a frame is small enough to be sent. */
export function fitsFrame(frame: string): boolean {
  return frame.length * 3 <= frameLimit_bytes || Buffer.byteLength(frame) <= frameLimit_bytes;
}
