// Events as values: each has a name, an audience and the schema of its data.
import type { z } from 'zod';
import { pickOf } from '../lib/pick.ts';
import type { AudienceKind, Audiences } from './audience.ts';
import { intentBit, type Intent } from './intents.ts';

/**
 * The accounts whose access an event may have changed: everyone in a space, one user in a space,
 * one user in every space, or the people of a conversation. Their scopes are computed again in the
 * same turn; not for a conversation, whose events go to the scopes of its people.
 */
export type Move =
  | { space_id: string; user_id?: undefined; channel_id?: undefined }
  | { space_id: string; user_id: string; channel_id?: undefined }
  | { space_id?: undefined; user_id: string; channel_id?: undefined }
  | { space_id?: undefined; user_id?: undefined; channel_id: string };

/** How the log keeps an event short; `writesShort` (short.ts) makes it whole again. */
export interface ShortForm<D> {
  /** One character, with which no frame begins; what the log keeps of these events begins with it. */
  readonly mark: string;
  /** Returns what the row of its subject does not say of an event; null if the log has to keep it whole. */
  rest(data: D): string | null;
}

interface Declaration<A extends AudienceKind, S extends z.ZodType> {
  summary: string;
  /** The intent that a session needs to hear the event; null if it needs none. */
  intent: Intent | null;
  audience: A;
  data: S;
  /** Whether it has no number and is not kept in the log, such as typing and presence. */
  ephemeral?: boolean;
  /** The id of the message that it is about; deleting the message removes it from the log. */
  subject?(data: z.output<S>): string;
  /** How the log keeps it short, if the row of its subject says nearly all of it. */
  short?: ShortForm<z.output<S>>;
  /** Whether it shows its subject whole: the log keeps only the newest one about each. */
  shows_whole?: boolean;
  /** What it is about, if it makes all earlier events about that needless: the log keeps the newest. */
  replaces?(data: z.output<S>, to: Audiences[A]): string;
  /** The access it changed. Required for every event about a change to data that checks read. */
  moves?(data: z.output<S>): Move | null;
  /** The id of the channel it shows; sessions that gain the channel in this turn do not need it. */
  shows?(data: z.output<S>): string;
  /** What guests are told instead; null if it is the same. */
  for_guests?(data: z.output<S>): z.input<S> | null;
  /** Whether its consequences run as soon as it is told, not at the end of the action. */
  at_once?: boolean;
}

export interface EventValue<
  A extends AudienceKind = AudienceKind,
  S extends z.ZodType = z.ZodType,
  T extends string = string,
> extends Readonly<Declaration<A, S>> {
  readonly type: T;
  readonly intent_bit: number | null;
  /** Whether only consequences hear it: no session does, and no document names it. */
  readonly internal: boolean;
  /** Copies the fields that the schema names. */
  pick(data: z.input<S>): unknown;
}

/** Declares an event; `type` is its name on the wire. */
export function event<const T extends string, A extends AudienceKind, S extends z.ZodType>(
  type: T,
  declaration: Declaration<A, S>,
): EventValue<A, S, T> & { readonly internal: false } {
  const { intent, data } = declaration;
  return {
    ...declaration,
    type,
    intent_bit: intent === null ? null : intentBit(intent),
    internal: false,
    pick: pickOf(data),
  };
}

/** Declares a signal: an event that only consequences hear, not clients. */
export function signal<const T extends string, S extends z.ZodType>(
  type: T,
  data: S,
  more: Pick<Declaration<'users', S>, 'moves' | 'at_once'> = {},
): EventValue<'users', S, T> & { readonly internal: true } {
  const declared = event(type, { summary: type, intent: null, audience: 'users', data, ...more });
  return { ...declared, internal: true };
}

/** The audience of a signal. */
export const nobody = { user_ids: [] };

/** The largest frame that the Godot client can read, in bytes. */
export const frameLimit_bytes = 65_535;

/** Returns a frame of `op` 0, without `seq` if that is null. `json` is the event's data. */
export function eventFrame(type: string, seq: number | null, json: string): string {
  const number = seq === null ? '' : `"seq":${seq},`;
  return `{"op":0,"type":"${type}",${number}"data":${json}}`;
}

/** Returns an event's data as JSON with the fields that its schema names; `strict` checks it. */
export function jsonOf<S extends z.ZodType>(
  { strict }: { strict: boolean },
  event: EventValue<AudienceKind, S>,
  data: z.input<S>,
): string {
  if (strict) event.data.parse(data);
  return JSON.stringify(event.pick(data));
}

/** Returns the event as a frame with the fields that its schema names; `strict` checks the data. */
export function frameOf<S extends z.ZodType>(
  checks: { strict: boolean },
  event: EventValue<AudienceKind, S>,
  seq: number | null,
  data: z.input<S>,
): string {
  return eventFrame(event.type, seq, jsonOf(checks, event, data));
}

/** Tells whether a frame is small enough to be sent. */
export function fitsFrame(frame: string): boolean {
  return frame.length * 3 <= frameLimit_bytes || Buffer.byteLength(frame) <= frameLimit_bytes;
}
